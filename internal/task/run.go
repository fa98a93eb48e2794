package task

import (
	"context"
	"errors"
	"time"

	"sellerpulse/internal/memory"
)

// stopTimeout bounds the last commits of an orderly stop.
const stopTimeout = 8 * time.Second

// Run acquires the task and goes round until ctx ends or, bounded, all is read.
func (t *Task) Run(ctx context.Context) (err error) {
	defer func() { err = errors.Join(err, t.closeState()) }() // Also after a panic.
	defer func() { t.successor.end() }()
	if err := t.acquire(ctx); err != nil {
		return err
	}
	graceful, release := withGrace(ctx)
	defer release()
	defer t.update(func(s *Status) { s.Phase = Stopped })
	return t.process(ctx, graceful)
}

// process reads, applies and commits, and ends orderly with a last commit. What must not be cut short uses graceful.
func (t *Task) process(ctx, graceful context.Context) (err error) {
	stopReading, err := t.read(ctx)
	if err != nil {
		return err
	}
	defer stopReading()
	t.update(func(s *Status) { s.Phase = Running })
	defer func() { err = t.drain(err) }()
	if err := t.rebuild(ctx, graceful); err != nil || ctx.Err() != nil {
		return err
	}
	err = t.loop(ctx, graceful)
	if errors.Is(err, ErrRuled) {
		return t.rest(graceful)
	}
	if err != nil && !errors.Is(err, context.Canceled) {
		return err
	}
	if err := t.finish(graceful); err != nil {
		return err
	}
	if t.committed {
		if err := t.checkpoint(); err != nil {
			return err
		}
	}
	if t.committed && t.owner.Owns() {
		return t.awaitMarkers(graceful) // Not where the partition moves: that would fence its next owner.
	}
	return nil
}

// rest ends a task that is to be acquired again at once, with all that was applied committed and saved. Its error is ErrRuled where that goes well.
func (t *Task) rest(ctx context.Context) error {
	if err := t.commit(ctx); err != nil {
		return err
	}
	if t.committed {
		if err := t.checkpoint(); err != nil {
			return err
		}
	}
	return ErrRuled
}

// read begins to read the inputs, from where the state is and, bounded, up to where that ends. stop is to follow.
func (t *Task) read(ctx context.Context) (stop func(), err error) {
	from, ends, err := t.offsets(ctx)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	t.inputs = newInputs(ctx, t.env.Client, t.env.Topics.InputPartitions(t.partition), from, ends, t.decode, func() int { return t.env.Memory.Share(memory.Fetched) })
	return func() {
		cancel()
		t.inputs.close()
	}, nil
}

// drain waits for the transaction under way after an error that is another's.
func (t *Task) drain(err error) error {
	if awaited := t.awaitCommit(); err == nil {
		return awaited
	}
	return err
}

// withGrace makes a context that ends stopTimeout after ctx.
func withGrace(ctx context.Context) (context.Context, func()) {
	graceful, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() { time.AfterFunc(stopTimeout, cancel) })
	return graceful, func() {
		stop()
		cancel()
	}
}
