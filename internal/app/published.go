package app

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"sellerpulse/internal/memory"
	"sellerpulse/internal/stream"
	"sellerpulse/internal/web/api"
	"sellerpulse/internal/web/pages"
)

// ServePublished serves the pages and the API without a state, from the output topics alone, until ctx ends: for those who keep people away from the processors.
// Of the options it takes those of Kafka and of HTTP, and of the worker the topics, the zone and the memory. listening is told where.
func ServePublished(ctx context.Context, o Options, listening func(address string)) (err error) {
	if o.Worker.Memory == nil {
		o.Worker.Memory = memory.NewMeter(memory.Default)
	}
	a := &App{options: o, log: o.Logger, cleanups: cleanups{log: o.Logger}, registry: newRegistry(o.Version), failed: make(chan error, 1)}
	defer func() { err = errors.Join(err, a.Close()) }()
	if err := a.listen(ctx); err != nil {
		return err
	}
	client, err := stream.Dial(ctx, o.Kafka)
	if err != nil {
		return err
	}
	a.cleanups.add("close connections", func() error { client.Close(); return nil })
	if err := a.checkOutputs(ctx, client); err != nil {
		return err
	}
	published, mux := a.followPublished(client), http.NewServeMux()
	api.Register(mux, api.Options{View: published, Zone: o.Worker.Zone, Version: o.Version})
	pages.New(pages.Options{View: published, Zone: o.Worker.Zone, Version: o.Version, Logger: a.log, Clock: time.Now}).Register(mux)
	a.server.published.Store(published)
	a.server.dashboard.Store(mux)
	listening(a.server.address())
	<-ctx.Done()
	return nil
}

// checkOutputs refuses outputs that are not there.
func (a *App) checkOutputs(ctx context.Context, client *stream.Client) error {
	topics := &a.options.Worker.Topics
	outputs := []string{topics.SellerHealth, topics.Alerts}
	found, err := client.Identify(ctx, outputs)
	if err != nil {
		return fmt.Errorf("look up topics: %w", err)
	}
	for _, topic := range outputs {
		if _, exists := found[topic]; !exists {
			return fmt.Errorf("topic %q does not exist: create all topics with `processor topics`, or name those of the processors with --topic-prefix", topic)
		}
	}
	return nil
}
