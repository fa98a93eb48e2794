package app

import (
	"context"
	"net/http"
	"time"

	"sellerpulse/internal/inspect"
	"sellerpulse/internal/state"
	"sellerpulse/internal/stream"
	"sellerpulse/internal/view"
	states "sellerpulse/internal/web/ask"
	"sellerpulse/internal/web/pages"
)

// serveDashboard follows what is published, and answers with the pages from then on.
func (a *App) serveDashboard(client *stream.Client, db *state.DB) {
	if a.server == nil {
		return
	}
	w := &a.options.Worker
	published := view.New(view.Options{Client: client, SellerHealth: w.Topics.SellerHealth, Alerts: w.Topics.Alerts, Logger: a.log})
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- published.Run(ctx) }()
	a.cleanups.add("stop following what is published", func() error {
		stop()
		return <-done
	})
	o := states.Options{DB: db, Client: client, Inputs: w.Topics.Inputs, Inspect: inspect.Options{Rules: w.Rules, Zone: w.Zone, RetentionDays: w.RetentionDays, Schema: w.Schema}}
	var forward func(w http.ResponseWriter, r *http.Request, seller string, page http.Handler)
	if !w.TrustPartition {
		n := a.worker.Environment().Partitions
		o.PartitionOf = func(seller string) int32 { return stream.PartitionFor([]byte(seller), n) }
		forward = func(w http.ResponseWriter, r *http.Request, seller string, page http.Handler) {
			a.server.forward.ServeOr(w, r, o.PartitionOf(seller), page, page)
		}
	}
	here := states.New(o)
	a.cleanups.add("stop answering from the state", here.Close)
	mux := http.NewServeMux()
	pages.New(pages.Options{
		View: published, States: here, Forward: forward, Tasks: a.worker.Status().Tasks, Rules: w.Rules, Zone: w.Zone, Version: a.options.Version, Logger: a.log, Clock: time.Now,
	}).Register(mux)
	a.server.dashboard.Store(mux)
}
