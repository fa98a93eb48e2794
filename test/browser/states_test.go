package browser

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"sellerpulse/internal/inspect"
	"sellerpulse/internal/state"
	"sellerpulse/internal/task"
	"sellerpulse/internal/view"
	"sellerpulse/internal/web/access"
	"sellerpulse/internal/web/ask"
	"sellerpulse/internal/web/pages"
	"sellerpulse/internal/web/survey"
	"sellerpulse/pkg/rules"
	"sellerpulse/test/brokertest"
	"sellerpulse/test/enginetest"
)

// beside serves pages of what a site has published, as another process does that has other states and tasks.
func (s *site) beside(t testing.TB, states *ask.States, tasks func() []task.Status, set *rules.Set) *site {
	t.Helper()
	topics := &s.options.Worker.Topics
	published := view.New(view.Options{Client: s.client, SellerHealth: topics.SellerHealth, Alerts: topics.Alerts})
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- published.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	mux := http.NewServeMux()
	pages.New(pages.Options{
		View: published, States: states, Survey: survey.New(survey.Options{Tasks: tasks}), Rules: set, Zone: time.UTC, Version: "v1.2.3", Logger: slog.New(slog.DiscardHandler), Clock: time.Now,
	}).Register(mux)
	routes := access.NewRoutes()
	routes.Handle("GET /", access.Viewer, mux)
	guard, err := access.New(access.Options{Rate: 1_000_000, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(guard.Handler(routes, &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)}))
	t.Cleanup(server.Close)
	enginetest.Eventually(t, "all is read that was published", published.Whole)
	return &site{options: s.options, client: s.client, url: server.URL}
}

// restoring is a state of which all partitions are still being restored.
func restoring(t testing.TB) *ask.States {
	t.Helper()
	db := enginetest.OpenState(t, t.TempDir(), "test")
	for p := range int32(2) {
		partition, err := db.Partition(p)
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(partition.Checkpoint(state.Saved{Position: 1, Partial: true}), partition.Close()); err != nil {
			t.Fatal(err)
		}
	}
	states := ask.New(ask.Options{DB: db, Inspect: inspect.Options{Rules: rules.BuiltIn(), Zone: time.UTC, RetentionDays: 120}})
	t.Cleanup(func() {
		if err := errors.Join(states.Close(), db.Close()); err != nil {
			t.Error(err)
		}
	})
	return states
}

// A page says what is not at hand, and shows the rest.
func TestStatesElsewhere(t *testing.T) {
	parallel(t)
	s := newSite(t, brokertest.Embedded(t), 2)
	empty := s.beside(t, nil, nil, nil)
	checkAll(t, empty, []shown{
		{"nothing published: overview", "/", 0, ".empty"},
		{"nothing published: sellers", "/sellers", 0, ".empty"},
		{"nothing published: alerts", "/alerts", 0, ".empty"},
		{"nothing published: system", "/system", 0, ".empty"},
		{"nothing published: seller", "/sellers/edge", http.StatusNotFound, "h1"},
	})
	s.produce(t, market(5, edges()...))
	s.settle(t, int64(present))
	checkAll(t, s.beside(t, nil, nil, nil), []shown{
		{"elsewhere: seller", "/sellers/edge", 0, ".notice"},
		{"elsewhere: rules of a seller", "/sellers/edge", 0, ".rule.bad"},
		{"elsewhere: alerts of a seller", "/sellers/edge", 0, ".line li"},
		{"elsewhere: order", "/sellers/edge/orders/everything", 0, ".notice"},
		{"elsewhere: system", "/system", 0, ".empty"},
	})
	checkAll(t, s.beside(t, restoring(t), allPhases, rules.BuiltIn()), []shown{
		{"restoring: seller", "/sellers/edge", 0, ".notice"},
		{"restoring: rules of a seller", "/sellers/edge", 0, ".rule.bad"},
		{"restoring: order", "/sellers/edge/orders/everything", 0, ".notice"},
		{"restoring: system", "/system", 0, ".pill.bad"},
	})
}

// allPhases are tasks in all phases that there are.
func allPhases() []task.Status {
	at := int64(present)
	return []task.Status{
		{Partition: 0, Phase: task.Running, StreamTime: at, Lag: 12_345, Fill: task.Fill{Step: task.Counting, Orders: 1_234, Of: 1_234_567}},
		{Partition: 1, Phase: task.Restoring, StreamTime: at, Restored: 1_000, ToRestore: 1_234_567},
		{Partition: 2, Phase: task.Rebuilding, StreamTime: at, Rebuilt: 5, ToRebuild: 50},
		{Partition: 3, Phase: task.Standby, StreamTime: at},
		{Partition: 4, Phase: task.Stopped, StreamTime: at},
		{
			Partition: 5, Phase: task.Failed, StreamTime: at,
			Failure: &task.Failure{At: "orders/5@17", Err: errors.New("apply orders/5@17: a remarkablylongwordwithoutanyspacesinit_thatdoesnotfitintoanyscreenofatelephoneatall"), Remedy: "skip it with --skip orders/5@17", Tries: 3},
		},
	}
}

func checkAll(t *testing.T, s *site, states []shown) {
	t.Helper()
	for _, l := range []look{{width: 360, language: "sv"}, {width: 1440, language: "en", dark: true}} {
		tb := open(t, s.url, l)
		for _, p := range states {
			t.Run(l.name()+"/"+p.name, func(t *testing.T) { tb.within(t, func() { tb.checkPage(&p) }) })
		}
	}
}
