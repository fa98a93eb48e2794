package worker

import (
	"maps"
	"slices"
	"sync"

	"sellerpulse/internal/task"
	"sellerpulse/pkg/events"
)

// Status is what the tasks of a process are doing; for any goroutine.
type Status struct {
	mutex    sync.Mutex
	assigned bool
	tasks    map[int32]task.Status
	failures map[int32]*task.Failure // These outlast the tries, each of which has a status of its own.
}

func newStatus() *Status {
	return &Status{tasks: map[int32]task.Status{}, failures: map[int32]*task.Failure{}}
}

// assign notes the partitions that this process owns. Tasks of them that run go on.
func (s *Status) assign(partitions []int32) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.assigned = true
	for _, p := range partitions {
		if t, ok := s.tasks[p]; !ok || t.Phase == task.Standby || t.Phase == task.Stopped {
			s.tasks[p] = task.Status{Partition: p, Phase: task.Restoring, StreamTime: events.None}
		}
	}
}

func (s *Status) remove(partition int32) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	delete(s.tasks, partition)
}

func (s *Status) update(partition int32, change func(*task.Status)) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	t := s.tasks[partition]
	change(&t)
	t.Partition = partition
	s.tasks[partition] = t
}

// fail notes why a partition has failed, nil for not, and counts those that have: of owned ones and of standbys.
func (s *Status) fail(partition int32, f *task.Failure) (owned, standbys int) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	delete(s.failures, partition)
	if f != nil {
		s.failures[partition] = f
	}
	for _, f := range s.failures {
		if f.Standby {
			standbys++
		} else {
			owned++
		}
	}
	return owned, standbys
}

// Tasks is the tasks of this process, by partition.
func (s *Status) Tasks() []task.Status {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	tasks := s.sorted()
	for i := range tasks {
		if f := s.failures[tasks[i].Partition]; f != nil {
			tasks[i].Phase, tasks[i].Failure = task.Failed, f
		}
	}
	return tasks
}

func (s *Status) sorted() []task.Status {
	return slices.SortedFunc(maps.Values(s.tasks), func(a, b task.Status) int { return int(a.Partition - b.Partition) })
}

// Ready is whether the process is in the group, and none of its tasks is restoring or rebuilding or has failed. A standby that has failed is in
// nobody's way.
func (s *Status) Ready() bool {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	for _, f := range s.failures {
		if !f.Standby {
			return false
		}
	}
	for _, t := range s.tasks {
		if t.Phase == task.Restoring || t.Phase == task.Rebuilding {
			return false
		}
	}
	return s.assigned
}
