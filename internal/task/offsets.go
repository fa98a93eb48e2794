package task

import (
	"context"
	"fmt"
	"slices"
	"time"

	"sellerpulse/internal/stream"
	"sellerpulse/internal/wait"
	"sellerpulse/pkg/events"
)

// offsets is where to begin reading the inputs and, bounded, where to end. The state knows where it began; the group, which the same
// transaction commits, must agree.
func (t *Task) offsets(ctx context.Context) (from [events.NumTopics]int64, ends *[events.NumTopics]int64, err error) {
	o := t.env
	logs := o.Topics.InputPartitions(t.partition)
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
		at, has := committed[log].Offset, committed[log].Offset >= 0
		replaced := slices.Contains(t.engine.Replaced(), log.Topic)
		switch {
		case known && has && at != clock.Offsets[i] && !replaced, !known && at > 0:
			return from, nil, &OffsetsError{Group: o.AppID, Changelog: t.changelog.Topic, Log: log, Committed: at, InState: clock.Offsets[i], Known: known}
		case known:
			if from[i], err = t.resumeAt(ctx, log, clock.Offsets[i], ranges[log], replaced); err != nil {
				return from, nil, err
			}
		default:
			from[i] = max(o.From[log], ranges[log].First)
			saved[i] = from[i]
		}
	}
	if !known && o.HistoryDays > o.RetentionDays {
		if err := t.beginLate(ctx, from, ranges); err != nil {
			return from, nil, err
		}
	}
	t.savedOffsets, t.savedTime = saved, clock.StreamTime
	if t.env.Ends != nil {
		ends = new([events.NumTopics]int64)
		for i, log := range logs {
			ends[i] = t.env.Ends[log].LastStable
		}
	}
	return from, ends, nil
}

// beginLate tells a new state where its inputs begin with others than their first records. Where nothing is left of an input it begins now.
func (t *Task) beginLate(ctx context.Context, from [events.NumTopics]int64, ranges map[stream.TopicPartition]stream.Range) error {
	var cut []stream.Position
	late := events.None
	for i, log := range t.env.Topics.InputPartitions(t.partition) {
		switch {
		case from[i] == 0:
		case from[i] >= ranges[log].LastStable:
			late = t.env.Clock().UnixMilli()
		default:
			cut = append(cut, stream.Position{TopicPartition: log, Offset: from[i]})
		}
	}
	arrived, err := t.env.Client.Arrived(ctx, cut)
	if late = max(late, arrived); err == nil && late != events.None {
		t.engine.BeginLate(late)
	}
	return err
}

// endPatience is for how long an end before the offset to go on with may be that of a broker which has just come to lead.
const endPatience = 3 * time.Second

// resumeAt is the offset to go on with in an input: that of the state, or where OnMissing says, which is told and counted.
func (t *Task) resumeAt(ctx context.Context, log stream.TopicPartition, at int64, holds stream.Range, replaced bool) (int64, error) {
	o := t.env
	const pause = endPatience / 10
	for waited := time.Duration(0); !replaced && at > holds.LastStable && waited < endPatience && wait.For(ctx, pause); waited += pause {
		ranges, err := o.Client.Ends(ctx, []stream.TopicPartition{log})
		if err != nil {
			return at, err
		}
		holds = ranges[log]
	}
	missing := within(log, at, holds)
	if missing == nil && !replaced {
		return at, nil
	}
	if o.OnMissing.fails() {
		return at, missing // A replaced topic was refused before.
	}
	to := holds.First
	if o.OnMissing == LatestOnMissing {
		to = holds.LastStable
	}
	skipped := max(0, to-at)
	if replaced {
		skipped = max(0, to-holds.First)
	}
	t.log.Warn("input does not hold the records to go on with: going on elsewhere", "topic", log.Topic, "wanted_offset", at, "first_offset", holds.First,
		"end_offset", holds.LastStable, "at_offset", to, "skipped_offsets", skipped, "replaced", replaced)
	o.metrics.skipped.WithLabelValues(log.Topic).Add(float64(skipped))
	return to, nil
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
		return fmt.Sprintf("group %q has read %v up to offset %d, but the changelog %q is empty: it was deleted or made anew; %s",
			e.Group, e.Log, e.Committed, e.Changelog, RemedyAnew)
	}
	return fmt.Sprintf("group %q is at offset %d of %v, but the state at %d: somebody moved the group's offsets; move them back, or use another --app-id to read the inputs anew",
		e.Group, e.Committed, e.Log, e.InState)
}
