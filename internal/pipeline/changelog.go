package pipeline

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"time"

	"sellerpulse/internal/panics"
	"sellerpulse/internal/state"
	"sellerpulse/internal/stream"
	"sellerpulse/pkg/events"
	"sellerpulse/pkg/windows"
)

// follower brings the local state of a partition forward along its changelog. Restoring after a crash, taking over from another process and
// standing by for one are the same reading, from the local position on.
//
// Invariant: the local state is what the changelog says up to the local position. A state is given up and read from the beginning when
// that cannot be known: its position has been deleted from the log, or it is so old that the tombstone of a key it still holds may be gone.
// How old it is the brokers' clock says, which decides when tombstones go.
type follower struct {
	service   *Service
	state     *state.Partition
	changelog stream.TopicPartition
	log       *slog.Logger

	restorer *state.Restorer

	// The state is as old as the time since it was known to be complete, or since reading from the beginning began: by the brokers' clock,
	// 0 if that is not known, and by this process's, zero if that was before.
	since  events.Millis
	seen   time.Time
	judged time.Time                                    // when it was last found not to be too old, by this process's clock
	ask    func(context.Context) (events.Millis, error) // the changelog's leader for the time; nil where this process does not own the partition

	progress progress
}

func newFollower(s *Service, partition int32, p *state.Partition, log *slog.Logger) *follower {
	return &follower{
		service: s, state: p, log: log, since: p.SavedAt(),
		restorer:  state.NewRestorer(p, state.Lifetime{Calendar: windows.NewCalendar(s.options.Zone), RetentionDays: s.options.RetentionDays}),
		changelog: stream.TopicPartition{Topic: s.options.Topics.Changelog, Partition: partition},
	}
}

// prepare makes sure that what is derived is derived by the settings in force before anything follows from it.
func (f *follower) prepare() error { return f.state.DeriveBy(f.service.settings().Derivation()) }

// end is where the changelog ends, read committed, once it is certain that reading on from the local position leads there.
func (f *follower) end(ctx context.Context) (int64, error) {
	o := &f.service.options
	f.judged = o.Clock()
	ends, err := o.Client.Ends(ctx, []stream.TopicPartition{f.changelog})
	if err != nil {
		return 0, err
	}
	if err := f.sameLog(); err != nil {
		return 0, err
	}
	first, end := ends[f.changelog].First, ends[f.changelog].LastStable
	if f.from() >= end && f.from() > 0 {
		return end, nil // Nothing to read, so nothing can be missing, however long ago that was.
	}
	last, any, err := f.tail(ctx, max(first, f.from()), end)
	if err != nil {
		return 0, err
	}
	outdated := false
	if f.from() > 0 && any {
		if outdated, err = f.outdated(ctx, last); err != nil {
			return 0, err
		}
	}
	if first > 0 && (f.from() < first || outdated) {
		return 0, &LostError{f.changelog, first}
	}
	if outdated {
		if err := f.state.Clear(); err != nil {
			return 0, err
		}
		f.seen = time.Time{}
	}
	if f.from() == 0 && f.seen.IsZero() {
		f.since, f.seen = last, o.Clock()
	}
	return end, nil
}

// sameLog is an error if the local state was read from another log of the changelog's name: it would go on with records that do not follow.
func (f *follower) sameLog() error {
	settings, err := f.state.Settings()
	if err != nil || settings == nil {
		return err
	}
	if was, is := settings.Topics[state.Changelog].ID, f.service.identities[f.changelog.Topic].ID; was != is && was != "" && is != "" {
		return fmt.Errorf("%w; if the changelog was begun anew on purpose, delete the state directory", &ReplacedError{[]string{f.changelog.Topic}})
	}
	return nil
}

// LostError says that the changelog does not begin with its first record, so that it is not the whole state: compaction never takes that away.
type LostError struct {
	Changelog stream.TopicPartition
	First     int64 // offset that is there
}

// Error names the log, where it begins and the remedies.
func (e *LostError) Error() string {
	return fmt.Sprintf("the changelog %v begins at offset %d: records before that were deleted, so no state can be restored from it; start a process whose state directory has the partition up to there, or use another --app-id to build the state anew from the inputs",
		e.Changelog, e.First)
}

// tailOffsets is how many of the last offsets are looked at for what time the last commit was. Each commit writes how far its task is.
const tailOffsets = 100

// tail is when the last record before an end was appended, and whether there is any from an offset on. Markers are none.
func (f *follower) tail(ctx context.Context, from, end int64) (last events.Millis, any bool, err error) {
	next := max(from, end-tailOffsets)
	any = next > from // There may be.
	fetcher := f.service.options.Client.NewFetcher(stream.FetchOptions{Positions: []stream.Position{{TopicPartition: f.changelog, Offset: next}}})
	for next < end {
		chunks, err := fetcher.Fetch(ctx, nil)
		if err != nil {
			return 0, false, err
		}
		for i := range chunks {
			next = max(next, chunks[i].Next)
			for _, r := range chunks[i].Records {
				last, any = max(last, r.Timestamp), true
			}
		}
	}
	return last, any, nil
}

// outdated is whether the local state is so old that tombstones may be gone which it has not read. Until the partition is this process's only
// the last record tells what time it is, at least.
func (f *follower) outdated(ctx context.Context, last events.Millis) (bool, error) {
	o, oldest := &f.service.options, f.service.maxStateAge
	age := o.Clock().Sub(f.seen)
	if f.seen.IsZero() {
		now := last
		if f.ask != nil {
			told, err := f.ask(ctx)
			if err != nil {
				return false, err
			}
			if told <= 0 {
				told = o.Clock().UnixMilli() // Where the changelog keeps producers' times there is no other clock.
			}
			now = max(now, told)
		}
		if now == 0 {
			return false, nil
		}
		age = milliseconds(now - f.since)
	}
	if age.Abs() <= oldest {
		return false, nil
	}
	f.log.Warn("local state is too old to be continued: restoring all of it", "saved_at", time.UnixMilli(f.since).UTC(), "age", age.Round(time.Second), "oldest", oldest)
	return true, nil
}

// milliseconds is a duration, the longest there is if it is longer still.
func milliseconds(ms int64) time.Duration {
	const longest = math.MaxInt64 / int64(time.Millisecond)
	return time.Duration(min(max(ms, -longest), longest)) * time.Millisecond
}

// from is the offset to read from: the local position, or the first one there is.
func (f *follower) from() int64 { return f.state.Position() }

// catchUp reads to where the changelog ends now. Its next owner must have fenced the one before.
func (f *follower) catchUp(ctx context.Context) error {
	end, err := f.end(ctx)
	if err != nil {
		return err
	}
	if from := f.from(); from > end {
		return fmt.Errorf("the local state is at offset %d of %v, which ends at %d: the changelog was deleted or made anew; delete the state directory, the changelog and the group to begin anew, or use another --app-id",
			from, f.changelog, end)
	}
	if err := f.readTo(ctx, end); err != nil || f.from() == 0 {
		return err
	}
	return f.rebuild(ctx)
}

// rebuild derives what is not derived yet, after all was read from nothing.
func (f *follower) rebuild(ctx context.Context) error {
	if !f.state.Underived() && f.from() > 0 {
		return nil
	}
	begun := f.service.options.Clock()
	done := int64(0)
	err := f.restorer.Rebuild(ctx, func(orders int64) {
		done = orders
		if now := f.service.options.Clock(); now.Sub(f.progress.logged) > progressInterval {
			f.progress.logged = now
			f.log.Info("rebuilding", "orders", orders)
		}
	})
	if err == nil && done > 0 {
		f.log.Info("rebuilt", "orders", done, "seconds", round(f.service.options.Clock().Sub(begun).Seconds()))
	}
	return err
}

// nearEnough is how many records a takeover may have to read while nobody works on the partition.
const nearEnough = 1000

// warmUp reads until little is left to be read, while the partition's owner may still be working on it.
func (f *follower) warmUp(ctx context.Context) error {
	if err := f.prepare(); err != nil {
		return err
	}
	const most = 5 // rounds: an owner that writes faster than this process reads is not waited for
	for range most {
		end, err := f.end(ctx)
		if err != nil {
			return err
		}
		if end-f.from() < nearEnough {
			break
		}
		if err := f.readTo(ctx, end); err != nil {
			return err
		}
		if err := f.rebuild(ctx); err != nil {
			return err
		}
	}
	return nil
}

func (f *follower) readTo(ctx context.Context, end int64) error {
	if f.from() >= end {
		return nil
	}
	f.progress.begin(f.service.options.Clock(), f.from(), end)
	defer f.service.options.Metrics.restoring(f.changelog.Partition, 0)
	err := f.read(ctx, func(next int64) bool { return next >= end }, func(c *stream.Chunk) { f.restoring(c) })
	if err == nil && f.progress.records > 0 {
		f.progress.log(f.log, "restored", f.service.options.Clock())
	}
	return err
}

// restoring tells how far restoring is.
func (f *follower) restoring(c *stream.Chunk) {
	o, p := &f.service.options, &f.progress
	f.service.status.set(f.changelog.Partition, func(s *TaskStatus) { s.Restored, s.ToRestore = p.done(), p.total() })
	o.Metrics.restoring(f.changelog.Partition, p.end-c.Next)
	if now := o.Clock(); now.Sub(p.logged) > progressInterval {
		p.log(f.log, "restoring", now)
	}
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
	f.progress.begin(f.service.options.Clock(), f.from(), end)
	f.behind(end - f.from())
	if f.from() == 0 || f.state.Underived() {
		if err := errors.Join(f.readTo(ctx, end), f.rebuild(ctx)); err != nil {
			return err
		}
	}
	return f.read(ctx, func(int64) bool { return false }, func(c *stream.Chunk) {
		alive()
		f.behind(c.LastStable - c.Next)
	})
}

func (f *follower) behind(records int64) {
	records = max(0, records)
	f.service.status.set(f.changelog.Partition, func(s *TaskStatus) { s.Lag = records })
	f.service.options.Metrics.standby(f.changelog.Partition, records)
}

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
	}()
	for c := range chunks {
		if c.err != nil {
			return c.err
		}
		if err := f.apply(&c); err != nil {
			return err
		}
		applied(&c.Chunk)
	}
	return ctx.Err()
}

// fetchedChunk is a part of the changelog, or why there is none.
type fetchedChunk struct {
	stream.Chunk
	at  time.Time // when it was asked for
	err error
}

const (
	// followBytes is how much of the changelog is fetched, and written, at once.
	followBytes = 4 << 20
	// followWait is how long a fetch waits where there is nothing new.
	followWait = 500 * time.Millisecond
)

// fetch fetches chunk after chunk, and closes chunks in the end.
func (f *follower) fetch(ctx context.Context, reached func(int64) bool, chunks chan<- fetchedChunk) {
	defer close(chunks)
	o := &f.service.options
	fetcher := o.Client.NewFetcher(stream.FetchOptions{
		Positions: []stream.Position{{TopicPartition: f.changelog, Offset: f.from()}}, MaxBytes: followBytes, MaxWait: followWait,
	})
	for next := f.from(); !reached(next); {
		at := o.Clock()
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

// errLeftBehind says that so much time has passed, the machine having been suspended perhaps, that what is read now may lack tombstones. How old
// the state is is to be found out anew.
var errLeftBehind = errors.New("the changelog was not read for long: finding out whether the local state can be continued")

// unjudged is for how long it has not been known that the state can be continued: by the wall clock as well, for the other one stands still
// while a machine is suspended.
func (f *follower) unjudged() time.Duration {
	now := f.service.options.Clock()
	return max(now.Sub(f.judged), now.Round(0).Sub(f.judged.Round(0)))
}

// apply writes a chunk to the local state.
func (f *follower) apply(c *fetchedChunk) error {
	if f.unjudged() > max(f.service.maxStateAge/7, time.Minute) { // What is left of delete.retention.ms: maxStateAge.
		return errLeftBehind
	}
	complete := c.Next >= c.LastStable
	if complete {
		f.seen, f.judged = c.at, c.at
	}
	if c.Next <= f.from() {
		return nil
	}
	bytes, last := 0, f.since
	for i := range c.Records {
		r := &c.Records[i]
		f.restorer.Add(r.Offset, r.Key, r.Value)
		bytes += len(r.Key) + len(r.Value)
		last = r.Timestamp
	}
	if complete {
		f.since = last
	}
	f.progress.add(len(c.Records), bytes, c.Next)
	f.service.options.Metrics.restored(len(c.Records), bytes)
	return f.restorer.Write(state.Saved{Position: c.Next, At: f.since, Partial: !complete})
}
