package app

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"sellerpulse/internal/app/provision"
	"sellerpulse/internal/state"
	"sellerpulse/internal/stream"
	"sellerpulse/internal/task"
	"sellerpulse/internal/worker"
	"sellerpulse/pkg/events"
	"sellerpulse/pkg/rules"
	"sellerpulse/test/brokertest"
)

// optionsOf is a service on topics of its own.
func optionsOf(t *testing.T) Options {
	t.Helper()
	return optionsOn(t, brokertest.Embedded(t))
}

// optionsOn is a service on topics of its own of a broker.
func optionsOn(t *testing.T, broker *brokertest.Broker) Options {
	t.Helper()
	o := Options{
		Kafka: stream.Options{Brokers: broker.Addresses}, StateDirectory: t.TempDir(), Listen: "127.0.0.1:0", Version: "test",
		Logger: slog.New(slog.DiscardHandler),
		Worker: worker.Options{Options: task.Options{
			Topics: task.TopicsOf(broker.Prefix, "app"), AppID: broker.Prefix + "app",
			Rules: rules.BuiltIn(), Zone: time.UTC, RetentionDays: 120, AsOf: events.None,
		}},
	}
	client, err := stream.Dial(t.Context(), o.Kafka)
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	if _, err := provision.Create(t.Context(), client, o.Worker.Topics, provision.Size{Partitions: 2, ReplicationFactor: 1}); err != nil {
		t.Fatal(err)
	}
	return o
}

// get asks the service over HTTP.
func get(t *testing.T, a *App, path string) (status int, body string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+a.Address()+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(text)
}

func TestServiceBecomesReadyAndStopsInOrder(t *testing.T) {
	a, err := New(t.Context(), optionsOf(t))
	if err != nil {
		t.Fatal(err)
	}
	if status, body := get(t, a, "/readyz"); status != http.StatusServiceUnavailable || body != "joining the group\n" {
		t.Errorf("before it runs /readyz is %d %q", status, body)
	}
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- a.Run(ctx) }()
	awaitReady(t, a)
	for path, want := range map[string]string{
		"/livez": "alive", "/metrics": `sellerpulse_build_info{goversion=`, "/api/v1/tasks": `"phase":"running"`, "/": "Latest alerts",
	} {
		if status, body := get(t, a, path); status != http.StatusOK || !strings.Contains(body, want) {
			t.Errorf("%s is %d %q, want %q in it", path, status, body, want)
		}
	}
	stop()
	if err := <-done; err != nil {
		t.Errorf("run: %v", err)
	}
	if err := a.Close(); err != nil {
		t.Errorf("close: %v", err)
	}
	if err := a.Close(); err != nil {
		t.Errorf("close again: %v", err)
	}
}

// awaitReady asks until the service is ready or the test's time is up.
func awaitReady(t *testing.T, a *App) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 60*time.Second)
	defer cancel()
	beat := time.NewTicker(10 * time.Millisecond)
	defer beat.Stop()
	for !a.Status().Ready() {
		select {
		case <-beat.C:
		case <-ctx.Done():
			t.Fatal("not ready within a minute")
		}
	}
	if status, body := get(t, a, "/readyz"); status != http.StatusOK {
		t.Errorf("/readyz is %d %q", status, body)
	}
}

func TestBoundedRunEnds(t *testing.T) {
	o := optionsOf(t)
	o.Listen, o.Worker.UntilEnd = "", true
	a, err := New(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(a.Run(t.Context()), a.Close()); err != nil {
		t.Error(err)
	}
}

func TestPortInUse(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	o := optionsOf(t)
	o.Listen = listener.Addr().String()
	if _, err = New(t.Context(), o); err == nil || !strings.Contains(err.Error(), o.Listen+": the port is in use") || !strings.Contains(err.Error(), "--listen") {
		t.Errorf("error %v, want one that names the port and the flag", err)
	}
}

// What New opened before it failed is closed again: the same state directory and topics serve the next try.
func TestNewUndoesWhatItDid(t *testing.T) {
	o := optionsOf(t)
	missing := o
	missing.Worker.Topics.Alerts += "-none"
	if _, err := New(t.Context(), missing); err == nil || !strings.Contains(err.Error(), "-none") {
		t.Fatalf("error %v, want one that names the missing topic", err)
	}
	a, err := New(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := New(t.Context(), o); !errors.Is(err, state.ErrLocked) {
		t.Errorf("error %v of a second service in one state directory, want that it is locked", err)
	}
	if err := a.Close(); err != nil {
		t.Error(err)
	}
}

func TestCleanupsRunLastFirst(t *testing.T) {
	var order []string
	c := cleanups{log: slog.New(slog.DiscardHandler)}
	for _, name := range []string{"first", "second", "third"} {
		c.add(name, func() error {
			order = append(order, name)
			if name == "second" {
				return errors.New("it broke")
			}
			return nil
		})
	}
	if err := c.run(); err == nil || err.Error() != "second: it broke" {
		t.Errorf("error %v, want that of the second", err)
	}
	if got := strings.Join(order, " "); got != "third second first" {
		t.Errorf("undone in the order %s", got)
	}
}

// What makes what is promised void ends the start, in one error with all of it and the remedies; what weakens it is told, and it runs.
func TestTopicsAreCheckedAtTheStart(t *testing.T) {
	o := optionsOf(t)
	var log bytes.Buffer
	o.Logger = slog.New(slog.NewTextHandler(&log, nil))
	client, err := stream.Dial(t.Context(), o.Kafka)
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	topics := &o.Worker.Topics
	for _, spec := range []stream.TopicSpec{
		{Name: "weak-orders", Partitions: 2, Config: map[string]string{"message.timestamp.type": "CreateTime"}},
		{Name: "void-changelog", Partitions: 2, Config: map[string]string{"cleanup.policy": "delete"}},
		{Name: "void-health", Partitions: 2, Config: map[string]string{"cleanup.policy": "compact", "max.message.bytes": "300000"}},
	} {
		spec.ReplicationFactor = 1
		if err := client.CreateTopics(t.Context(), []stream.TopicSpec{spec}); err != nil {
			t.Fatal(err)
		}
	}
	topics.Inputs[events.Orders] = "weak-orders"
	a, err := New(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{"level=WARN", "weak-orders", "message.timestamp.type=CreateTime", "--add-config message.timestamp.type=LogAppendTime"} {
		if !strings.Contains(log.String(), part) {
			t.Errorf("%q is not in the log: %s", part, log.String())
		}
	}
	topics.Changelog, topics.SellerHealth = "void-changelog", "void-health"
	if _, err = New(t.Context(), o); err == nil {
		t.Fatal("no error of topics that lose the state")
	}
	for _, part := range []string{
		`"void-changelog" has cleanup.policy=delete`, "--entity-name void-changelog --add-config cleanup.policy=compact",
		`"void-health" has max.message.bytes=300000`, "--entity-name void-health --add-config max.message.bytes=",
	} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("%q is not in: %v", part, err)
		}
	}
	if strings.Contains(err.Error(), "weak-orders") {
		t.Errorf("what is weak is an error: %v", err)
	}
}
