package pipeline

import (
	"context"
	"errors"
	"fmt"
	"time"

	"sellerpulse/internal/engine"
	"sellerpulse/internal/memory"
	"sellerpulse/internal/panics"
	"sellerpulse/internal/state"
	"sellerpulse/internal/stream"
	"sellerpulse/pkg/events"
)

var errCommit = errors.New("commit")

// transaction is a commit under way: one Kafka transaction with the changed base records, alerts, reports, dead letters and input offsets.
// Meanwhile the task goes on applying. The local state follows with a checkpoint, less often.
type transaction struct {
	*engine.Commit
	changelog stream.TopicPartition
	applied   int    // events
	last      record // of them
	midway    bool   // it holds what fell due before the next event too
	started   time.Time
	result    chan transactionResult
}

type transactionResult struct {
	stream.Result
	err error
}

// commit makes everything since the last commit true at once, and waits for it.
func (t *task) commit(ctx context.Context) error {
	if err := t.await(); err != nil {
		return err
	}
	if w := t.engine.Waiting(); w.Keys == 0 && !t.moved() && w.Outputs == 0 && t.applied == 0 && t.committed && t.slot.owns() {
		return nil
	}
	t.begin(ctx, false)
	return t.await()
}

// moved is whether stream time or a position is not that of the last commit.
func (t *task) moved() bool {
	return t.inputs.offsets() != t.savedOffset || t.engine.StreamTime() != t.savedTime
}

// begin begins a transaction, after the one before.
func (t *task) begin(ctx context.Context, midway bool) {
	o := t.options()
	c := t.engine.Commit(t.inputs.offsets())
	outputs := t.outputs(c)
	x := &transaction{
		Commit: c, changelog: outputs[0].TopicPartition, applied: t.applied, last: t.last, midway: midway, started: o.Clock(),
		result: make(chan transactionResult, 1),
	}
	t.under, t.applied, t.savedOffset, t.savedTime = x, 0, c.Offsets, c.StreamTime
	commit := stream.Commit{Group: o.AppID, Offsets: t.positions(c.Offsets), Outputs: outputs}
	go func() {
		var r transactionResult
		r.err = panics.Survive(func() (err error) {
			r.Result, err = t.producer.Commit(ctx, commit)
			return err
		})
		x.result <- r
	}()
}

// answered is where the transaction under way tells its result; nil without one.
func (t *task) answered() <-chan transactionResult {
	if t.under == nil {
		return nil
	}
	return t.under.result
}

// await waits for the transaction under way, if there is one.
func (t *task) await() error {
	if t.under == nil {
		return nil
	}
	return t.end(<-t.under.result)
}

// end takes in what became of the transaction under way.
func (t *task) end(r transactionResult) error {
	x, o := t.under, t.options()
	t.under = nil
	if r.err != nil {
		t.refused = x
		return fmt.Errorf("%w: %w", errCommit, r.err)
	}
	if o.onCommit != nil {
		if err := o.onCommit(); err != nil {
			return err
		}
	}
	appended := r.AppendedAt[x.changelog]
	t.saved = state.Saved{Position: r.Next[x.changelog], At: appended}
	if appended <= 0 {
		t.saved.At = x.started.UnixMilli()
	}
	t.engine.Committed()
	t.count(&x.Output)
	t.service.tally.commit(x.applied, &x.Output, &o.Topics, t.partition)
	t.careful = max(0, t.careful-x.applied)
	t.committed = true
	t.commits++
	t.lastCommit = o.Clock()
	t.succeeded()
	if !o.ownClock {
		t.clock.tell(appended, t.lastCommit)
	}
	o.Metrics.commit.Observe(t.lastCommit.Sub(x.started).Seconds())
	return nil
}

// checkpointDue is whether the next commit is to be followed by a checkpoint, and so to be waited for: when enough time has passed or enough
// waits for one, or where the partition is about to move, so that this process can follow its next owner from there.
func (t *task) checkpointDue() bool {
	o := t.options()
	return o.Clock().Sub(t.lastCheckpoint) >= o.CheckpointInterval || !t.slot.owns() || t.engine.CheckpointDue(o.Memory.Share(memory.Unsaved)/unsavedTwice)
}

// commitSoon commits without waiting for it, but for the commit before; or waits where a checkpoint is to follow, or records are committed one
// by one.
func (t *task) commitSoon(ctx context.Context, midway bool) error {
	if err := t.await(); err != nil {
		return err
	}
	checkpoint := t.checkpointDue()
	t.begin(ctx, midway)
	if !checkpoint && t.careful == 0 {
		return nil
	}
	if err := t.await(); err != nil || !checkpoint {
		return err
	}
	return t.checkpoint()
}

// checkpoint makes the local state what the last commit is. Nothing must have been applied since.
func (t *task) checkpoint() error {
	o := t.options()
	started := o.Clock()
	t.engine.Resize(o.Memory.Share(memory.Cache), t.service.commitBytes())
	if err := t.engine.Checkpoint(t.saved); err != nil {
		return err
	}
	t.lastCheckpoint = o.Clock()
	o.Metrics.checkpoint.Observe(t.lastCheckpoint.Sub(started).Seconds())
	return nil
}

func (t *task) positions(offsets [events.NumTopics]int64) (positions []stream.Position) {
	for i, tp := range t.options().Topics.of(t.partition) {
		positions = append(positions, stream.Position{TopicPartition: tp, Offset: offsets[i]})
	}
	return positions
}
