package pipeline

import (
	"context"
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
	t.engine = NewEngine(t.state, t.service.engineOptions(t.partition), t.service.crew.share(o.CacheBytes))
	if err := t.engine.Open(); err != nil {
		return err
	}
	if t.engine.fresh {
		if err := t.service.compareOthers(ctx, t.partition); err != nil {
			return fmt.Errorf("compare with the state of other partitions: %w", err)
		}
	}
	if replaced := t.engine.replaced; slices.Contains(replaced, o.Topics.Changelog) || len(replaced) > 0 && o.OnMissing.fails() {
		return &ReplacedError{replaced}
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
	f.ask = func(ctx context.Context) (events.Millis, error) {
		if t.producer == nil {
			return 0, nil
		}
		at, err := t.producer.Now(ctx, f.changelog)
		if err != nil {
			err = fmt.Errorf("%w: %w", errCommit, err)
		}
		return at, err
	}
	if err := t.fence(ctx); err != nil {
		return err
	}
	return f.catchUp(ctx)
}

func (t *task) fence(ctx context.Context) (err error) {
	if t.producer, err = t.options().Client.OpenTransactional(ctx, t.transactionalID(), transactionTimeout); err == nil {
		// Of what brokers know it alone finds a product line again where a report repeats it, half a megabyte on.
		t.producer.SetCompression(stream.Zstd)
	}
	return err
}

func (t *task) transactionalID() string { return fmt.Sprintf("%s-%d", t.options().AppID, t.partition) }

// engineOptions are those of the engine of a partition.
func (s *Service) engineOptions(partition int32) EngineOptions {
	o := &s.options
	e := EngineOptions{
		AppID: o.AppID, Rules: o.Rules, Zone: o.Zone, RetentionDays: o.RetentionDays, Partition: partition, TopicNames: o.Topics.Inputs,
		Topics: s.topics(), factsVersion: o.factsVersion, Schema: o.Schema,
	}
	if !o.TrustPartition {
		e.Partitioner = func(key []byte) int32 { return stream.PartitionFor(key, s.partitions.inputs) }
	}
	return e
}
