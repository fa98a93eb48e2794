package worker

import (
	"maps"
	"slices"
	"sync"
	"time"

	"sellerpulse/internal/peers"
	"sellerpulse/internal/stream"
	"sellerpulse/internal/task"
	"sellerpulse/internal/throughput"
	"sellerpulse/pkg/events"
)

// Status is what the tasks of a process are doing; for any goroutine.
type Status struct {
	clock func() time.Time

	mutex      sync.Mutex
	partitions int32              // that there are
	generation *stream.Generation // the latest that this process is in; nil before the first
	directory  *directory         // who has what, in that generation or the last one of which it is known; nil before the first
	tasks      map[int32]task.Status
	committed  map[int32]*throughput.Minute // of those that are or were owned
	failures   map[int32]*task.Failure      // These outlast the tries, each of which has a status of its own.
}

func newStatus(clock func() time.Time) *Status {
	return &Status{clock: clock, tasks: map[int32]task.Status{}, committed: map[int32]*throughput.Minute{}, failures: map[int32]*task.Failure{}}
}

func (s *Status) setPartitions(partitions int32) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.partitions = partitions
}

// assign notes the partitions that this process owns in a generation. Tasks of them that run go on.
func (s *Status) assign(g *stream.Generation) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.generation = g
	for _, p := range g.Partitions {
		if t, ok := s.tasks[p]; !ok || t.Phase == task.Standby || t.Phase == task.Stopped {
			s.tasks[p] = task.Status{Partition: p, Phase: task.Restoring, StreamTime: events.None}
		}
	}
}

func (s *Status) remove(partition int32) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	delete(s.tasks, partition)
	delete(s.committed, partition)
}

// commit counts the records of a commit.
func (s *Status) commit(partition int32, records int) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	of := s.committed[partition]
	if of == nil {
		of = new(throughput.Minute)
		s.committed[partition] = of
	}
	of.Add(s.clock(), int64(records))
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
	tasks, now := s.sorted(), s.clock()
	for i := range tasks {
		if of := s.committed[tasks[i].Partition]; of != nil {
			tasks[i].LastMinute = of.Until(now)
		}
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
	return s.generation != nil
}

// Member is the id of this process in the group; empty before it is in it.
func (s *Status) Member() string {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if s.generation == nil {
		return ""
	}
	return s.generation.MemberID
}

// Partitions is how many partitions there are, in all processes together.
func (s *Status) Partitions() int32 {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return s.partitions
}

// Local is whether this process has the state of a partition, and so can answer itself, and as what: it works on it, even if the group has just given it
// to another that is not ready yet, or it stands by and has read all that there was when it began.
func (s *Status) Local(partition int32) (role peers.Role, ok bool) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	switch t := s.tasks[partition]; {
	case t.Phase == task.Running:
		return peers.Owner, true
	case t.Phase == task.Standby && t.CaughtUp:
		return peers.Standby, true
	}
	return "", false
}

// Peers is which processes have the state of a partition, as far as it is known now. What it gives is not to be changed.
func (s *Status) Peers(partition int32, now time.Time) peers.Peers {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	d := s.directory
	if d == nil || partition < 0 || int(partition) >= len(d.partitions) {
		return peers.Peers{Generation: peers.Unknown, Stale: true}
	}
	return d.at(partition, now, s.generation)
}

// AllPeers is what [Status.Peers] gives of each partition, all of one generation; nothing while nothing is known.
func (s *Status) AllPeers(now time.Time) (all []peers.Peers) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if s.directory == nil {
		return nil
	}
	for p := range s.directory.partitions {
		all = append(all, s.directory.at(int32(p), now, s.generation))
	}
	return all
}

// know notes who has what.
func (s *Status) know(d *directory) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.directory = d
}
