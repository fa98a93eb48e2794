package worker

import (
	"context"
	"errors"
	"log/slog"
	"sync"

	"sellerpulse/internal/stream"
	"sellerpulse/internal/task"
	"sellerpulse/internal/wait"
)

// role is what the group wants this process to do for a partition.
type role int8

const (
	idle    role = iota
	standby      // follow the changelog
	owner        // work on it
)

// slot is this process's part in one partition: a goroutine that plays the role it is given, one after the other.
//
// A task does not stop because the group gave its partition to another: it goes on until it is fenced, that is, until the next owner has
// read the changelog and is ready. So a partition that moves rests for a moment only, and one that stays does not notice. What makes this
// safe is that nothing a task does counts before its transaction is committed, and that a fenced task can commit nothing.
type slot struct {
	process   *process
	partition int32
	log       *slog.Logger

	mutex      sync.Mutex
	role       role
	generation *stream.Generation // that gave the role
	changed    chan struct{}      // closed by the next assignment
	finished   bool               // bounded, and all is read
	failure    *task.Failure      // nil while it works
	held       *Held              // nil where the role is played
	interrupt  context.CancelFunc // of the role that is played
}

func newSlot(p *process, partition int32) *slot {
	return &slot{process: p, partition: partition, log: p.options.Logger.With("partition", partition), changed: make(chan struct{})}
}

// assign gives the slot its role in a generation.
func (s *slot) assign(r role, g *stream.Generation) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.role, s.generation = r, g
	close(s.changed)
	s.changed = make(chan struct{})
}

// current is the role, the generation that gave it, and what is closed when another gives one.
func (s *slot) current() (role, *stream.Generation, <-chan struct{}) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return s.role, s.generation, s.changed
}

// Owns is whether the partition is this process's, as far as the group has said.
func (s *slot) Owns() bool {
	r, _, _ := s.current()
	return r == owner
}

func (s *slot) setFinished(finished bool) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.finished = finished
}

// boundedTries is how often a bounded run tries what has failed.
const boundedTries = 2

// done is whether there is nothing more to do here, bounded, and why it has failed if it has.
func (s *slot) done() (bool, *task.Failure) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if s.role == owner && s.failure != nil && s.failure.Tries >= boundedTries {
		return true, s.failure
	}
	return s.role != owner || s.finished, nil
}

// setFailure makes known why the slot has failed; nil: it has not.
func (s *slot) setFailure(f *task.Failure) {
	s.mutex.Lock()
	s.failure = f
	s.mutex.Unlock()
	s.process.setFailure(s.partition, f)
}

// awaitOther waits until the role is another.
func (s *slot) awaitOther(ctx context.Context) {
	for {
		r, _, changed := s.current()
		if r != owner || !wait.Closed(ctx, changed) {
			return
		}
	}
}

// errHandedOver says that the group gave the partition to another process before this one had acquired it.
var errHandedOver = errors.New("the group gave the partition to another process")

// Confirm returns when the group says that the partition is this process's. A process that was stopped for long, and has not heard of it,
// waits here for the group to take it back, instead of fencing the owner.
func (s *slot) Confirm(ctx context.Context) error {
	for {
		r, generation, changed := s.current()
		if r != owner {
			return errHandedOver
		}
		err := generation.Confirm(ctx)
		if !errors.Is(err, stream.ErrSuperseded) {
			return err
		}
		if !wait.Closed(ctx, changed) {
			return ctx.Err()
		}
	}
}

// during makes a context that ends when the role is another, or until is closed.
func (s *slot) during(ctx context.Context, r role, until <-chan struct{}) (context.Context, func()) {
	ctx, cancel := context.WithCancel(ctx)
	watched := make(chan struct{})
	go func() {
		defer close(watched)
		defer cancel()
		for {
			now, _, changed := s.current()
			if now != r {
				return
			}
			select {
			case <-changed:
			case <-until:
				return
			case <-ctx.Done():
				return
			}
		}
	}()
	return ctx, func() {
		cancel()
		<-watched
	}
}
