package worker

import (
	"context"
	"fmt"
	"sync"
	"time"

	"sellerpulse/internal/task"
	"sellerpulse/internal/wait"
)

// Held is a partition that this process owns and does nothing about, for something else to be done to its state.
type Held struct {
	slot     *slot
	stopped  chan struct{} // closed once nothing is done any more
	released chan struct{}
	once     sync.Once
}

// Release has the slot go on.
func (h *Held) Release() { h.once.Do(func() { h.slot.release(h) }) }

// Owner is whose the partition is, as far as the group says.
func (h *Held) Owner() task.Ownership { return h.slot }

// rest waits until a hold is released.
func (h *Held) rest(ctx context.Context) {
	close(h.stopped)
	wait.Closed(ctx, h.released)
}

// Hold ends what this process does about a partition, with a last commit, until it is released. It is an error where the process does not own it.
func (w *Worker) Hold(ctx context.Context, partition int32) (*Held, error) {
	s := w.slots.of(partition)
	if s == nil || !s.Owns() {
		return nil, fmt.Errorf("partition %d: %w", partition, errHandedOver)
	}
	h, err := s.hold()
	if err != nil {
		return nil, err
	}
	if !wait.Closed(ctx, h.stopped) {
		h.Release()
		return nil, ctx.Err()
	}
	return h, nil
}

// Owned lists the partitions that this process owns, in order.
func (w *Worker) Owned() (owned []int32) {
	for p := range w.env.Partitions {
		if w.slots.owns(p) {
			owned = append(owned, p)
		}
	}
	return owned
}

// AwaitGroup waits until the group has said what this process is to do, and tells whether it was not ctx that ended first.
func (w *Worker) AwaitGroup(ctx context.Context) bool {
	for !w.slots.hasJoined() {
		if !wait.For(ctx, 50*time.Millisecond) {
			return false
		}
	}
	return true
}

// Environment is what the tasks of this process have in common.
func (w *Worker) Environment() *task.Environment { return w.env }

func (s *slot) hold() (*Held, error) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if s.held != nil {
		return nil, fmt.Errorf("partition %d is held already", s.partition)
	}
	s.held = &Held{slot: s, stopped: make(chan struct{}), released: make(chan struct{})}
	if s.interrupt != nil {
		s.interrupt()
	}
	return s.held, nil
}

func (s *slot) release(h *Held) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.held = nil
	close(h.released)
}

// playing makes the context of a role, which a hold ends; or gives the hold that there is.
func (s *slot) playing(ctx context.Context) (playing context.Context, stop func(), held *Held) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if s.held != nil {
		return nil, nil, s.held
	}
	playing, cancel := context.WithCancel(ctx)
	s.interrupt = cancel
	return playing, cancel, nil
}
