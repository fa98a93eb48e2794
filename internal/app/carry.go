package app

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"

	"sellerpulse/internal/intake"
	"sellerpulse/internal/memory"
	"sellerpulse/internal/stream"
	"sellerpulse/internal/web/survey"
)

// CarryOver runs an intake by itself, and answers over HTTP how far it is, until ctx ends or, bounded, all is read. Of the options it takes those of Kafka and
// of HTTP, the mapping and the schema registry, and of the worker the application's id, the topics, the session, the time between commits, the memory and
// whether it is bounded. watch is called once it is about to run, and what that returns when it has ended. It returns what was committed.
func CarryOver(ctx context.Context, o Options, watch func(*intake.Intake) (stop func())) (carried intake.Carried, err error) {
	if o.Worker.Memory == nil {
		o.Worker.Memory = memory.NewMeter(memory.Default)
	}
	a := &App{options: o, log: o.Logger, cleanups: cleanups{log: o.Logger}, registry: newRegistry(o.Version), failed: make(chan error, 1), carries: true}
	defer func() { err = errors.Join(err, a.Close()) }()
	if err := a.listen(ctx); err != nil {
		return carried, err
	}
	client, err := stream.Dial(ctx, o.Kafka)
	if err != nil {
		return carried, err
	}
	a.cleanups.add("close connections", func() error { client.Close(); return nil })
	a.watchSchemas()
	a.options.Worker.Registerer = a.registry
	if err := a.openIntake(ctx, client); err != nil {
		return carried, err
	}
	stop := watch(a.intake)
	defer stop()
	err = a.intake.Run(ctx)
	return a.intake.Carried(), err
}

// sources answers what is carried over, also before anything is.
func (s *server) sources(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	_ = json.NewEncoder(w).Encode(survey.IntakeOf(s.intake.Load())) // The one who asked has gone.
}
