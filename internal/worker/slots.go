package worker

import (
	"maps"
	"slices"
	"sync"

	"sellerpulse/internal/stream"
)

// slots are those of a process, one for each partition that it ever had to do with.
type slots struct {
	mutex       sync.Mutex
	byPartition map[int32]*slot
	joined      bool // the group, at least once
	stopped     bool
	start       func(*slot)
}

func (s *slots) begin(start func(*slot)) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.byPartition, s.start, s.stopped, s.joined = map[int32]*slot{}, start, false, false
}

func (s *slots) stop() {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.stopped = true
}

func (s *slots) hasJoined() bool {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return s.joined
}

// of is the slot of a partition; nil where this process never had to do with it.
func (s *slots) of(partition int32) *slot {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return s.byPartition[partition]
}

func (s *slots) owns(partition int32) bool {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	slot := s.byPartition[partition]
	return slot != nil && slot.Owns()
}

// assign gives the slots the roles of a generation. What this process gives up comes first.
func (s *slots) assign(p *process, g *stream.Generation, standbys []int32) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if s.stopped {
		return
	}
	s.joined = true
	p.options.Memory.Divide(len(g.Partitions), len(standbys))
	roles := map[int32]role{}
	for _, partition := range standbys {
		roles[partition] = standby
	}
	for _, partition := range g.Partitions {
		roles[partition] = owner
	}
	for partition, slot := range s.byPartition {
		if roles[partition] == idle {
			slot.assign(idle, g)
		}
	}
	for partition, r := range roles {
		if s.byPartition[partition] == nil {
			s.byPartition[partition] = newSlot(p, partition)
			defer s.start(s.byPartition[partition])
		}
		s.byPartition[partition].assign(r, g)
	}
}

// done is whether this process was in the group and has read all that it was given, but for what has failed.
func (s *slots) done() (bool, error) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	failed := &FailedError{}
	for _, p := range slices.Sorted(maps.Keys(s.byPartition)) {
		done, failure := s.byPartition[p].done()
		if !done {
			return false, nil
		}
		if failure != nil {
			failed.Partitions, failed.Failures = append(failed.Partitions, p), append(failed.Failures, failure)
		}
	}
	if len(failed.Failures) > 0 {
		return true, failed
	}
	return s.joined, nil
}
