package app

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"sellerpulse/internal/app/feed"
	"sellerpulse/internal/eventfile"
	"sellerpulse/internal/state"
	"sellerpulse/internal/stream"
	"sellerpulse/internal/task"
	"sellerpulse/internal/verify"
	"sellerpulse/internal/worker"
	"sellerpulse/pkg/rules"
)

// A shop with one order and one bad feedback about it.
const shop = `{"topic":"orders","kind":"PLACED","event_id":"e1","occurred_at":"2026-01-02T03:04:05Z","seller_id":"S1","order_id":"O1","order_date":"2026-01-02T03:04:05Z","channel":"MFN","items":[{"item_id":"1","product_line":"toys","quantity":1}]}
{"topic":"feedback","kind":"LEFT","event_id":"e2","occurred_at":"2026-01-03T10:00:00Z","seller_id":"S1","order_id":"O1","feedback_id":"F1","rating":1}
`

func send(t *testing.T, o Options, lines string) {
	t.Helper()
	client, err := stream.Dial(t.Context(), o.Kafka)
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	sender, err := feed.NewSender(t.Context(), feed.Options{Client: client, Topics: o.Worker.Topics, Partitions: 2})
	if err != nil {
		t.Fatal(err)
	}
	if err := sender.Files(t.Context(), eventfile.Options{Files: []eventfile.File{eventfile.Named("lines", func() io.Reader { return strings.NewReader(lines) })}}); err != nil {
		t.Fatal(err)
	}
}

// A running service verifies what it has committed, and its directory says the same once it has stopped.
func TestRunningServiceVerifiesItself(t *testing.T) {
	o := optionsOf(t)
	began, from := time.Now(), time.Date(2026, 1, 5, 0, 0, 0, 0, time.UTC)
	o.Worker.Clock = func() time.Time { return from.Add(time.Since(began)) }
	o.Worker.CheckpointInterval = time.Nanosecond // What is verified is the last checkpoint.
	send(t, o, shop)
	a, err := New(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	url := "http://" + a.Address()
	answer, err := VerifyRunning(t.Context(), url, "")
	if err != nil || answer.Checked() > 0 {
		t.Errorf("before it runs: %+v, %v; want nothing checked", answer, err)
	}
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- a.Run(ctx) }()
	awaitReady(t, a)
	running := awaitOrders(t, url)
	for _, r := range running.Partitions {
		if r.Total > 0 || r.Skipped != "" {
			t.Errorf("running: %+v", r)
		}
	}
	a.server.verifier.Store(newVerifier(a.server.verifier.Load().db, o.Worker, rules.BuiltIn, time.Nanosecond))
	if _, err := VerifyRunning(t.Context(), url, ""); err == nil || !strings.Contains(err.Error(), "it took longer than 1ns: raise --verify-timeout") {
		t.Errorf("error %v of a verification that takes too long", err)
	}
	stop()
	if err := errors.Join(<-done, a.Close()); err != nil {
		t.Error(err)
	}
	stopped, err := VerifyStopped(t.Context(), o.StateDirectory, verify.Options{Rules: rules.BuiltIn(), Zone: time.UTC, RetentionDays: 120})
	if err != nil || stopped.Total > 0 || orders(stopped) != 1 || orders(running) != 1 {
		t.Errorf("stopped: %+v, %v; running: %+v; want one order and no difference", stopped, err, running)
	}
}

func orders(a verify.Answer) (n int64) {
	for _, r := range a.Partitions {
		n += r.Orders
	}
	return n
}

// awaitOrders asks until there is an order or the test's time is up.
func awaitOrders(t *testing.T, url string) verify.Answer {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 60*time.Second)
	defer cancel()
	beat := time.NewTicker(10 * time.Millisecond)
	defer beat.Stop()
	for {
		answer, err := VerifyRunning(ctx, url, "")
		if err != nil {
			t.Fatal(err)
		}
		if orders(answer) > 0 {
			return answer
		}
		select {
		case <-beat.C:
		case <-ctx.Done():
			t.Fatal("no order within a minute")
		}
	}
}

// One verification at a time: a second one is told so, and one of a process that stops too.
func TestOneVerificationAtATime(t *testing.T) {
	db, err := state.OpenInMemory()
	if err != nil {
		t.Fatal(err)
	}
	v := newVerifier(db, worker.Options{Options: task.Options{Rules: rules.BuiltIn(), Zone: time.UTC, RetentionDays: 120}}, rules.BuiltIn, time.Minute)
	s := &server{}
	web := httptest.NewServer(http.HandlerFunc(s.verify))
	defer web.Close()
	expect := func(status, detail string) {
		t.Helper()
		if _, err := VerifyRunning(t.Context(), web.URL, ""); err == nil || !strings.Contains(err.Error(), status) || !strings.Contains(err.Error(), detail) {
			t.Errorf("error %v, want %s %q", err, status, detail)
		}
	}
	expect("503", "connecting to kafka")
	s.verifier.Store(v)
	v.busy <- struct{}{}
	expect("409", "a verification is under way")
	<-v.busy
	if answer, err := VerifyRunning(t.Context(), web.URL, ""); err != nil || len(answer.Partitions) > 0 {
		t.Errorf("%+v, %v; want an answer about nothing", answer, err)
	}
	if err := errors.Join(v.close(), db.Close()); err != nil {
		t.Error(err)
	}
	expect("503", "the process is stopping")
}
