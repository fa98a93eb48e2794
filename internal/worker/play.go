package worker

import (
	"context"
	"errors"
	"fmt"
	"time"

	"sellerpulse/internal/panics"
	"sellerpulse/internal/stream"
	"sellerpulse/internal/task"
	"sellerpulse/internal/wait"
)

// run plays role after role until ctx ends. Its error is one of the whole process.
func (s *slot) run(ctx context.Context) error {
	for ctx.Err() == nil {
		s.reset()
		playing, stop, held := s.playing(ctx)
		if held != nil {
			held.rest(ctx)
			continue
		}
		err := s.play(playing)
		stop()
		if err != nil {
			return fmt.Errorf("task %d: %w", s.partition, err)
		}
	}
	return nil
}

// play plays the role that there is now until it is another.
func (s *slot) play(ctx context.Context) error {
	r, _, changed := s.current()
	switch r {
	case owner:
		if err := s.process.options.Succession.take(ctx, s); err != nil {
			return err
		}
		return s.own(ctx)
	case standby:
		s.standBy(ctx)
	default:
		s.process.remove(s.partition)
		wait.Closed(ctx, changed)
	}
	return nil
}

// own runs the partition's task, and acquires it again after whatever may pass: soon after an outage, or a commit whose outcome is not known;
// slowly where the partition has failed. It returns when another process has taken over. Its error is one of the whole process.
func (s *slot) own(ctx context.Context) error {
	retry := newRetries(s.log, "task", &s.process.options)
	committed := func(t *task.Task) {
		retry.resumed()
		if f := retry.failure; f != nil && t.Passed(f) {
			s.recovered(retry)
		}
	}
	var former *task.Ruled
	for isolate := 0; ctx.Err() == nil && s.Owns(); {
		t := task.New(s.process.env, task.Attempt{Partition: s.partition, Owner: s, Isolate: isolate, OnCommit: committed, Former: former})
		err := panics.Survive(func() error { return t.Run(ctx) })
		former = nil
		switch {
		case ctx.Err() != nil:
			if err != nil && !errors.Is(err, context.Canceled) {
				s.log.Warn("task stopped without its last commit", "error", err)
			}
			return nil
		case errors.Is(err, task.ErrRuled):
			s.log.Info("acquiring the partition again, by other rules")
			continue
		case err == nil:
			s.recovered(retry)
			s.setFinished(true)
			s.awaitOther(ctx)
			return nil
		case wasCutOver(err):
			s.log.Info("partition rests: it was cut over", "error", err)
			s.awaitOther(ctx)
			return nil
		case !s.Owns():
			log := s.log
			if !errors.Is(err, stream.ErrFenced) { // Which is how it is done.
				log = log.With("error", err)
			}
			log.Info("partition was handed over")
			return nil
		}
		d := t.Diagnose(err, retry.count)
		if d.Scope == task.OfProcess {
			return err
		}
		s.process.metrics.reacquired.Inc()
		isolate, former = d.Isolate, t.Former()
		if d.Scope == task.OfPartition {
			t.Abort(ctx)
		}
		s.pause(ctx, owner, s.next(retry, err, &d))
	}
	return nil
}

// wasCutOver is whether a partition's state is another application's now, for whoever has the others.
func wasCutOver(err error) bool {
	_, was := errors.AsType[*task.CutOverError](err)
	return was
}

// standBy follows the changelog as long as the group wants it. Whatever is wrong with that is wrong with this copy only.
func (s *slot) standBy(ctx context.Context) {
	_, ruled := s.process.env.Now()
	ctx, stop := s.during(ctx, standby, ruled) // Other rules may ask for more to be derived.
	defer stop()
	env, retry := s.process.env, newRetries(s.log, "standby", &s.process.options)
	alive := func() {
		retry.resumed()
		s.recovered(retry)
	}
	for {
		err := panics.Survive(func() error { return task.Follow(ctx, env, s.partition, alive) })
		if ctx.Err() != nil {
			return
		}
		if wasCutOver(err) {
			<-ctx.Done()
			return
		}
		d := env.DiagnoseStandby(err)
		wait.For(ctx, s.next(retry, err, &d))
	}
}

// reset drops what was in an earlier role.
func (s *slot) reset() {
	s.setFinished(false)
	s.setFailure(nil)
}

// next says how long to wait before the next try, and makes it known where the partition has failed.
func (s *slot) next(retry *retries, err error, d *task.Diagnosis) time.Duration {
	if d.Failure == nil {
		return retry.interrupted(err)
	}
	pause := retry.failed(d.Failure)
	s.process.metrics.failure(s.partition)
	s.setFailure(d.Failure)
	return pause
}

func (s *slot) recovered(retry *retries) {
	if retry.recovered() {
		s.setFailure(nil)
	}
}

// pause waits before another try, but not longer than the role lasts.
func (s *slot) pause(ctx context.Context, r role, d time.Duration) {
	ctx, stop := s.during(ctx, r, nil)
	defer stop()
	wait.For(ctx, d)
}
