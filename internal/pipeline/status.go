package pipeline

import (
	"maps"
	"slices"
	"sync"

	"sellerpulse/pkg/events"
)

// Phase is what a task is doing.
type Phase string

// The phases of a task.
const (
	Restoring  Phase = "restoring"
	Rebuilding Phase = "rebuilding" // what is derived, for other settings than it was built with
	Running    Phase = "running"
	Standby    Phase = "standby" // following the changelog of another process's task
	Stopped    Phase = "stopped"
	Failed     Phase = "failed" // tried again slowly, until it is over: see TaskStatus.Failure
)

// TaskStatus tells how far a task is.
type TaskStatus struct {
	Partition  int32
	Phase      Phase
	StreamTime events.Millis
	Lag        int64 // input records that wait; of a standby, records of the changelog
	Blocked    int64 // input records behind open transactions of producers, which cannot be read yet
	Restored   int64 // offsets of the changelog read, of those to read
	ToRestore  int64
	Rebuilt    int // sellers that are rebuilt, of those that are to be
	ToRebuild  int
	Failure    *Failure // why it has failed; nil while it works
}

// Status is what the tasks of a process are doing; for any goroutine.
type Status struct {
	mutex    sync.Mutex
	assigned bool
	tasks    map[int32]TaskStatus
	failures map[int32]*Failure // These outlast the tries, each of which has a status of its own.
}

func newStatus() *Status {
	return &Status{tasks: map[int32]TaskStatus{}, failures: map[int32]*Failure{}}
}

// assign notes the partitions that this process owns. Tasks of them that run go on.
func (s *Status) assign(partitions []int32) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.assigned = true
	for _, p := range partitions {
		if t, ok := s.tasks[p]; !ok || t.Phase == Standby || t.Phase == Stopped {
			s.tasks[p] = TaskStatus{Partition: p, Phase: Restoring, StreamTime: events.None}
		}
	}
}

func (s *Status) remove(partition int32) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	delete(s.tasks, partition)
}

func (s *Status) set(partition int32, change func(*TaskStatus)) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	t := s.tasks[partition]
	change(&t)
	t.Partition = partition
	s.tasks[partition] = t
}

// fail notes why a partition has failed, nil for not, and counts those that have: of owned ones and of standbys.
func (s *Status) fail(partition int32, f *Failure) (owned, standbys int) {
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
func (s *Status) Tasks() []TaskStatus {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	tasks := s.sorted()
	for i := range tasks {
		if f := s.failures[tasks[i].Partition]; f != nil {
			tasks[i].Phase, tasks[i].Failure = Failed, f
		}
	}
	return tasks
}

func (s *Status) sorted() []TaskStatus {
	return slices.SortedFunc(maps.Values(s.tasks), func(a, b TaskStatus) int { return int(a.Partition - b.Partition) })
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
		if t.Phase == Restoring || t.Phase == Rebuilding {
			return false
		}
	}
	return s.assigned
}
