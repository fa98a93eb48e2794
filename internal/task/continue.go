package task

import (
	"context"
	"fmt"
	"time"

	"sellerpulse/internal/state"
	"sellerpulse/internal/stream"
	"sellerpulse/pkg/events"
)

// end is where the changelog ends, read committed, once it is certain that reading on from the local position leads there.
func (f *follower) end(ctx context.Context) (int64, error) {
	o := f.env
	f.checked = o.Clock()
	ends, err := o.Client.Ends(ctx, []stream.TopicPartition{f.changelog.TopicPartition})
	if err != nil {
		return 0, err
	}
	if err := f.sameLog(); err != nil {
		return 0, err
	}
	first, end := ends[f.changelog.TopicPartition].First, ends[f.changelog.TopicPartition].LastStable
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
		return 0, &LostError{f.changelog.TopicPartition, first}
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
	if was, is := settings.Topics[state.Changelog].ID, f.changelog.id; was != is && was != "" && is != "" {
		return fmt.Errorf("%w; if the changelog was begun anew on purpose, delete the state directory", f.env.Replaced(f.changelog.Topic))
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
	return fmt.Sprintf("the changelog %v begins at offset %d: records before that were deleted, so no state can be restored from it; start a process whose state directory has the partition up to there, or %s",
		e.Changelog, e.First, RemedyAnew)
}

// tailOffsets is how many of the last offsets are looked at for what time the last commit was. Each commit writes how far its task is.
const tailOffsets = 100

// tail is when the last record before an end was appended, and whether there is any from an offset on. Markers are none.
func (f *follower) tail(ctx context.Context, from, end int64) (last events.Millis, any bool, err error) {
	next := max(from, end-tailOffsets)
	any = next > from // There may be.
	fetcher := f.env.Client.NewFetcher(stream.FetchOptions{Positions: []stream.Position{{TopicPartition: f.changelog.TopicPartition, Offset: next}}})
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
	o, oldest := f.env, f.changelog.maxAge
	age := o.Clock().Sub(f.seen)
	if f.seen.IsZero() {
		now := last
		if f.leaderTime != nil {
			leader, err := f.leaderTime(ctx)
			if err != nil {
				return false, err
			}
			if leader <= 0 {
				leader = o.Clock().UnixMilli() // Where the changelog keeps producers' times there is no other clock.
			}
			now = max(now, leader)
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
