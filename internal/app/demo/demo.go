package demo

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"sellerpulse/internal/app"
	"sellerpulse/internal/app/feed"
	"sellerpulse/internal/app/follow"
	"sellerpulse/internal/app/provision"
	"sellerpulse/internal/mapping"
	"sellerpulse/internal/simulate"
	"sellerpulse/internal/stream"
	"sellerpulse/internal/task"
	"sellerpulse/internal/web/access"
	"sellerpulse/internal/worker"
	"sellerpulse/pkg/events"
	"sellerpulse/pkg/outputs"
)

const (
	partitions = 4
	// endTimeout bounds what is done after the demo was stopped: reading what was published.
	endTimeout = 5 * time.Second
)

// Options of the demo.
type Options struct {
	Sellers     int
	Rate        int // events a second once live
	Seed        uint64
	HistoryDays int
	Duration    time.Duration // of the live part; 0 until ctx ends
	Listen      string        // host:port of HTTP
	Access      *access.Guard // who may ask over it; nil: everybody on this machine
	Worker      worker.Options
	Mapping     *mapping.Mapping // by which records of its topics, which are made, are carried in beside the marketplace; nil for none
	Logger      *slog.Logger
	Version     string
	Clock       func() time.Time // default time.Now
}

// Watcher is told what happens, by one goroutine at a time.
type Watcher interface {
	Started(broker, http string, m *simulate.Marketplace)
	Sent(days, of int, events int64) // so much of the history is in the topics
	Applied(days, of int)            // so much of the history is applied
	Live(events int64)               // the history is over, and so many events were sent so far; again and again
	Alert(*outputs.Alert)
}

// demo is what runs.
type demo struct {
	options     Options
	watcher     Watcher
	topics      task.Topics
	marketplace *simulate.Marketplace
	now         events.Millis // where the history ends
	broker      *simulate.Broker
	client      *stream.Client
	sender      *feed.Sender
	lasts       [partitions]events.Millis // the last event of each partition's history
	alerted     atomic.Int64              // alerts that the watcher was told of
}

// Run runs the demo until ctx ends or its duration is over, and tells what came of it.
func Run(ctx context.Context, o Options, w Watcher) (s *Summary, err error) {
	if o.Clock == nil {
		o.Clock = time.Now
	}
	d := &demo{options: o, watcher: w, topics: task.TopicsOf("", o.Worker.AppID)}
	d.now = o.Clock().Truncate(time.Hour).UnixMilli()
	d.marketplace = simulate.New(o.options(d.now))
	directory, err := os.MkdirTemp("", "sellerpulse-demo-")
	if err != nil {
		return nil, fmt.Errorf("make state directory: %w: set TMPDIR to a directory that is writable", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(directory)) }()
	if err := d.connect(ctx); err != nil {
		return nil, err
	}
	defer d.broker.Close()
	defer d.client.Close()
	return d.run(ctx, directory)
}

// connect starts the broker, with all topics.
func (d *demo) connect(ctx context.Context) (err error) {
	if d.broker, err = simulate.StartBroker(); err != nil {
		return err
	}
	if d.client, err = stream.Dial(ctx, d.kafka()); err == nil {
		_, err = provision.Create(ctx, d.client, d.topics, provision.Size{Partitions: partitions, ReplicationFactor: 1})
	}
	if err == nil && d.options.Mapping != nil {
		err = d.client.CreateTopics(ctx, sourcesOf(d.options.Mapping))
	}
	if err == nil {
		d.sender, err = feed.NewSender(ctx, feed.Options{Client: d.client, Topics: d.topics, Partitions: partitions, Clock: d.options.Clock})
	}
	if err != nil {
		d.broker.Close()
	}
	return err
}

// sourcesOf is the topics that a mapping names.
func sourcesOf(m *mapping.Mapping) (specs []stream.TopicSpec) {
	for _, name := range m.Topics() {
		specs = append(specs, stream.TopicSpec{Name: name, Partitions: partitions, ReplicationFactor: 1})
	}
	return specs
}

func (d *demo) kafka() stream.Options {
	return stream.Options{Brokers: d.broker.Addresses(), ClientID: "demo", Logger: d.options.Logger}
}

// run sends the history, and then runs the service while the marketplace goes on.
func (d *demo) run(ctx context.Context, directory string) (*Summary, error) {
	o := d.options
	o.Worker.Topics = d.topics
	service, err := app.New(ctx, app.Options{
		Kafka: d.kafka(), StateDirectory: directory, Listen: o.Listen, Access: o.Access, Worker: o.Worker, Version: o.Version, Logger: o.Logger,
		Intake: o.Mapping,
	})
	if err != nil {
		return nil, err
	}
	d.watcher.Started(d.broker.Addresses()[0], service.Address(), d.marketplace)
	err = d.sendHistory(ctx)
	if err == nil {
		err = d.operate(ctx, service)
	}
	if err := errors.Join(err, service.Close()); err != nil {
		return nil, err
	}
	end, cancel := context.WithTimeout(context.WithoutCancel(ctx), endTimeout)
	defer cancel()
	return d.summarize(end)
}

// operate runs the service, who reads its alerts, and the marketplace side by side until the demo is over or one of them fails.
func (d *demo) operate(ctx context.Context, service *app.App) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	watching, unwatch := context.WithCancel(context.WithoutCancel(ctx))
	defer unwatch()
	var watch, work errgroup.Group
	watch.Go(func() error {
		defer stop()
		return d.follow(watching)
	})
	work.Go(func() error {
		defer stop()
		return service.Run(ctx)
	})
	work.Go(func() error {
		defer stop()
		return d.play(ctx, service.Status())
	})
	err := work.Wait()
	unwatch()
	return errors.Join(err, watch.Wait())
}

func (d *demo) follow(ctx context.Context) error {
	return follow.Alerts(ctx, d.client, follow.AlertOptions{Topic: d.topics.Alerts, FromBeginning: true}, func(a *outputs.Alert) error {
		d.watcher.Alert(a)
		d.alerted.Add(1)
		return nil
	})
}
