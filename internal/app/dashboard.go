package app

import (
	"context"
	"net/http"
	"time"

	"sellerpulse/internal/inspect"
	"sellerpulse/internal/memory"
	"sellerpulse/internal/state"
	"sellerpulse/internal/stream"
	"sellerpulse/internal/task"
	"sellerpulse/internal/view"
	"sellerpulse/internal/web/api"
	states "sellerpulse/internal/web/ask"
	"sellerpulse/internal/web/pages"
)

// serveDashboard follows what is published, and answers with the pages and the API from then on.
func (a *App) serveDashboard(client *stream.Client, db *state.DB) {
	if a.server == nil {
		return
	}
	w := &a.options.Worker
	published := a.followPublished(client)
	o := states.Options{DB: db, Client: client, Inputs: w.Topics.Inputs, Inspect: inspect.Options{Rules: w.Rules, Zone: w.Zone, RetentionDays: w.RetentionDays, Schema: w.Schema}}
	var forward forwarding
	if !w.TrustPartition {
		n := a.worker.Environment().Partitions
		o.PartitionOf = func(seller string) int32 { return stream.PartitionFor([]byte(seller), n) }
		forward = func(w http.ResponseWriter, r *http.Request, seller string, here, otherwise http.Handler) {
			a.server.forward.ServeOr(w, r, o.PartitionOf(seller), here, otherwise)
		}
	}
	here := states.New(o)
	a.cleanups.add("stop answering from the state", here.Close)
	mux := http.NewServeMux()
	tasks := func() []task.Status { return a.server.status.Load().Tasks() } // The worker may become another one.
	api.Register(mux, api.Options{
		View: published, Of: here.Of, Elsewhere: forward.elsewhere(), Tasks: tasks, Rules: w.Rules, Zone: w.Zone, Version: a.options.Version,
	})
	pages.New(pages.Options{
		View: published, States: here, Forward: forward.page(), Tasks: tasks, Rules: w.Rules, Zone: w.Zone, Version: a.options.Version, Logger: a.log, Clock: time.Now,
	}).Register(mux)
	a.server.dashboard.Store(mux)
}

// followPublished follows what is published until the process stops, in its share of the memory.
func (a *App) followPublished(client *stream.Client) *view.View {
	w := &a.options.Worker
	bytes := w.Memory.Of(memory.Published)
	recent := min(bytes/4, 8<<20)
	published := view.New(view.Options{
		Client: client, SellerHealth: w.Topics.SellerHealth, Alerts: w.Topics.Alerts, Logger: a.log, RecentBytes: int(recent), Sellers: int((bytes - recent) / view.SellerBytes),
	})
	w.Memory.Watch(memory.Published, published.Bytes)
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- published.Run(ctx) }()
	a.cleanups.add("stop following what is published", func() error {
		stop()
		return <-done
	})
	return published
}

// forwarding has a question about a seller answered: by here where the state is here, else by another process, or by otherwise where none answers; nil: that is told.
// A nil one forwards nothing.
type forwarding func(w http.ResponseWriter, r *http.Request, seller string, here, otherwise http.Handler)

// page is for what can be answered in part without the state.
func (f forwarding) page() func(w http.ResponseWriter, r *http.Request, seller string, page http.Handler) {
	if f == nil {
		return nil
	}
	return func(w http.ResponseWriter, r *http.Request, seller string, page http.Handler) {
		f(w, r, seller, page, page)
	}
}

// elsewhere is for programs: it tells whether the question was answered.
func (f forwarding) elsewhere() func(w http.ResponseWriter, r *http.Request, about api.About) bool {
	if f == nil {
		return nil
	}
	return func(w http.ResponseWriter, r *http.Request, about api.About) (answered bool) {
		answered = true
		var here, otherwise http.Handler = http.HandlerFunc(func(http.ResponseWriter, *http.Request) { answered = false }), nil
		if about.Partly {
			otherwise = here
		}
		f(w, r, about.Seller, here, otherwise)
		return answered
	}
}
