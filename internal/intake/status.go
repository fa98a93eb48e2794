package intake

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// UnitStatus is how far this process is with one partition of the source topics.
type UnitStatus struct {
	Partition  int32
	Sources    []SourceStatus // one for each topic that has the partition, by name; none before it was looked for
	Committed  time.Time      // when this process last committed; zero before
	LastMinute int64          // records that were committed in the last minute, those too that became no event
	Failure    *Failure       // why the last try ended; nil while it works
}

// SourceStatus is how far a unit is with the partition of one topic.
type SourceStatus struct {
	Topic string
	Next  int64 // offset of the record to be read next
	End   int64 // of what can be read, as of the last answer
}

// Lag is how many offsets are still to be read: as many records, but for those that were compacted away or taken back.
func (s *SourceStatus) Lag() int64 { return max(0, s.End-s.Next) }

// Failure is why a unit cannot go on.
type Failure struct {
	Err   error
	Since time.Time
	Tries int  // that failed one after the other
	Lasts bool // what trying again soon does not heal, and no outage of the brokers
}

// Status is how far each unit is that this process was given, by partition; for any goroutine.
func (in *Intake) Status() (all []UnitStatus) {
	now := in.options.Clock()
	for _, u := range in.given() {
		all = append(all, u.status(now))
	}
	return all
}

// given is the units that the group gives this process, by partition.
func (in *Intake) given() (all []*unit) {
	in.mutex.Lock()
	defer in.mutex.Unlock()
	for _, p := range slices.Sorted(maps.Keys(in.units)) {
		if u := in.units[p]; u.owned() {
			all = append(all, u)
		}
	}
	return all
}

// Waits is what is to happen before the intake carries over all that it was given; nil: it does.
func (in *Intake) Waits() error {
	if !in.hasJoined() {
		return errors.New("joining the group of the intake")
	}
	var waits []error
	if gone := in.sources.Load().gone; len(gone) > 0 {
		waits = append(waits, fmt.Errorf("source topics are gone: %s: create them again, or take them out of the mapping", strings.Join(gone, ", ")))
	}
	for _, u := range in.Status() {
		if u.Failure != nil && u.Failure.Lasts {
			waits = append(waits, fmt.Errorf("source partition %d: failed: %w", u.Partition, u.Failure.Err))
		}
	}
	return errors.Join(waits...)
}

// Mapping is the name of the mapping, and Group the consumer group.
func (in *Intake) Mapping() string { return in.options.Mapping.Name }

// Group is the consumer group by which the intake commits.
func (in *Intake) Group() string { return in.group }

func (u *unit) status(now time.Time) UnitStatus {
	u.mutex.Lock()
	defer u.mutex.Unlock()
	s := UnitStatus{Partition: u.partition, Sources: slices.Clone(u.sources), Committed: u.committedAt, LastMinute: u.lastMinute.Until(now)}
	if u.failure != nil {
		s.Failure = &Failure{Err: u.failure, Since: u.since, Tries: u.tries, Lasts: u.lasts()}
	}
	return s
}

// begins notes where the sources are read on.
func (u *unit) begins(sources []SourceStatus) {
	u.mutex.Lock()
	defer u.mutex.Unlock()
	u.sources = sources
}

// reads notes how far a source is read.
func (u *unit) reads(source int, next, end int64) {
	u.mutex.Lock()
	defer u.mutex.Unlock()
	u.sources[source].Next, u.sources[source].End = next, end
}

// commits notes a commit.
func (u *unit) commits(now time.Time, records int) {
	u.mutex.Lock()
	defer u.mutex.Unlock()
	u.committedAt = now
	u.lastMinute.Add(now, int64(records))
}
