package ask

import (
	"context"
	"errors"
	"fmt"

	"sellerpulse/internal/inspect"
	"sellerpulse/internal/state"
	"sellerpulse/internal/stream"
	"sellerpulse/pkg/events"
	"sellerpulse/pkg/rules"
)

// Options say where the states of this process are.
type Options struct {
	DB          *state.DB
	Inspect     inspect.Options
	Rules       func() *rules.Set         // in force, where they change; nil: those of Inspect
	PartitionOf func(seller string) int32 // whose seller it is; nil: that of any partition may be it
	Client      *stream.Client            // reads events back
	Inputs      [events.NumTopics]string  // topics that these are in
	AtOnce      int                       // questions that are answered at the same time, others wait; default 8
}

// States are those of this process's partitions, owned or stood by for, as of their last checkpoints. They are safe for concurrent use.
type States struct {
	o      Options
	reader Reader
	room   chan struct{}
	closed chan struct{}

	without func() error // why there are none here; nil where there may be
}

// New makes one.
func New(o Options) *States {
	if o.AtOnce == 0 {
		o.AtOnce = 8
	}
	reader := Reader{Client: o.Client, Inputs: o.Inputs, Schema: o.Inspect.Schema}
	return &States{o: o, reader: reader, room: make(chan struct{}, o.AtOnce), closed: make(chan struct{})}
}

// Without makes states of a process that never has any: why says why nobody else answers, [ErrElsewhere] or [ErrNobody].
func Without(why func() error) *States { return &States{without: why} }

// Close waits for what is being answered, and answers nothing any more: the database is closed next.
func (s *States) Close() error {
	close(s.closed)
	for range cap(s.room) {
		s.room <- struct{}{}
	}
	return nil
}

// ErrElsewhere says that this process has nothing of a seller's partition.
var ErrElsewhere = errors.New("this process has no state of the seller's partition")

// ErrNobody says that there is no process that could have it.
var ErrNobody = errors.New("no process is known that has the state of the seller's partition")

// ErrClosed says that this process answers nothing any more.
var ErrClosed = errors.New("this process is stopping: ask another one, or again when it has started")

// Of opens the partition that a seller is of, and answers from it. The error is [ErrElsewhere] where this process has none, [ErrNobody] where nobody has, [ErrClosed]
// after Close, one of package inspect's where there is nothing to answer from yet, or that of answer. answer must not keep the partition. A process without a state has nil States.
func (s *States) Of(ctx context.Context, seller string, answer func(*inspect.Partition) error) (err error) {
	switch {
	case s == nil:
		return ErrElsewhere
	case s.without != nil:
		return s.without()
	}
	select {
	case s.room <- struct{}{}:
		defer func() { <-s.room }()
	case <-s.closed:
		return ErrClosed
	case <-ctx.Done():
		return fmt.Errorf("await one of %d answers at a time: %w", s.o.AtOnce, context.Cause(ctx))
	}
	view := s.o.DB.Snapshot()
	defer func() { err = errors.Join(err, view.Close()) }()
	candidates, err := s.partitions(view, seller)
	if err != nil {
		return err
	}
	err = ErrElsewhere
	for _, p := range candidates {
		if err = s.from(view, p, answer); err == nil || !errors.As(err, new(*inspect.UnknownSellerError)) {
			return err
		}
	}
	return err
}

// partitions are those of this process in which a seller may be.
func (s *States) partitions(view *state.View, seller string) ([]int32, error) {
	here, err := view.Partitions()
	if err != nil || s.o.PartitionOf == nil {
		return here, err
	}
	of := s.o.PartitionOf(seller)
	for _, p := range here {
		if p == of {
			return []int32{of}, nil
		}
	}
	return nil, nil
}

func (s *States) from(view *state.View, partition int32, answer func(*inspect.Partition) error) error {
	o := s.o.Inspect
	if s.o.Rules != nil {
		o.Rules = s.o.Rules()
	}
	p, err := inspect.Open(view.Partition(partition), o)
	if errors.Is(err, inspect.ErrNothingCommitted) {
		return fmt.Errorf("%w: %w", ErrElsewhere, err)
	}
	if err != nil {
		return err
	}
	return answer(p)
}

// Events reads the events behind an order of a seller back from their topics, and gives them in the order in which they occurred, those that are missing
// last. An error is an outage.
func (s *States) Events(ctx context.Context, seller, order string, behind []inspect.WrittenBy) ([]Event, error) {
	return s.reader.events(ctx, seller, order, behind)
}

// OrderEvents reads the events behind an order back from their topics. An error is an outage.
func (s *States) OrderEvents(ctx context.Context, o *inspect.Order) (*OrderEvents, error) {
	return s.reader.OrderEvents(ctx, o)
}
