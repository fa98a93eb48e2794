package task

import (
	"context"
	"log/slog"
	"time"

	"sellerpulse/internal/memory"
	"sellerpulse/internal/panics"
	"sellerpulse/internal/state"
	"sellerpulse/internal/stream"
	"sellerpulse/pkg/events"
	"sellerpulse/pkg/plan"
	"sellerpulse/pkg/windows"
)

// follower brings the local state of a partition forward along its changelog. Restoring after a crash, taking over from another process and
// standing by for one are the same reading, from the local position on.
//
// Invariant: the local state is what the changelog says up to the local position. A state is given up and read from the beginning when
// that cannot be known: its position has been deleted from the log, or it is so old that the tombstone of a key it still holds may be gone.
// How old it is the brokers' clock says, which decides when tombstones go.
type follower struct {
	ruled     Ruled // the rules for which things are derived
	program   *windows.Program
	env       *Environment
	state     *state.Partition
	changelog *changelog
	log       *slog.Logger

	restorer restorer
	until    func(*state.Clock) bool // holds of the commit behind which nothing is to be read; nil for none
	held     bool                    // it did

	// The state is as old as the time since it was known to be complete, or since reading from the beginning began: by the brokers' clock,
	// 0 if that is not known, and by this process's, zero if that was before.
	since      events.Millis
	seen       time.Time
	checked    time.Time                                    // when it was last found not to be too old, by this process's clock
	leaderTime func(context.Context) (events.Millis, error) // asks the changelog's leader; nil where this process does not own the partition

	beside  bool               // it is for a successor, and says nothing of the task
	counted func(orders int64) // is told in place of the log while all is rebuilt; nil for the log

	superseded bool // a record said that another changelog was made the state, and whether it is now is to be found out

	progress progress
}

func newFollower(e *Environment, ruled Ruled, of *changelog, p *state.Partition, log *slog.Logger) *follower {
	f := &follower{ruled: ruled, program: e.program(ruled), env: e, state: p, log: log, since: p.SavedAt(), changelog: of}
	f.restorer = f.newRestorer()
	return f
}

func (f *follower) newRestorer() *state.Restorer {
	e := f.env
	return state.NewRestorer(f.state, state.Lifetime{Calendar: windows.NewCalendar(e.Zone), RetentionDays: e.RetentionDays, HistoryDays: e.HistoryDays}, f.program)
}

// program is what rules count.
func (e *Environment) program(ruled Ruled) *windows.Program {
	return plan.For(ruled.Set, e.RetentionDays, e.HistoryDays).Program
}

// derivation is by what all is derived that rules count.
func (e *Environment) derivation(ruled Ruled) string {
	return e.Settings().Derivation(e.program(ruled))
}

// prepare makes sure that the local state is of this changelog, and that what is derived is derived by the settings in force, before anything
// follows from it.
func (f *follower) prepare() error {
	if err := f.state.Follow(f.changelog.Topic, f.env.Topics.Changelog); err != nil {
		return err
	}
	return f.state.DeriveBy(f.env.Settings().Derivation(f.program))
}

// from is the offset to read from: the local position, or the first one there is.
func (f *follower) from() int64 { return f.state.Position() }

// read applies what follows the local position until the end is reached or ctx ends. The next chunk is fetched while one is written.
func (f *follower) read(ctx context.Context, reached func(next int64) bool, applied func(*stream.Chunk)) error {
	f.restorer.Reset()
	fetching, stop := context.WithCancel(ctx)
	chunks := make(chan fetchedChunk, 1)
	go f.fetch(fetching, reached, chunks)
	defer func() {
		stop()
		for range chunks {
		}
		f.env.Memory.Set(memory.Followed, f.changelog.Partition, 0)
	}()
	for c := range chunks {
		if c.err != nil {
			return c.err
		}
		if err := f.apply(&c); err != nil {
			return err
		}
		if err := f.checkInForce(ctx); err != nil {
			return err
		}
		applied(&c.Chunk)
		if f.held {
			return nil
		}
	}
	return ctx.Err()
}

// checkInForce finds out whether this changelog is still the state once a record has said that it is not: it may have been made so again.
func (f *follower) checkInForce(ctx context.Context) error {
	if !f.superseded {
		return nil
	}
	now, err := f.env.settledChangelogOf(ctx, f.changelog.Partition)
	if err != nil {
		return err
	}
	if now.Topic != f.changelog.Topic {
		return errSuperseded
	}
	f.superseded = false
	return nil
}

// restorer is what a follower writes into.
type restorer interface {
	Reset()
	Add(offset int64, key, value []byte) error
	Write(saved state.Saved) error
	Rebuild(ctx context.Context, progress func(orders int64)) error
}

// fetchedChunk is a part of the changelog, or why there is none.
type fetchedChunk struct {
	stream.Chunk
	at  time.Time // when it was asked for
	err error
}

const (
	// followRatio is about how much smaller the changelog is than what it takes in memory: zstd finds that much.
	followRatio = 4
	// followWait is how long a fetch waits where there is nothing new.
	followWait = 500 * time.Millisecond
)

// fetch fetches chunk after chunk, and closes chunks in the end.
func (f *follower) fetch(ctx context.Context, reached func(int64) bool, chunks chan<- fetchedChunk) {
	defer close(chunks)
	o := f.env
	fetcher := o.Client.NewFetcher(stream.FetchOptions{
		Positions: []stream.Position{{TopicPartition: f.changelog.TopicPartition, Offset: f.from()}}, MaxWait: followWait,
	})
	for next := f.from(); !reached(next); {
		at, bytes := o.Clock(), f.env.FollowBytes()
		fetcher.SetMaxBytes(bytes/followRatio, bytes)
		var fetched []stream.Chunk
		err := panics.Survive(func() (err error) {
			fetched, err = fetcher.Fetch(ctx, nil)
			return err
		})
		if err == nil && len(fetched) == 0 {
			continue
		}
		if err != nil {
			fetched = make([]stream.Chunk, 1)
		}
		select {
		case chunks <- fetchedChunk{fetched[0], at, err}:
		case <-ctx.Done():
			return
		}
		if err != nil {
			return
		}
		next = max(next, fetched[0].Next)
	}
}

// sinceChecked is for how long it has not been known that the state can be continued: by the wall clock as well, for the other one stands still
// while a machine is suspended.
func (f *follower) sinceChecked() time.Duration {
	now := f.env.Clock()
	return max(now.Sub(f.checked), now.Round(0).Sub(f.checked.Round(0)))
}

// apply writes a chunk to the local state.
func (f *follower) apply(c *fetchedChunk) error {
	if f.sinceChecked() > max(f.changelog.maxAge/7, time.Minute) { // What is left of delete.retention.ms: maxStateAge.
		return errStale
	}
	complete := c.Next >= c.LastStable
	if complete {
		f.seen, f.checked = c.at, c.at
	}
	if c.Next <= f.from() {
		return nil
	}
	bytes, last := 0, f.since
	for i := range c.Records {
		r := &c.Records[i]
		superseded, err := state.Supersedes(r.Key, r.Value)
		if err != nil {
			return err
		}
		f.superseded = f.superseded || superseded
		if err := f.restorer.Add(r.Offset, r.Key, r.Value); err != nil {
			return err
		}
		bytes += len(r.Key) + len(r.Value)
		last = r.Timestamp
		if f.held {
			c.Next, complete = r.Offset+1, false
			break
		}
	}
	if complete {
		f.since = last
	}
	f.env.Memory.Set(memory.Followed, f.changelog.Partition, bytes)
	f.progress.add(len(c.Records), bytes, c.Next)
	f.env.metrics.restored(len(c.Records), bytes)
	return f.restorer.Write(state.Saved{Position: c.Next, At: f.since, Partial: !complete})
}
