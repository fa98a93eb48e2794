package pipeline

import (
	"context"
	"errors"
	"fmt"
	"time"

	"sellerpulse/internal/state"
	"sellerpulse/internal/stream"
	"sellerpulse/pkg/events"
)

// transactionTimeout is after how long without a sign of life the broker aborts a transaction; nothing reads past it until then.
const transactionTimeout = 30 * time.Second

// acquire makes this process the partition's one owner and brings the state to the changelog's end.
func (t *task) acquire(ctx context.Context) error {
	o := t.options()
	t.service.status.set(t.partition, func(s *TaskStatus) { *s = TaskStatus{Phase: Restoring, StreamTime: events.None} })
	var err error
	if t.producer, err = o.Client.OpenTransactional(ctx, t.transactionalID(), transactionTimeout); err != nil {
		return fmt.Errorf("acquire: %w", err)
	}
	if t.state, err = o.State.Partition(t.partition); err != nil {
		return err
	}
	if err := t.restore(ctx); err != nil {
		return fmt.Errorf("restore: %w", err)
	}
	t.reports = newReportQueue(o.HealthInterval)
	t.engine = NewEngine(t.state, t.engineOptions(), o.CacheBytes/t.tasks)
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

// restore reads the changelog from the local position to its end.
func (t *task) restore(ctx context.Context) error {
	o := t.options()
	changelog := stream.TopicPartition{Topic: o.Topics.Changelog, Partition: t.partition}
	ends, err := o.Client.Ends(ctx, []stream.TopicPartition{changelog})
	if err != nil {
		return err
	}
	first, end := ends[changelog].First, ends[changelog].LastStable
	from := t.state.Position()
	if from > end {
		return fmt.Errorf("the local state is at offset %d of %v, which ends at %d: the changelog was deleted or made anew; delete the state directory, the changelog and the group to begin anew, or use another --app-id",
			from, changelog, end)
	}
	if from < first {
		if err := t.state.Clear(); err != nil {
			return err
		}
		from = first
	}
	if from == end {
		return nil
	}
	return t.restoreFrom(ctx, changelog, from, end)
}

func (t *task) restoreFrom(ctx context.Context, changelog stream.TopicPartition, from, end int64) error {
	o := t.options()
	fetcher := o.Client.NewFetcher(stream.FetchOptions{Positions: []stream.Position{{TopicPartition: changelog, Offset: from}}, MaxBytes: 4 << 20})
	started, logged := o.Clock(), o.Clock()
	records := 0
	for next := from; next < end; {
		chunks, err := fetcher.Fetch(ctx, nil)
		if err != nil {
			return err
		}
		for _, c := range chunks {
			for _, r := range c.Records {
				t.state.Restore(r.Key, r.Value)
			}
			records += len(c.Records)
			o.Metrics.restored.Add(float64(len(c.Records)))
			if err := t.state.Commit(c.Next); err != nil {
				return err
			}
			next = c.Next
		}
		t.service.status.set(t.partition, func(s *TaskStatus) { s.Restored, s.ToRestore = next-from, end-from })
		if now := o.Clock(); now.Sub(logged) > 5*time.Second {
			logged = now
			t.log.Info("restoring", "at_offset", next, "end_offset", end)
		}
	}
	t.log.Info("restored", "records", records, "from_offset", from, "seconds", o.Clock().Sub(started).Seconds())
	return nil
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
	t.service.status.set(t.partition, func(s *TaskStatus) { s.Phase = Running })
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
	case errors.Is(err, stream.ErrUnauthorized), errors.Is(err, stream.ErrUnsupported), errors.Is(err, stream.ErrClosed):
		return false
	case errors.As(err, &offset), errors.As(err, &offsets), errors.As(err, &meaning), errors.As(err, &topic) && topic.Final():
		return false
	case errors.Is(err, stream.ErrFenced), errors.Is(err, stream.ErrUnreachable):
		return true
	}
	return errors.Is(err, errCommit) // The outcome of a transaction is found by acquiring the task again.
}
