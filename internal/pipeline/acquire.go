package pipeline

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"sellerpulse/internal/state"
	"sellerpulse/internal/stream"
	"sellerpulse/pkg/events"
)

// transactionTimeout is after how long without a sign of life the broker aborts a transaction; nothing reads past it until then.
const transactionTimeout = 30 * time.Second

// acquire makes this process the partition's one owner and brings the state to the changelog's end. Most of the changelog is read before
// the owner until now is fenced.
func (t *task) acquire(ctx context.Context) error {
	o := t.options()
	t.service.status.set(t.partition, func(s *TaskStatus) { *s = TaskStatus{Phase: Restoring, StreamTime: events.None} })
	var err error
	if t.state, err = o.State.Partition(t.partition); err != nil {
		return err
	}
	follower := newFollower(t.service, t.partition, t.state, t.log)
	if err := follower.warmUp(ctx); err != nil {
		return fmt.Errorf("restore: %w", err)
	}
	if err := t.slot.confirm(ctx); err != nil {
		return fmt.Errorf("acquire: %w", err)
	}
	if err := t.fenceAndRestore(ctx, follower); err != nil {
		return fmt.Errorf("acquire: %w", err)
	}
	t.reports = newReportQueue(o.HealthInterval)
	t.engine = NewEngine(t.state, t.engineOptions(), t.service.crew.share(o.CacheBytes))
	if err := t.engine.Open(); err != nil {
		return err
	}
	if o.UntilEnd {
		return nil
	}
	t.engine.onReport = func(s *state.Seller) { t.reports.add(s.ID) }
	return t.engine.store.Sellers(func(id string, due bool) (bool, error) {
		if due {
			t.reports.add(id)
		}
		return true, nil
	})
}

// fenceAndRestore ends whatever an earlier owner has begun, after which the changelog grows no more but by this task, and reads it to its end.
func (t *task) fenceAndRestore(ctx context.Context, f *follower) error {
	steps := []func(context.Context) error{t.fence, f.catchUp}
	if planted == applyBeforeFencing {
		slices.Reverse(steps)
	}
	for _, step := range steps {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return nil
}

func (t *task) fence(ctx context.Context) (err error) {
	t.producer, err = t.options().Client.OpenTransactional(ctx, t.transactionalID(), transactionTimeout)
	return err
}

func (t *task) transactionalID() string { return fmt.Sprintf("%s-%d", t.options().AppID, t.partition) }

func (t *task) engineOptions() EngineOptions {
	o := t.options()
	e := EngineOptions{
		Rules: o.Rules, Zone: o.Zone, RetentionDays: o.RetentionDays, Partition: t.partition, TopicNames: o.Topics.Inputs, MaxValueBytes: o.MaxValueBytes,
	}
	if !o.TrustPartition {
		e.Partitioner = func(key []byte) int32 { return stream.PartitionFor(key, t.service.partitions.inputs) }
	}
	return e
}

// offsets is where to begin reading the inputs and, bounded, where to end. The state knows where it began; the group, which the same
// transaction commits, must agree.
func (t *task) offsets(ctx context.Context) (from [events.NumTopics]int64, ends *[events.NumTopics]int64, err error) {
	o := t.options()
	logs := o.Topics.of(t.partition)
	committed, err := o.Client.Offsets(ctx, o.AppID, logs)
	if err != nil {
		return from, nil, fmt.Errorf("read the group's offsets: %w", err)
	}
	clock, known, err := t.engine.store.Clock()
	if err != nil {
		return from, nil, err
	}
	ranges, err := o.Client.Ends(ctx, logs)
	if err != nil {
		return from, nil, fmt.Errorf("find the ends of the inputs: %w", err)
	}
	for i, log := range logs {
		at, has := committed[log], committed[log] >= 0
		switch {
		case known && has && at != clock.Offsets[i], !known && has && at > ranges[log].First:
			return from, nil, &OffsetsError{Group: o.AppID, Changelog: o.Topics.Changelog, Log: log, Committed: at, InState: clock.Offsets[i], Known: known}
		case known:
			from[i] = clock.Offsets[i]
		default:
			from[i] = ranges[log].First
		}
	}
	t.savedOffset, t.savedTime = from, clock.StreamTime
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

// heals is whether acquiring the task again may help: after an outage, or when the outcome of a commit is not known.
func (t *task) heals(err error) bool {
	var topic *stream.TopicError
	var offset *stream.OffsetError
	var offsets *OffsetsError
	var meaning *MeaningError
	switch {
	case errors.Is(err, stream.ErrUnauthorized), errors.Is(err, stream.ErrUntrusted), errors.Is(err, stream.ErrUnsupported), errors.Is(err, stream.ErrClosed):
		return false
	case errors.As(err, &offset), errors.As(err, &offsets), errors.As(err, &meaning), errors.As(err, &topic) && topic.Final():
		return false
	}
	return passing(err) || errors.Is(err, errCommit) // The outcome of a transaction is found by acquiring the task again.
}

// passing is whether an error is of an outage, or of another process that took over.
func passing(err error) bool {
	return errors.Is(err, stream.ErrFenced) || errors.Is(err, stream.ErrUnreachable)
}
