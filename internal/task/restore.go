package task

import (
	"context"
	"fmt"
	"time"

	"sellerpulse/internal/stream"
	"sellerpulse/internal/wait"
)

// catchUp reads to where the changelog ends now. Its next owner must have fenced the one before.
func (f *follower) catchUp(ctx context.Context) error {
	end, err := f.end(ctx)
	// It may be held back for a moment by a broker that has just come to lead, or by a transaction of another id whose end is being written: that by which
	// a cut-over makes sure that the candidate's partition is still its own.
	const pause = endPatience / 10
	for waited := time.Duration(0); err == nil && f.from() > end && waited < endPatience && wait.For(ctx, pause); waited += pause {
		end, err = f.end(ctx)
	}
	if err != nil {
		return err
	}
	if from := f.from(); from > end {
		return fmt.Errorf("the local state is at offset %d of %v, which ends at %d: the changelog was deleted or made anew; delete the state directory, the changelog and the group to begin anew, or use another --app-id",
			from, f.changelog.TopicPartition, end)
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
	begun := f.env.Clock()
	done := int64(0)
	err := f.restorer.Rebuild(ctx, func(orders int64) {
		done = orders
		if f.counted != nil {
			f.counted(orders)
			return
		}
		if now := f.env.Clock(); now.Sub(f.progress.logged) > progressInterval {
			f.progress.logged = now
			f.log.Info("rebuilding", "orders", orders)
		}
	})
	if err == nil && done > 0 && f.counted == nil {
		f.log.Info("rebuilt", "orders", done, "seconds", round(f.env.Clock().Sub(begun).Seconds()))
	}
	return err
}

// takeoverLag is how many records a takeover may have to read while nobody works on the partition.
const takeoverLag = 1000

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
		if f.state.Interrupted() { // It goes on where it was.
			if err := f.rebuild(ctx); err != nil {
				return err
			}
		}
		if end-f.from() < takeoverLag {
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
	f.progress.begin(f.env.Clock(), f.from(), end)
	defer f.env.metrics.restoring(f.changelog.Partition, 0)
	err := f.read(ctx, func(next int64) bool { return next >= end }, func(c *stream.Chunk) { f.restoring(c) })
	if err == nil && f.progress.records > 0 {
		f.progress.log(f.log, "restored", f.env.Clock())
	}
	return err
}

// restoring tells how far restoring is.
func (f *follower) restoring(c *stream.Chunk) {
	o, p := f.env, &f.progress
	if f.beside {
		return
	}
	f.env.observer.Update(f.changelog.Partition, func(s *Status) { s.Restored, s.ToRestore = p.done(), p.total() })
	o.metrics.restoring(f.changelog.Partition, p.end-c.Next)
	if now := o.Clock(); now.Sub(p.logged) > progressInterval {
		p.log(f.log, "restoring", now)
	}
}
