package task

import (
	"context"
	"errors"
	"fmt"

	"sellerpulse/internal/state"
	"sellerpulse/internal/stream"
	"sellerpulse/pkg/events"
)

// Standings follows where the sellers of a partition of another application stand: its changelog, or what it has published where that is lost.
type Standings struct {
	*state.Standings
	StandingsSource
	state     *state.Partition
	changelog string     // that the application's group names as its state
	log       *changelog // nil where it is lost
}

// StandingsSource tells where sellers stand, and as of which clock.
type StandingsSource interface {
	// Follow reads to the end that there is now, and on until what until says of the clock holds, where that is to come. behind is told how many records
	// are left.
	Follow(ctx context.Context, until func(*state.Clock) bool, behind func(int64)) error
	// CatchUp reads what is left. Who writes it must have been fenced.
	CatchUp(ctx context.Context) error
}

// FollowStandings opens what a process has of the sellers of an application's partition. [Standings.Close] is to follow.
func (e *Environment) FollowStandings(ctx context.Context, partition int32) (*Standings, error) {
	log, err := e.changelogOf(ctx, partition)
	if err != nil {
		return nil, err
	}
	s, err := e.openStandings(partition, log.Topic, log.Topic)
	if err != nil {
		return nil, err
	}
	ruled, _ := e.Now()
	f := newFollower(e, ruled, log, s.state, e.log(partition))
	f.restorer = standingsRestorer{s.Standings, f}
	s.log, s.StandingsSource = log, &standingsFollower{s.Standings, f}
	return s, nil
}

// LostStandings is FollowStandings where the changelog is lost; source is what is read instead.
func (e *Environment) LostStandings(partition int32, changelog string, source func(*state.Standings) StandingsSource) (*Standings, error) {
	s, err := e.openStandings(partition, changelog, "published beside "+changelog)
	if err != nil {
		return nil, err
	}
	s.StandingsSource = source(s.Standings)
	return s, nil
}

func (e *Environment) openStandings(partition int32, changelog, origin string) (*Standings, error) {
	p, err := e.State.Partition(partition)
	if err != nil {
		return nil, err
	}
	if err := p.Follow(origin, origin); err != nil {
		return nil, errors.Join(err, p.Close())
	}
	return &Standings{Standings: state.NewStandings(p), state: p, changelog: changelog}, nil
}

// Close closes what was opened.
func (s *Standings) Close() error { return s.state.Close() }

// Changelog is the topic that the application's group names as its state.
func (s *Standings) Changelog() string { return s.changelog }

// Lost is whether that is lost.
func (s *Standings) Lost() bool { return s.log == nil }

// NoStateError says that a changelog has no state, not even one without sellers.
type NoStateError struct{ stream.TopicPartition }

// Error names the log.
func (e *NoStateError) Error() string {
	return fmt.Sprintf("the changelog %v has no state", e.TopicPartition)
}

// IsLost is whether an error of following a changelog, of a group that has read, says that it is lost: deleted, in part too, begun anew, or damaged.
func IsLost(err error) bool {
	return as[*stream.BatchError](err) || as[*MissingChangelogError](err) || as[*ReplacedError](err) || as[*LostError](err) || as[*NoStateError](err)
}

// standingsFollower follows a changelog.
type standingsFollower struct {
	standings *state.Standings
	*follower
}

// Follow reads to where the changelog ends now, and on until a commit has come of which until holds.
func (s *standingsFollower) Follow(ctx context.Context, until func(*state.Clock) bool, behind func(int64)) error {
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
	settings, err := s.standings.Settings()
	if err != nil {
		return err
	}
	if settings == nil { // There may be records all the same: it was made anew beneath an owner that wrote on.
		return &NoStateError{f.changelog.TopicPartition}
	}
	clock, known, err := s.standings.Clock()
	if err != nil || known && until(&clock) {
		return err
	}
	f.until = until
	return read(func(int64) bool { return false })
}

// CatchUp reads what is left.
func (s *standingsFollower) CatchUp(ctx context.Context) error {
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
