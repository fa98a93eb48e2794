package task

import (
	"context"
	"errors"

	"sellerpulse/internal/state"
	"sellerpulse/internal/stream"
	"sellerpulse/pkg/events"
)

// Standings follows the changelog of another application's partition, and keeps where its sellers stand.
type Standings struct {
	*state.Standings
	follower *follower
	state    *state.Partition
}

// FollowStandings opens what a process has of the sellers of an application's partition. [Standings.Close] is to follow.
func (e *Environment) FollowStandings(ctx context.Context, partition int32) (*Standings, error) {
	log, err := e.changelogOf(ctx, partition)
	if err != nil {
		return nil, err
	}
	p, err := e.State.Partition(partition)
	if err != nil {
		return nil, err
	}
	if err := p.Follow(log.Topic, log.Topic); err != nil {
		return nil, errors.Join(err, p.Close())
	}
	s := &Standings{Standings: state.NewStandings(p), state: p, follower: newFollower(e, log, p, e.log(partition))}
	s.follower.restorer = standingsRestorer{s.Standings, s.follower}
	return s, nil
}

// Close closes what was opened.
func (s *Standings) Close() error { return s.state.Close() }

// Changelog is the topic that is followed.
func (s *Standings) Changelog() string { return s.follower.changelog.Topic }

// Follow reads to where the changelog ends now, and on until a commit has come of which until holds. behind is told how many records are left.
func (s *Standings) Follow(ctx context.Context, until func(*state.Clock) bool, behind func(int64)) error {
	f := s.follower
	f.until, f.held = nil, false
	end, err := f.end(ctx)
	if err != nil {
		return err
	}
	read := func(reached func(int64) bool) error {
		f.progress.begin(f.env.Clock(), f.from(), end)
		return f.read(ctx, reached, func(c *stream.Chunk) { behind(max(0, c.LastStable-c.Next)) })
	}
	if f.from() < end {
		if err := read(func(next int64) bool { return next >= end }); err != nil {
			return err
		}
	}
	clock, known, err := s.Clock()
	if err != nil || known && until(&clock) {
		return err
	}
	f.until = until
	return read(func(int64) bool { return false })
}

// CatchUp reads what is left. Who writes the changelog must have been fenced.
func (s *Standings) CatchUp(ctx context.Context) error {
	f := s.follower
	f.until = nil
	end, err := f.end(ctx)
	if err != nil {
		return err
	}
	return f.readTo(ctx, end)
}

// standingsRestorer has a follower keep standings alone.
type standingsRestorer struct {
	*state.Standings
	follower *follower
}

func (r standingsRestorer) Add(offset int64, key, value []byte) error {
	clock, err := r.Standings.Add(offset, key, value)
	if err == nil && clock != nil && r.follower.until != nil {
		r.follower.held = r.follower.until(clock)
	}
	return err
}

func (r standingsRestorer) Rebuild(context.Context, func(int64)) error { return nil }

// Reached is whether a state is as far as another: in every input, in time, and through all that is due then.
func Reached(clock, other *state.Clock) bool {
	for i := range events.NumTopics {
		if clock.Offsets[i] < other.Offsets[i] {
			return false
		}
	}
	return clock.StreamTime >= other.StreamTime && clock.Instant == nil
}
