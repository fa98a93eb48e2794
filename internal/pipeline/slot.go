package pipeline

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"

	"sellerpulse/internal/stream"
	"sellerpulse/pkg/events"
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
	service   *Service
	partition int32
	log       *slog.Logger

	mutex      sync.Mutex
	role       role
	generation *stream.Generation // that gave the role
	changed    chan struct{}      // closed by the next assignment
	finished   bool               // bounded, and all is read
}

func newSlot(s *Service, partition int32) *slot {
	return &slot{service: s, partition: partition, log: s.options.Logger.With("partition", partition), changed: make(chan struct{})}
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

func (s *slot) owns() bool {
	r, _, _ := s.current()
	return r == owner
}

func (s *slot) setFinished(finished bool) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.finished = finished
}

// done is whether there is nothing more to do here, bounded.
func (s *slot) done() bool {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return s.role != owner || s.finished
}

// run plays role after role until ctx ends. Its error is one that neither another try nor another process would heal.
func (s *slot) run(ctx context.Context) error {
	for ctx.Err() == nil {
		var err error
		switch r, _, changed := s.current(); r {
		case owner:
			err = s.own(ctx)
		case standby:
			err = s.standBy(ctx)
		default:
			s.service.forget(s.partition)
			wait(ctx, changed)
		}
		if err != nil {
			return fmt.Errorf("task %d: %w", s.partition, err)
		}
	}
	return nil
}

// wait waits for a channel to be closed, and tells whether it was not ctx that ended first.
func wait(ctx context.Context, closed <-chan struct{}) bool {
	select {
	case <-closed:
		return true
	case <-ctx.Done():
		return false
	}
}

// own runs the partition's task, and acquires it again after whatever may pass: an outage, or a commit whose outcome is not known. It
// returns when another process has taken over.
func (s *slot) own(ctx context.Context) error {
	s.setFinished(false)
	tries := newTries(s.log, "task")
	for {
		t := &task{service: s.service, slot: s, partition: s.partition, log: s.log, succeeded: tries.succeeded}
		err := t.run(ctx)
		switch {
		case ctx.Err() != nil:
			if err != nil && !errors.Is(err, context.Canceled) {
				s.log.Warn("task stopped without its last commit", "error", err)
			}
			return nil
		case err == nil:
			s.setFinished(true)
			s.awaitOther(ctx)
			return nil
		case !s.owns():
			if errors.Is(err, stream.ErrFenced) {
				err = nil // Which is how it is done.
			}
			s.log.Info("partition was handed over", "error", err)
			return nil
		case !t.heals(err):
			return err
		}
		s.service.options.Metrics.reacquired.Inc()
		if !sleep(ctx, tries.failed(err)) {
			return nil
		}
	}
}

// awaitOther waits until the role is another.
func (s *slot) awaitOther(ctx context.Context) {
	for {
		r, _, changed := s.current()
		if r != owner || !wait(ctx, changed) {
			return
		}
	}
}

// errHandedOver says that the group gave the partition to another process before this one had acquired it.
var errHandedOver = errors.New("the group gave the partition to another process")

// confirm returns when the group says that the partition is this process's. A process that was stopped for long, and has not heard of it,
// waits here for the group to take it back, instead of fencing the owner.
func (s *slot) confirm(ctx context.Context) error {
	for {
		r, generation, changed := s.current()
		if r != owner {
			return errHandedOver
		}
		err := generation.Confirm(ctx)
		if !errors.Is(err, stream.ErrSuperseded) {
			return err
		}
		if !wait(ctx, changed) {
			return ctx.Err()
		}
	}
}

// standBy follows the changelog as long as the group wants it.
func (s *slot) standBy(ctx context.Context) error {
	ctx, stop := s.during(ctx, standby)
	defer stop()
	tries := newTries(s.log, "standby")
	for {
		err := s.followOnce(ctx, tries)
		if ctx.Err() != nil {
			return nil
		}
		if err != nil && !passing(err) {
			return err
		}
		if !sleep(ctx, tries.failed(err)) {
			return nil
		}
	}
}

func (s *slot) followOnce(ctx context.Context, tries *tries) (err error) {
	s.service.status.set(s.partition, func(t *TaskStatus) { *t = TaskStatus{Phase: Standby, StreamTime: events.None} })
	p, err := s.service.options.State.Partition(s.partition)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.Close()) }()
	return newFollower(s.service, s.partition, p, s.log).follow(ctx, tries.succeeded)
}

// during makes a context that ends when the role is another.
func (s *slot) during(ctx context.Context, r role) (context.Context, func()) {
	ctx, cancel := context.WithCancel(ctx)
	watched := make(chan struct{})
	go func() {
		defer close(watched)
		defer cancel()
		for {
			now, _, changed := s.current()
			if now != r || !wait(ctx, changed) {
				return
			}
		}
	}()
	return ctx, func() {
		cancel()
		<-watched
	}
}
