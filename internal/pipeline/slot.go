package pipeline

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"sellerpulse/internal/panics"
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
	failure    *Failure           // nil while it works
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

// boundedTries is how often a bounded run tries what has failed.
const boundedTries = 2

// done is whether there is nothing more to do here, bounded, and why it has failed if it has.
func (s *slot) done() (bool, *Failure) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if s.role == owner && s.failure != nil && s.failure.Tries >= boundedTries {
		return true, s.failure
	}
	return s.role != owner || s.finished, nil
}

// run plays role after role until ctx ends. Its error is one of the whole process.
func (s *slot) run(ctx context.Context) error {
	for ctx.Err() == nil {
		switch r, _, changed := s.current(); r {
		case owner:
			if err := s.own(ctx); err != nil {
				return fmt.Errorf("task %d: %w", s.partition, err)
			}
		case standby:
			s.standBy(ctx)
		default:
			s.begin()
			s.service.forget(s.partition)
			wait(ctx, changed)
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

// own runs the partition's task, and acquires it again after whatever may pass: soon after an outage, or a commit whose outcome is not known;
// slowly where the partition has failed. It returns when another process has taken over. Its error is one of the whole process.
func (s *slot) own(ctx context.Context) error {
	s.begin()
	tries := newTries(s.log, "task", &s.service.options)
	for careful := 0; ctx.Err() == nil && s.owns(); {
		t := &task{service: s.service, slot: s, partition: s.partition, log: s.log, careful: careful}
		t.succeeded = func() { s.committed(t, tries) }
		err := panics.Survive(func() error { return t.run(ctx) })
		switch {
		case ctx.Err() != nil:
			if err != nil && !errors.Is(err, context.Canceled) {
				s.log.Warn("task stopped without its last commit", "error", err)
			}
			return nil
		case err == nil:
			s.recovered(tries)
			s.setFinished(true)
			s.awaitOther(ctx)
			return nil
		case !s.owns():
			log := s.log
			if !errors.Is(err, stream.ErrFenced) { // Which is how it is done.
				log = log.With("error", err)
			}
			log.Info("partition was handed over")
			return nil
		}
		scope := t.scopeOf(err, tries)
		if scope == ofProcess {
			return err
		}
		s.service.options.Metrics.reacquired.Inc()
		careful = t.carefully(err, scope)
		wait := time.Duration(0)
		if scope == passing {
			wait = tries.interrupted(err)
		} else {
			t.abort(ctx)
			wait = s.failed(t.failureOf(err), tries)
		}
		s.pause(ctx, owner, wait)
	}
	return nil
}

// committed notes that a task has committed: an outage is over, and a failure, if what could not be passed has been.
func (s *slot) committed(t *task, tries *tries) {
	tries.goesOn()
	if f := tries.failure; f != nil && f.passedBy(t) {
		s.recovered(tries)
	}
}

// begin forgets what was in an earlier role.
func (s *slot) begin() {
	s.setFinished(false)
	s.setFailure(nil)
}

// failed makes it known that the partition has failed, and says how long to wait before the next try.
func (s *slot) failed(f *Failure, tries *tries) time.Duration {
	wait := tries.failed(f)
	s.service.options.Metrics.failed(s.partition)
	s.setFailure(f)
	return wait
}

func (s *slot) recovered(tries *tries) {
	if tries.recovered() {
		s.setFailure(nil)
	}
}

// setFailure makes known why the slot has failed; nil: it has not.
func (s *slot) setFailure(f *Failure) {
	s.mutex.Lock()
	s.failure = f
	s.mutex.Unlock()
	s.service.tellFailure(s.partition, f)
}

// pause waits before another try, but not longer than the role lasts.
func (s *slot) pause(ctx context.Context, r role, d time.Duration) {
	ctx, stop := s.during(ctx, r)
	defer stop()
	sleep(ctx, d)
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

// standBy follows the changelog as long as the group wants it. Whatever is wrong with that is wrong with this copy only.
func (s *slot) standBy(ctx context.Context) {
	ctx, stop := s.during(ctx, standby)
	defer stop()
	s.begin()
	tries := newTries(s.log, "standby", &s.service.options)
	for {
		err := panics.Survive(func() error { return s.followOnce(ctx, tries) })
		if ctx.Err() != nil {
			return
		}
		var wait time.Duration
		if s.service.options.scopeOf(err) == passing {
			wait = tries.interrupted(err)
		} else {
			f := &Failure{Standby: true, Err: err}
			f.remedy(&s.service.options)
			wait = s.failed(f, tries)
		}
		sleep(ctx, wait)
	}
}

func (s *slot) followOnce(ctx context.Context, tries *tries) (err error) {
	s.service.status.set(s.partition, func(t *TaskStatus) { *t = TaskStatus{Phase: Standby, StreamTime: events.None} })
	p, err := s.service.options.State.Partition(s.partition)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.Close()) }()
	return newFollower(s.service, s.partition, p, s.log).follow(ctx, func() {
		tries.goesOn()
		s.recovered(tries)
	})
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
