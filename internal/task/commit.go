package task

import (
	"context"
	"fmt"
	"time"

	"sellerpulse/internal/memory"
	"sellerpulse/internal/panics"
	"sellerpulse/internal/state"
	"sellerpulse/internal/stream"
	"sellerpulse/pkg/events"
)

// commit makes everything since the last commit true at once, and waits for it.
func (t *Task) commit(ctx context.Context) error {
	if err := t.awaitCommit(); err != nil {
		return err
	}
	if w := t.engine.Waiting(); w.Keys == 0 && !t.progressed() && w.Outputs == 0 && t.applied == 0 && t.committed && t.owner.Owns() {
		return nil
	}
	t.beginCommit(ctx, false)
	return t.awaitCommit()
}

// progressed is whether stream time or a position is not that of the last commit.
func (t *Task) progressed() bool {
	return t.inputs.offsets() != t.savedOffsets || t.engine.StreamTime() != t.savedTime
}

// beginCommit begins a transaction, after the one before.
func (t *Task) beginCommit(ctx context.Context, midway bool) {
	o := t.env
	c := t.engine.Commit(t.inputs.offsets())
	outputs := t.outputs(c)
	x := &transaction{
		Commit: c, changelog: t.changelog.TopicPartition, applied: t.applied, last: t.last, midway: midway, started: o.Clock(),
		result: make(chan transactionResult, 1),
	}
	t.commitBytes = o.commitBytes()
	t.inflight, t.lastBegun, t.applied, t.savedOffsets, t.savedTime = x, x.started, 0, c.Offsets, c.StreamTime
	commit := stream.Commit{Outputs: outputs, Groups: []stream.GroupOffsets{
		{Group: o.AppID, Offsets: t.positions(c.Offsets), Metadata: t.mark().Encode()},
	}}
	go func() {
		var r transactionResult
		r.err = panics.Survive(func() (err error) {
			r.Result, err = t.producer.Commit(ctx, commit)
			return err
		})
		x.result <- r
	}()
}

// mark is what the group keeps with the offsets.
func (t *Task) mark() Mark {
	t.told, t.toldAt = t.successor.far(), t.env.Clock()
	return Mark{Changelog: t.changelog.Topic, Revision: t.engine.Revision(), Filling: t.told.Step, Filled: t.told.Orders, ToFill: t.told.Of}
}

// commitResult is where the transaction under way tells its result; nil without one.
func (t *Task) commitResult() <-chan transactionResult {
	if t.inflight == nil {
		return nil
	}
	return t.inflight.result
}

// awaitCommit waits for the transaction under way, if there is one.
func (t *Task) awaitCommit() error {
	if t.inflight == nil {
		return nil
	}
	return t.endCommit(<-t.inflight.result)
}

// endCommit notes what became of the transaction under way.
func (t *Task) endCommit(r transactionResult) error {
	x, o := t.inflight, t.env
	t.inflight = nil
	if r.err != nil {
		t.refused = x
		return fmt.Errorf("%w: %w", errCommit, r.err)
	}
	if o.Hooks.OnCommit != nil {
		if err := o.Hooks.OnCommit(); err != nil {
			return err
		}
	}
	appended := r.AppendedAt[x.changelog]
	t.saved = savedBy(&r.Result, x.changelog, x.started)
	t.engine.Committed()
	t.count(&x.Output)
	o.observer.Committed(t.partition, x.applied, &x.Output)
	t.isolate = max(0, t.isolate-x.applied)
	t.committed = true
	t.commits++
	t.lastCommit = o.Clock()
	t.onCommit(t)
	if !o.Hooks.OwnClock {
		t.clock.set(appended, t.lastCommit)
	}
	o.metrics.commit.Observe(t.lastCommit.Sub(x.started).Seconds())
	return nil
}

// savedBy is what a state is after a transaction that was begun at a time.
func savedBy(r *stream.Result, changelog stream.TopicPartition, begun time.Time) state.Saved {
	saved := state.Saved{Position: r.Next[changelog], At: r.AppendedAt[changelog]}
	if saved.At <= 0 {
		saved.At = begun.UnixMilli()
	}
	return saved
}

// checkpointCopies is how often what waits for a checkpoint is in memory while one is written: as it was, and in the batch.
const checkpointCopies = 2

// liveCheckpoint is how many bytes may wait for a checkpoint while events are young: an alert waits for the checkpoint that is being written, and one
// of so many takes some milliseconds. While catching up larger ones are cheaper, since rows change several times in between.
const liveCheckpoint = 1 << 20

// checkpointDue is whether the next commit is to be followed by a checkpoint, and so to be waited for: when enough time has passed or enough
// waits for one, or where the partition is about to move, so that this process can follow its next owner from there.
func (t *Task) checkpointDue() bool {
	o := t.env
	bytes := o.Memory.Share(memory.Unsaved) / checkpointCopies
	if t.isLive() {
		bytes = min(bytes, liveCheckpoint)
	}
	return o.Clock().Sub(t.lastCheckpoint) >= o.CheckpointInterval || !t.owner.Owns() || t.engine.CheckpointDue(bytes)
}

// commitAsync commits without waiting for it, but for the commit before; or waits where a checkpoint is to follow, or records are committed one
// by one.
func (t *Task) commitAsync(ctx context.Context, midway bool) error {
	if err := t.awaitCommit(); err != nil {
		return err
	}
	checkpoint := t.checkpointDue()
	t.beginCommit(ctx, midway)
	if !checkpoint && t.isolate == 0 {
		return nil
	}
	if err := t.awaitCommit(); err != nil || !checkpoint {
		return err
	}
	return t.checkpoint()
}

// checkpoint makes the local state what the last commit is. Nothing must have been applied since.
func (t *Task) checkpoint() error {
	o := t.env
	started := o.Clock()
	t.engine.Resize(o.Memory.Share(memory.Cache), t.commitBytes)
	if err := t.engine.Checkpoint(t.saved); err != nil {
		return err
	}
	t.lastCheckpoint = o.Clock()
	o.metrics.checkpoint.Observe(t.lastCheckpoint.Sub(started).Seconds())
	return nil
}

func (t *Task) positions(offsets [events.NumTopics]int64) (positions []stream.Position) {
	for i, tp := range t.env.Topics.InputPartitions(t.partition) {
		positions = append(positions, stream.Position{TopicPartition: tp, Offset: offsets[i]})
	}
	return positions
}
