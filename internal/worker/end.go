package worker

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"time"

	"sellerpulse/internal/stream"
	"sellerpulse/internal/wait"
)

// awaitEnd waits, bounded, until the group has committed every input up to the end it had at start; or, where a partition of this process has
// failed, until this process has done all else that it was given. What it leaves then is for others of the group to try.
func (w *Worker) awaitEnd(ctx context.Context) error {
	ends := w.env.Ends
	all := slices.Collect(maps.Keys(ends))
	for wait.For(ctx, 50*time.Millisecond+rand.N(50*time.Millisecond)) {
		done, failed := w.slots.done()
		if failed != nil {
			return failed
		}
		if !done {
			continue
		}
		committed, err := w.env.Client.Offsets(ctx, w.options.AppID, all)
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return fmt.Errorf("await the group: %w", err)
		}
		behind := slices.ContainsFunc(all, func(tp stream.TopicPartition) bool { return ends[tp].LastStable > max(committed[tp].Offset, 0) })
		if behind {
			continue
		}
		if done, failed := w.slots.done(); done {
			return failed
		}
	}
	return nil
}
