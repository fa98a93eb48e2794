package pipeline

import (
	"context"
	"fmt"
	"slices"

	"sellerpulse/internal/stream"
	"sellerpulse/pkg/events"
)

// offsets is where to begin reading the inputs and, bounded, where to end. The state knows where it began; the group, which the same
// transaction commits, must agree.
func (t *task) offsets(ctx context.Context) (from [events.NumTopics]int64, ends *[events.NumTopics]int64, err error) {
	o := t.options()
	logs := o.Topics.of(t.partition)
	committed, err := o.Client.Offsets(ctx, o.AppID, logs)
	if err != nil {
		return from, nil, fmt.Errorf("read the group's offsets: %w", err)
	}
	clock, known := t.engine.Clock(), !t.engine.Fresh()
	ranges, err := o.Client.Ends(ctx, logs)
	if err != nil {
		return from, nil, fmt.Errorf("find the ends of the inputs: %w", err)
	}
	saved := clock.Offsets
	for i, log := range logs {
		at, has := committed[log], committed[log] >= 0
		replaced := slices.Contains(t.engine.Replaced(), log.Topic)
		switch {
		case known && has && at != clock.Offsets[i] && !replaced, !known && at > 0:
			return from, nil, &OffsetsError{Group: o.AppID, Changelog: o.Topics.Changelog, Log: log, Committed: at, InState: clock.Offsets[i], Known: known}
		case known:
			if from[i], err = t.goOn(ctx, log, clock.Offsets[i], ranges[log], replaced); err != nil {
				return from, nil, err
			}
		default:
			from[i], saved[i] = ranges[log].First, ranges[log].First
		}
	}
	t.savedOffset, t.savedTime = saved, clock.StreamTime
	if t.service.ends != nil {
		ends = new([events.NumTopics]int64)
		for i, log := range logs {
			ends[i] = t.service.ends[log].LastStable
		}
	}
	return from, ends, nil
}

// OffsetsError says that the group's offsets are not those of the state, so that going on would lose events or count them twice.
type OffsetsError struct {
	Group, Changelog   string
	Log                stream.TopicPartition
	Committed, InState int64
	Known              bool
}

// Error names both offsets and the remedies.
func (e *OffsetsError) Error() string {
	if !e.Known {
		return fmt.Sprintf("group %q has read %v up to offset %d, but the changelog %q is empty: it was deleted or made anew; use another --app-id to read the inputs from the beginning",
			e.Group, e.Log, e.Committed, e.Changelog)
	}
	return fmt.Sprintf("group %q is at offset %d of %v, but the state at %d: somebody moved the group's offsets; move them back, or use another --app-id to read the inputs anew",
		e.Group, e.Committed, e.Log, e.InState)
}
