package app

import (
	"context"
	"net/http"
	"time"

	"sellerpulse/internal/inspect"
	"sellerpulse/internal/memory"
	"sellerpulse/internal/state"
	"sellerpulse/internal/stream"
	"sellerpulse/internal/view"
	"sellerpulse/internal/web/api"
	states "sellerpulse/internal/web/ask"
	"sellerpulse/internal/web/pages"
	"sellerpulse/pkg/rules"
)

// serveDashboard follows what is published, and answers with the pages and the API from then on.
func (a *App) serveDashboard(client *stream.Client, db *state.DB) {
	if a.server == nil {
		return
	}
	w := &a.options.Worker
	published, letters := a.followPublished(client)
	o := states.Options{DB: db, Client: client, Inputs: w.Topics.Inputs, Rules: a.rulesNow, Inspect: inspect.Options{Zone: w.Zone, RetentionDays: w.RetentionDays, Schema: w.Schema}}
	n := a.worker.Environment().Partitions
	forward := forwarding{forward: a.server.forward, count: func() int32 { return n }, of: func(string) (int32, bool) { return 0, false }}
	if !w.TrustPartition {
		o.PartitionOf = func(seller string) int32 { return stream.PartitionFor([]byte(seller), n) }
		forward.of = func(seller string) (int32, bool) { return o.PartitionOf(seller), true }
	}
	here, all := states.New(o), a.server.survey()
	a.cleanups.add("stop answering from the state", here.Close)
	a.showRules = func(set *rules.Set) {
		mux := http.NewServeMux()
		api.Register(mux, api.Options{
			View: published, Of: here.Of, Events: here.OrderEvents, Elsewhere: forward.elsewhere, Survey: all, Rules: set, Zone: w.Zone, Version: a.options.Version,
		})
		pages.New(pages.Options{
			View: published, Letters: letters, States: here, Forward: forward.page, Survey: all, Rules: set, Zone: w.Zone, Login: a.loginPath(), Version: a.options.Version,
			Logger: a.log, Clock: time.Now,
		}).Register(mux)
		a.server.dashboard.Store(mux)
	}
	a.showRules(a.rulesNow())
}

// loginPath is where readers log in; empty where they need not.
func (a *App) loginPath() string {
	if a.options.Access == nil {
		return ""
	}
	return a.options.Access.LoginPath()
}

// followPublished follows what is published until the process stops, in its share of the memory; and the dead letters, beside it.
func (a *App) followPublished(client *stream.Client) (published, letters *view.View) {
	w := &a.options.Worker
	bytes := w.Memory.Of(memory.Published)
	recent := min(bytes/4, 8<<20)
	published = view.New(view.Options{
		Client: client, SellerHealth: w.Topics.SellerHealth, Alerts: w.Topics.Alerts, Logger: a.log, RecentBytes: int(recent), Sellers: int((bytes - recent) / view.SellerBytes),
	})
	w.Memory.Watch(memory.Published, published.Bytes)
	letters = view.New(view.Options{Client: client, DeadLetters: w.Topics.DeadLetters, Logger: a.log.With("topic", w.Topics.DeadLetters)})
	a.follow("stop following what is published", published.Run)
	a.follow("stop following the dead letters", letters.Run)
	return published, letters
}

// follow runs something until the process stops.
func (a *App) follow(stopping string, run func(context.Context) error) {
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- run(ctx) }()
	a.cleanups.add(stopping, func() error {
		stop()
		return <-done
	})
}
