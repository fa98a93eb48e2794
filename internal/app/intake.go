package app

import (
	"context"

	"golang.org/x/sync/errgroup"

	"sellerpulse/internal/intake"
	"sellerpulse/internal/memory"
	"sellerpulse/internal/stream"
)

// openIntake makes the intake, if there is to be one.
func (a *App) openIntake(ctx context.Context, client *stream.Client) (err error) {
	o := &a.options
	if o.Intake == nil {
		return nil
	}
	encoder, err := InputEncoder(ctx, o.SchemaRegistry, o.Worker.Topics)
	if err != nil {
		return err
	}
	a.intake, err = intake.New(ctx, intake.Options{
		Client: client, Mapping: o.Intake, Encoder: encoder, Topics: o.Worker.Topics, AppID: o.Worker.AppID, SessionTimeout: o.Worker.SessionTimeout,
		CommitInterval: o.Worker.CommitInterval, UntilEnd: o.Worker.UntilEnd, Memory: a.intakeBytes(), Logger: a.log, Registerer: o.Worker.Registerer,
	})
	if err == nil && a.server != nil {
		a.server.intake.Store(a.intake)
	}
	return err
}

// workWithIntake runs the worker and the intake side by side, until ctx ends or one of them fails.
func (a *App) workWithIntake(ctx context.Context) error {
	work, ctx := errgroup.WithContext(ctx)
	work.Go(func() error { return a.worker.Run(ctx) })
	work.Go(func() error { return a.intake.Run(ctx) })
	return work.Wait()
}

// intakeBytes is what the intake may have in memory: beside a worker its share, by itself a quarter, for values as programs have them take several times as much.
func (a *App) intakeBytes() int64 {
	m := a.options.Worker.Memory
	if a.carries {
		bound, _ := m.Bound()
		return (bound - memory.Process) / 4
	}
	return m.Of(memory.Carried)
}
