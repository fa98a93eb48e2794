package task

import (
	"context"
	"time"

	"sellerpulse/internal/engine"
	"sellerpulse/internal/limits"
	"sellerpulse/pkg/events"
)

// loop takes records in their order, and commits every so often. It returns nil when, bounded, all is read.
func (t *Task) loop(ctx, graceful context.Context) error {
	t.lastCommit = t.env.Clock()
	t.lastCheckpoint, t.lastBegun = t.lastCommit, t.lastCommit
	t.commitBytes = t.env.commitBytes()
	tick := time.NewTimer(t.env.CommitInterval)
	defer tick.Stop()
	for {
		if err := t.applyWaiting(ctx, graceful); err != nil {
			return err
		}
		_, idle := t.inputs.first()
		if idle && t.env.UntilEnd {
			return nil
		}
		if t.inputs.failed != nil {
			return t.commitBeforeFailure(graceful)
		}
		if idle {
			if err := t.punctuate(ctx, graceful); err != nil {
				return err
			}
		}
		if err := t.commitIfDue(graceful); err != nil {
			return err
		}
		t.inputs.fetch()
		tick.Reset(t.untilCommit())
		select {
		case a := <-t.inputs.answers:
			t.inputs.receive(a)
			t.observe()
		case r := <-t.commitResult():
			if err := t.endCommit(r); err != nil {
				return err
			}
		case <-tick.C:
		case <-t.ruled:
			if err := t.takeRules(ctx); err != nil {
				return err
			}
		case <-t.successor.ready():
			return t.succeed()
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// commitBeforeFailure commits what comes before that which cannot be fetched, and gives the fetch's error.
func (t *Task) commitBeforeFailure(ctx context.Context) error {
	if t.applied > 0 {
		if err := t.commit(ctx); err != nil {
			return err
		}
	}
	return t.inputs.failed
}

// applyWaiting applies the records whose turn it is, until more must be fetched first.
func (t *Task) applyWaiting(ctx, graceful context.Context) error {
	for {
		r, _ := t.inputs.first()
		if r == nil {
			return nil
		}
		if err := t.apply(ctx, graceful, r); err != nil {
			return err
		}
		if t.isolate > 0 {
			if err := t.commit(graceful); err != nil {
				return err
			}
		}
		if t.applied%64 != 0 && t.applied < t.env.CommitEvents && t.engine.Waiting().Bytes < t.commitBytes && !t.alertPending() {
			continue
		}
		if err := t.commitIfDue(graceful); err != nil {
			return err
		}
		t.inputs.fetch()
		select {
		case a := <-t.inputs.answers:
			t.inputs.receive(a)
			t.observe()
		case r := <-t.commitResult():
			if err := t.endCommit(r); err != nil {
				return err
			}
		case <-t.ruled:
			if err := t.takeRules(ctx); err != nil {
				return err
			}
		case <-t.successor.ready():
			return t.succeed()
		case <-ctx.Done():
			return ctx.Err()
		default:
		}
	}
}

// apply applies the record whose turn it is.
func (t *Task) apply(ctx, graceful context.Context, r *entry) error {
	t.at, t.applying = record{r.Topic, r.Offset}, true
	if hook := t.env.Hooks.OnApply; hook != nil {
		hook(t.partition, &r.Record)
	}
	if err := t.step(ctx, graceful, engine.Apply(&r.Record)); err != nil {
		return err
	}
	t.last, t.applying, t.appliedAt = t.at, false, r.Timestamp
	t.env.metrics.events[r.Topic].Inc()
	t.inputs.done(r)
	t.applied++
	return nil
}

// step has the engine take in a record or an instant, with as many commits on the way as that needs.
func (t *Task) step(ctx, graceful context.Context, in engine.Input) error {
	for {
		done, err := t.engine.Step(in)
		if done || err != nil {
			return err
		}
		if err := t.commitAsync(graceful, true); err != nil {
			return err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
}

// punctuate lets stream time follow the clock, when there is nothing to read, so that windows slide for a quiet seller.
func (t *Task) punctuate(ctx, graceful context.Context) error {
	if t.engine.StreamTime() == events.None || !t.committed || t.inputs.blocked() {
		return nil // Nobody has an order yet, the brokers have not told the time, or there is more that cannot be read yet.
	}
	return t.step(ctx, graceful, engine.Until(t.clock.now(t.env.Clock())-t.env.ClockBehind.Milliseconds()))
}

// untilCommit is for how long nothing need be committed.
func (t *Task) untilCommit() time.Duration {
	wait := idleWait
	switch {
	case t.inflight != nil: // Its end is waited for.
	case t.alertPending():
		wait = t.env.AlertDelay - t.env.Clock().Sub(t.lastBegun)
	case t.applied > 0:
		wait = t.env.CommitInterval - t.env.Clock().Sub(t.lastBegun)
	}
	return max(wait, time.Millisecond)
}

// freshEvent is how young an event must be for an alert that it caused to be worth a commit of its own: while catching up, throughput matters more.
const freshEvent = 1000 // ms

// isLive is whether the task keeps up with what is sent.
func (t *Task) isLive() bool {
	return !t.env.UntilEnd && t.clock.now(t.env.Clock())-t.appliedAt < freshEvent
}

// alertPending is whether an alert is to be published before the commit interval has passed.
func (t *Task) alertPending() bool { return t.engine.Waiting().Alerts > 0 && t.isLive() }

// commitIfDue commits when enough events are applied, or enough time has passed and there is something to commit. While a transaction is under
// way only what is too much for one more waits for it.
func (t *Task) commitIfDue(ctx context.Context) error {
	now := t.env.Clock()
	if w := t.engine.Waiting(); t.applied < t.env.CommitEvents && w.Bytes < t.commitBytes {
		if t.inflight != nil || now.Sub(t.lastBegun) < t.commitInterval() || !t.worthCommitting(&w, now) {
			return nil
		}
	}
	if !t.env.UntilEnd {
		if err := t.engine.PublishReports(now.UnixMilli(), t.reportsNow(now)); err != nil {
			return err
		}
	}
	return t.commitAsync(ctx, false)
}

func (t *Task) commitInterval() time.Duration {
	if t.alertPending() {
		return min(t.env.CommitInterval, t.env.AlertDelay)
	}
	return t.env.CommitInterval
}

// worthCommitting is whether there is anything to commit.
func (t *Task) worthCommitting(w *engine.Waiting, now time.Time) bool {
	live := !t.env.UntilEnd
	first := live && !t.committed // It tells the time.
	return first || t.applied > 0 || w.Keys > 0 || w.Outputs > 0 || t.progressDue() || t.probeDue(now) || t.saveDue(now) || t.fillDue(now) || live && t.engine.ReportsDue(now.UnixMilli())
}

// probeInterval is how often a task whose partition the group gave to another commits, also without anything to commit: only so does it
// find out that it has been fenced.
const probeInterval = 500 * time.Millisecond

func (t *Task) probeDue(now time.Time) bool {
	return now.Sub(t.lastCommit) >= probeInterval && !t.owner.Owns()
}

// saveDue is whether what was committed is to be saved though nothing more comes: a checkpoint follows a commit, and questions about a seller are answered
// from the last one.
func (t *Task) saveDue(now time.Time) bool {
	return !t.env.UntilEnd && t.lastCommit.After(t.lastCheckpoint) && now.Sub(t.lastCheckpoint) >= t.env.CheckpointInterval
}

// fillInterval is how often a task tells how far its successor is, though there is nothing else to commit.
const fillInterval = time.Second

func (t *Task) fillDue(now time.Time) bool {
	return now.Sub(t.toldAt) >= fillInterval && t.told != t.successor.far()
}

// reportsNow is how many reports a commit may carry now: few while the task is far behind, since a report of the past is soon another.
func (t *Task) reportsNow(now time.Time) int {
	const far = 10 * time.Minute
	if at := t.engine.StreamTime(); at != events.None && now.Sub(time.UnixMilli(at)) > far {
		return limits.ReportsPerCommit / 100
	}
	return limits.ReportsPerCommit
}

// progressDue is whether stream time or a position has moved by so much since it was last saved, without anything else to commit, that it
// is to be saved.
func (t *Task) progressDue() bool {
	const long = 60_000 // ms
	if t.engine.StreamTime() != events.None && t.engine.StreamTime()-t.savedTime >= long {
		return true
	}
	return t.inputs.offsets() != t.savedOffsets // Past markers only.
}
