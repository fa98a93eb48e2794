package worker

import (
	"context"

	"golang.org/x/sync/errgroup"
)

// Run takes part in the group and plays the roles it is given, until ctx ends or, bounded, the whole group has read to the ends. It returns
// when every task has committed and stopped, and the group has been left.
func (w *Worker) Run(ctx context.Context) error {
	running, stop := context.WithCancel(ctx)
	defer stop()
	err := w.work(ctx, running, stop)
	w.tally.flush(0)
	if w.options.UntilEnd && err == nil && ctx.Err() == nil {
		w.tally.summarize()
	}
	return err
}

// work runs all that there is to run until running ends, which anything that ends for good brings about by stop.
func (w *Worker) work(ctx, running context.Context, stop func()) error {
	tasks, tasksCtx := errgroup.WithContext(running)
	w.slots.begin(func(s *slot) { tasks.Go(func() error { return s.run(tasksCtx) }) })
	tasks.Go(func() error { // Slots come while there is at least this one.
		<-tasksCtx.Done()
		w.slots.stop()
		return nil
	})
	tasks.Go(func() error { return w.watchTopics(tasksCtx) })
	tasks.Go(func() error {
		w.watchPeers(tasksCtx)
		return nil
	})
	tasks.Go(func() error {
		w.tally.run(tasksCtx)
		return nil
	})
	if w.options.UntilEnd {
		tasks.Go(func() error {
			defer stop()
			return w.awaitEnd(tasksCtx)
		})
	}
	// The group is left after the last commit, so that nobody takes over in the middle of it.
	member, leave := context.WithCancel(context.WithoutCancel(ctx))
	defer leave()
	left := make(chan error, 1)
	go func() {
		defer stop()
		left <- w.env.Client.RunGroup(member, w.groupOptions(), w.accept)
	}()
	err := tasks.Wait()
	leave()
	if groupErr := <-left; err == nil {
		err = groupErr
	}
	return err
}
