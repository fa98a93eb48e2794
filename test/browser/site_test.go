package browser

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"sync"
	"testing"
	"time"

	"sellerpulse/internal/app"
	"sellerpulse/internal/app/provision"
	"sellerpulse/internal/stream"
	"sellerpulse/internal/task"
	"sellerpulse/internal/web/access"
	"sellerpulse/internal/worker"
	"sellerpulse/pkg/events"
	"sellerpulse/pkg/rules"
	"sellerpulse/test/brokertest"
	"sellerpulse/test/enginetest"
)

// site is a marketplace's topics, and the dashboard of what its events came to.
type site struct {
	options    app.Options
	partitions int32 // of each input
	client     *stream.Client
	url        string // of the dashboard, without a path; empty before it is served
	stop       func() // ends serving it
}

// optionsOf are those of a service on a broker.
func optionsOf(addresses []string, prefix, directory string) (app.Options, error) {
	guard, err := access.New(access.Options{Rate: 1_000_000, Logger: slog.New(slog.DiscardHandler)}) // Tests ask more than people.
	return app.Options{
		Kafka: stream.Options{Brokers: addresses}, StateDirectory: directory, Access: guard, Version: "v1.2.3", Logger: slog.New(slog.DiscardHandler),
		Worker: worker.Options{Options: task.Options{
			Topics: task.TopicsOf(prefix, "app"), AppID: prefix + "app", Rules: rules.BuiltIn(), Zone: time.UTC, RetentionDays: 120, AsOf: events.None,
			HealthInterval: 100 * time.Millisecond, CheckpointInterval: 100 * time.Millisecond,
		}},
	}, err
}

// newSite has topics in which there is nothing; inputs of so many partitions.
func newSite(t testing.TB, broker *brokertest.Broker, partitions int32) *site {
	t.Helper()
	options, err := optionsOf(broker.Addresses, broker.Prefix, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	s := &site{partitions: partitions, options: options}
	if s.client, err = stream.Dial(t.Context(), s.options.Kafka); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.client.Close)
	if _, err := provision.Create(t.Context(), s.client, s.options.Worker.Topics, provision.Size{Partitions: partitions, ReplicationFactor: 1}); err != nil {
		t.Fatal(err)
	}
	return s
}

// produce sends events to the topics.
func (s *site) produce(t testing.TB, all []events.Event) {
	t.Helper()
	if err := enginetest.Produce(t.Context(), s.client, s.options.Worker.Topics.Inputs, s.partitions, all); err != nil {
		t.Fatal(err)
	}
}

// settled serves what came of events, as of an instant: all of it is published, and nothing is to come.
func settled(t testing.TB, broker *brokertest.Broker, all []events.Event, asOf moment) *site {
	t.Helper()
	s := newSite(t, broker, 2)
	s.produce(t, all)
	s.settle(t, events.Millis(asOf))
	s.serve(t, idle)
	return s
}

// idle does nothing until it is to end.
func idle(ctx context.Context, _ *app.Process) error {
	<-ctx.Done()
	return nil
}

// settle applies what is in the topics, up to an instant.
func (s *site) settle(t testing.TB, asOf events.Millis) {
	t.Helper()
	o := s.options
	o.Worker.UntilEnd, o.Worker.AsOf, o.Access = true, asOf, nil
	a, err := app.New(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(a.Run(t.Context()), a.Close()); err != nil {
		t.Fatal(err)
	}
}

// serve runs the service with its dashboard until the test ends; work is what it does, nil for what it is for. It waits until all that is published has been
// read.
func (s *site) serve(t testing.TB, work func(context.Context, *app.Process) error) {
	t.Helper()
	o := s.options
	o.Listen, o.Work = "127.0.0.1:0", work
	a, err := app.New(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- a.Run(ctx) }()
	s.stop = sync.OnceFunc(func() {
		stop()
		if err := errors.Join(<-done, a.Close()); err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(s.stop)
	s.url = "http://" + a.Address()
	enginetest.Eventually(t, "all is read that was published", func() bool {
		status, page := get(t, s.url+"/")
		return status == http.StatusOK && !page.has(".live.stale") || status == http.StatusUnauthorized
	})
}
