package task

import (
	"context"
	"fmt"
	"slices"

	"sellerpulse/internal/engine"
	"sellerpulse/internal/stream"
	"sellerpulse/pkg/events"
)

// acquire makes this process the partition's one owner and brings the state to the changelog's end. Most of the changelog is read before
// the owner until now is fenced.
func (t *Task) acquire(ctx context.Context) error {
	t.update(func(s *Status) { *s = Status{Phase: Restoring, StreamTime: events.None} })
	var err error
	if t.changelog, err = t.env.changelogOf(ctx, t.partition); err != nil {
		return fmt.Errorf("acquire: %w", err)
	}
	if err := t.choose(ctx); err != nil {
		return fmt.Errorf("acquire: %w", err)
	}
	if t.state, err = t.env.State.Partition(t.partition); err != nil {
		return err
	}
	follower := newFollower(t.env, t.by, t.changelog, t.state, t.log)
	if err := follower.warmUp(ctx); err != nil {
		return fmt.Errorf("restore: %w", err)
	}
	if err := t.owner.Confirm(ctx); err != nil {
		return fmt.Errorf("acquire: %w", err)
	}
	if err := t.fenceAndRestore(ctx, follower); err != nil {
		return fmt.Errorf("acquire: %w", err)
	}
	o := t.env.engineOptions(t.changelog)
	o.Rules, o.Revision = follower.ruled.Set, follower.ruled.Revision // The state was derived for these, whatever is in force by now.
	t.engine = engine.New(t.state, o)
	if err := t.engine.Open(); err != nil {
		return err
	}
	if t.engine.Fresh() {
		if err := t.env.compareOthers(ctx, t.partition); err != nil {
			return fmt.Errorf("compare with the state of other partitions: %w", err)
		}
	}
	if replaced := t.engine.Replaced(); slices.Contains(replaced, t.changelog.Topic) || len(replaced) > 0 && t.env.OnMissing.fails() {
		return t.env.Replaced(replaced...)
	}
	return nil
}

// fenceAndRestore ends whatever an earlier owner has begun, after which the changelog grows no more but by this task, and reads it to its end.
func (t *Task) fenceAndRestore(ctx context.Context, f *follower) error {
	f.leaderTime = func(ctx context.Context) (events.Millis, error) {
		if t.producer == nil {
			return 0, nil
		}
		at, err := t.producer.Now(ctx, f.changelog.TopicPartition)
		if err != nil {
			err = fmt.Errorf("%w: %w", errCommit, err)
		}
		return at, err
	}
	if err := t.fence(ctx); err != nil {
		return err
	}
	// Until then another could be made the state.
	now, err := t.env.settledChangelogOf(ctx, t.partition)
	if err != nil {
		return err
	}
	if now.TopicPartition != f.changelog.TopicPartition {
		return errSuperseded
	}
	return f.catchUp(ctx)
}

func (t *Task) fence(ctx context.Context) (err error) {
	if t.producer, err = t.env.Client.OpenTransactional(ctx, t.transactionalID(), transactionTimeout); err == nil {
		// Of what brokers know it alone finds a product line again where a report repeats it, half a megabyte on.
		t.producer.SetCompression(stream.Zstd)
	}
	return err
}
