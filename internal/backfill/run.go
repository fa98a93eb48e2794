package backfill

import (
	"context"
	"errors"

	"sellerpulse/internal/panics"
	"sellerpulse/internal/worker"
)

// Run runs the worker of a candidate, which builds and follows its state until that is cut over to, and then that of the live application, until ctx
// ends. live is told of that worker.
func Run(ctx context.Context, o SuccessorOptions, live func(*worker.Worker)) error {
	running, stop := context.WithCancel(ctx)
	defer stop()
	ended, gone := make(chan error, 1), make(chan struct{})
	go func() {
		defer close(gone)
		ended <- panics.Survive(func() error { return o.Worker.Run(running) })
	}()
	var successor *LiveWorker
	err := panics.Survive(func() (err error) {
		successor, err = NewSuccessor(o).Run(ctx, gone)
		return err
	})
	if successor == nil || err != nil {
		stop()
		return errors.Join(err, <-ended)
	}
	defer context.AfterFunc(ctx, successor.stop)()
	live(successor.Worker)
	stop()
	return errors.Join(<-ended, successor.Wait())
}
