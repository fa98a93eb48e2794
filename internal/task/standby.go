package task

import (
	"context"
	"errors"

	"sellerpulse/internal/stream"
	"sellerpulse/pkg/events"
)

// Follow stands by for the owner of a partition: it follows the changelog into the local state until ctx ends. It calls alive whenever that goes
// well.
func Follow(ctx context.Context, e *Environment, partition int32, alive func()) (err error) {
	e.observer.Update(partition, func(s *Status) { *s = Status{Phase: Standby, StreamTime: events.None} })
	log, err := e.changelogOf(ctx, partition)
	if err != nil {
		return err
	}
	ruled, _ := e.Now()
	if err := e.elect(ctx, log, ruled); err != nil {
		return err
	}
	p, err := e.State.Partition(partition)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.Close()) }()
	return newFollower(e, ruled, log, p, e.log(partition)).follow(ctx, alive)
}

// follow reads for ever, and tells how many records it is behind. It calls alive whenever that goes well.
func (f *follower) follow(ctx context.Context, alive func()) error {
	if err := f.prepare(); err != nil {
		return err
	}
	end, err := f.end(ctx)
	if err != nil {
		return err
	}
	if f.from() > end {
		// The owner's last transaction is committed, but not yet to be read. Waiting for more is right in any case.
		f.log.Debug("standby is ahead of what can be read", "position", f.from(), "end", end)
	}
	f.progress.begin(f.env.Clock(), f.from(), end)
	f.behind(end-f.from(), false)
	if f.from() == 0 || f.state.Underived() {
		if err := errors.Join(f.readTo(ctx, end), f.rebuild(ctx)); err != nil {
			return err
		}
	}
	f.behind(end-f.from(), true)
	return f.read(ctx, func(int64) bool { return false }, func(c *stream.Chunk) {
		alive()
		f.behind(c.LastStable-c.Next, true)
	})
}

// behind tells how many records there are to read. whole is whether a state that has read them all is one, with what is derived.
func (f *follower) behind(records int64, whole bool) {
	records = max(0, records)
	f.env.observer.Update(f.changelog.Partition, func(s *Status) {
		s.Lag, s.CaughtUp = records, s.CaughtUp || whole && records == 0
	})
	f.env.metrics.standby(f.changelog.Partition, records)
}
