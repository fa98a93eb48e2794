package pipeline

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"sellerpulse/internal/stream"
)

// crew is the slots of a process, one for each partition that it ever had to do with.
type crew struct {
	mutex   sync.Mutex
	slots   map[int32]*slot
	joined  bool // at least once
	stopped bool
	start   func(*slot)
}

// Run takes part in the group and plays the roles it is given, until ctx ends or, bounded, the whole group has read to the ends. It returns
// when every task has committed and stopped, and the group has been left.
func (s *Service) Run(ctx context.Context) error {
	running, stop := context.WithCancel(ctx)
	defer stop()
	tasks, tasksCtx := errgroup.WithContext(running)
	s.crew.begin(func(slot *slot) { tasks.Go(func() error { return slot.run(tasksCtx) }) })
	tasks.Go(func() error { // Slots come while there is at least this one.
		<-tasksCtx.Done()
		s.crew.stop()
		return nil
	})
	tasks.Go(func() error { return s.watchTopics(tasksCtx) })
	tasks.Go(func() error {
		s.tally.run(tasksCtx)
		return nil
	})
	if s.options.UntilEnd {
		tasks.Go(func() error {
			defer stop()
			return s.awaitEnd(tasksCtx)
		})
	}
	// The group is left after the last commit, so that nobody takes over in the middle of it.
	member, leave := context.WithCancel(context.WithoutCancel(ctx))
	defer leave()
	joined := make(chan error, 1)
	go func() {
		defer stop()
		joined <- s.options.Client.RunGroup(member, s.groupOptions(), s.take)
	}()
	err := tasks.Wait()
	leave()
	if groupErr := <-joined; err == nil {
		err = groupErr
	}
	s.tally.tellUntold(0)
	if s.options.UntilEnd && err == nil && ctx.Err() == nil {
		s.tally.summarize()
	}
	return err
}

func (s *Service) groupOptions() stream.GroupOptions {
	facts := s.settings().Facts()
	return stream.GroupOptions{
		ID: s.options.AppID, Topics: s.options.Topics.Inputs[:], SessionTimeout: s.options.SessionTimeout, Protocol: assignProtocol,
		UserData: func() []byte { return encodeMember(s.holdings(), facts) },
		Assign: func(members []stream.GroupMember) (map[string]stream.Assignment, error) {
			assigned, refused := assign(members, facts, s.partitions.inputs, s.options.Standbys)
			for id, why := range refused {
				s.options.Logger.Warn("member of the group is refused", "member", id, "error", why)
			}
			return assigned, nil
		},
	}
}

// holdings is what this process has of each partition.
func (s *Service) holdings() (all []holding) {
	for p := range s.partitions.inputs {
		saved, err := s.options.State.Saved(p)
		if err != nil {
			s.options.Logger.Warn("cannot tell what is on disk of a partition", "partition", p, "error", err)
			continue
		}
		active := s.crew.owns(p)
		if active || saved.Position > 0 {
			all = append(all, holding{Partition: p, Position: saved.Position, Active: active})
		}
	}
	return all
}

// RefusedError says that the group does not take this process.
type RefusedError struct{ Why string }

func (e *RefusedError) Error() string { return "this process is refused: " + e.Why }

// take gives every slot the role that a generation of the group has for it.
func (s *Service) take(g *stream.Generation) error {
	told, err := decodeAssigned(g.UserData)
	if err != nil {
		return err
	}
	if told.Refused != "" {
		return &RefusedError{told.Refused}
	}
	for _, p := range slices.Concat(g.Partitions, told.Standby) {
		if p < 0 || p >= s.partitions.inputs {
			return fmt.Errorf("the group assigned partition %d of %d: members disagree on the number of partitions; restart them all", p, s.partitions.inputs)
		}
	}
	s.options.Logger.Info("partitions assigned", "generation", g.ID, "owned", append([]int32{}, g.Partitions...), "standby", append([]int32{}, told.Standby...)) // [] in JSON, not null.
	s.options.Metrics.assigned(len(g.Partitions), len(told.Standby))
	s.status.assign(g.Partitions)
	s.crew.assign(s, g, told.Standby)
	return nil
}

func (c *crew) begin(start func(*slot)) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.slots, c.start, c.stopped, c.joined = map[int32]*slot{}, start, false, false
}

func (c *crew) stop() {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.stopped = true
}

func (c *crew) owns(partition int32) bool {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	slot := c.slots[partition]
	return slot != nil && slot.owns()
}

func (c *crew) assign(s *Service, g *stream.Generation, standbys []int32) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if c.stopped {
		return
	}
	c.joined = true
	s.options.Memory.Divide(len(g.Partitions), len(standbys))
	roles := map[int32]role{}
	for _, p := range standbys {
		roles[p] = standby
	}
	for _, p := range g.Partitions {
		roles[p] = owner
	}
	for p, slot := range c.slots {
		if roles[p] == idle {
			slot.assign(idle, g)
		}
	}
	for p, r := range roles {
		if c.slots[p] == nil {
			c.slots[p] = newSlot(s, p)
			defer c.start(c.slots[p])
		}
		c.slots[p].assign(r, g)
	}
}

// done is whether this process was in the group and has read all that it was given, but for what has failed.
func (c *crew) done() (bool, error) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	failed := &FailedError{}
	for _, p := range slices.Sorted(maps.Keys(c.slots)) {
		done, failure := c.slots[p].done()
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
	return c.joined, nil
}

// awaitEnd waits, bounded, until the group has committed every input up to the end it had at start; or, where a partition of this process has
// failed, until this process has done all else that it was given. What it leaves then is for others of the group to try.
func (s *Service) awaitEnd(ctx context.Context) error {
	var all []stream.TopicPartition
	for tp := range s.ends {
		all = append(all, tp)
	}
	for sleep(ctx, 50*time.Millisecond+rand.N(50*time.Millisecond)) {
		done, failed := s.crew.done()
		if failed != nil {
			return failed
		}
		if !done {
			continue
		}
		committed, err := s.options.Client.Offsets(ctx, s.options.AppID, all)
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return fmt.Errorf("await the group: %w", err)
		}
		behind := slices.ContainsFunc(all, func(tp stream.TopicPartition) bool { return s.ends[tp].LastStable > max(committed[tp], 0) })
		if behind {
			continue
		}
		if done, failed := s.crew.done(); done {
			return failed
		}
	}
	return nil
}

// tellFailure makes known what has failed here.
func (s *Service) tellFailure(partition int32, f *Failure) {
	s.options.Metrics.failing(s.status.fail(partition, f))
}

// forget drops what is told of a partition that this process has nothing to do with any more.
func (s *Service) forget(partition int32) {
	s.status.remove(partition)
	s.options.Metrics.forget(partition, s.options.Topics.Inputs[:])
	s.options.Memory.Forget(partition)
}
