package worker

import (
	"context"
	"slices"
	"sync"
)

// Succession is how a process takes partitions over from the processes of an application whose state it is to replace: in the group it is given
// those and no others, whatever its settings, until it has all of them.
type Succession struct {
	// Take is called with each partition once the group has given it, before there is a task of it. It is to make the state that the process has the
	// one of the application. After an error the worker ends.
	Take func(ctx context.Context, partition int32, confirm func(context.Context) error) error

	mutex  sync.Mutex
	left   []int32
	all    []int32
	rejoin chan struct{} // gets something once this process has all, and is a member like any other
}

// Succeed makes a succession to partitions. Without any it is nil: the process is as any other.
func Succeed(partitions []int32, take func(ctx context.Context, partition int32, confirm func(context.Context) error) error) *Succession {
	if len(partitions) == 0 {
		return nil
	}
	return &Succession{Take: take, left: slices.Clone(partitions), all: partitions, rejoin: make(chan struct{}, 1)}
}

// partitions are those that the group is to give this process alone; none once it has all of them.
func (s *Succession) partitions() []int32 {
	if s == nil {
		return nil
	}
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if len(s.left) == 0 {
		return nil
	}
	return s.all
}

// take takes a partition, if it is one of those, and not taken yet.
func (s *Succession) take(ctx context.Context, slot *slot) error {
	if s == nil || !slices.Contains(s.waiting(), slot.partition) {
		return nil
	}
	if err := s.Take(ctx, slot.partition, slot.Confirm); err != nil {
		return err
	}
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.left = slices.DeleteFunc(s.left, func(p int32) bool { return p == slot.partition })
	if len(s.left) == 0 {
		s.rejoin <- struct{}{}
	}
	return nil
}

// joinsAgain is when this process is to join the group again; nil for never.
func (s *Succession) joinsAgain() <-chan struct{} {
	if s == nil {
		return nil
	}
	return s.rejoin
}

func (s *Succession) waiting() []int32 {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return slices.Clone(s.left)
}
