package intake

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

// awaitEnd waits, bounded, until the group has committed every source up to the end it had at start, or a unit of this process has failed.
func (in *Intake) awaitEnd(ctx context.Context) error {
	all := slices.Collect(maps.Keys(in.ends))
	for wait.For(ctx, 50*time.Millisecond+rand.N(50*time.Millisecond)) {
		if err := in.failed(); err != nil {
			return err
		}
		if err := in.deleted(); err != nil {
			return err
		}
		if !in.hasJoined() {
			continue
		}
		committed, err := in.options.Client.Offsets(ctx, in.group, all)
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return fmt.Errorf("await the group: %w", err)
		}
		behind := func(tp stream.TopicPartition) bool {
			return in.ends[tp].LastStable > max(committed[tp].Offset, in.ends[tp].First)
		}
		if !slices.ContainsFunc(all, behind) {
			return nil
		}
	}
	return nil
}

// deleted is which source was deleted of what is to be read to its end.
func (in *Intake) deleted() error {
	now := in.sources.Load()
	for _, name := range in.first.names() {
		if now.topics[name].ID != in.first.topics[name].ID || now.topics[name].Partitions == 0 {
			return fmt.Errorf("source topic %q was deleted while it was read: what was committed before is carried over", name)
		}
	}
	return nil
}

func (in *Intake) hasJoined() bool {
	in.mutex.Lock()
	defer in.mutex.Unlock()
	return in.joined
}

// failed is why a unit of this process cannot go on.
func (in *Intake) failed() error {
	in.mutex.Lock()
	defer in.mutex.Unlock()
	for _, p := range slices.Sorted(maps.Keys(in.units)) {
		if err := in.units[p].failed(); err != nil {
			return fmt.Errorf("source partition %d: %w", p, err)
		}
	}
	return nil
}
