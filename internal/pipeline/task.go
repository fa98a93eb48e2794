package pipeline

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"sellerpulse/internal/engine"
	"sellerpulse/internal/limits"
	"sellerpulse/internal/memory"
	"sellerpulse/internal/state"
	"sellerpulse/internal/stream"
	"sellerpulse/pkg/events"
)

// task is one acquisition of a partition: from fencing the earlier owner to the last commit.
type task struct {
	service   *Service
	slot      *slot
	partition int32
	log       *slog.Logger
	succeeded func() // told of every commit
	careful   int    // records that are still to be committed one by one: among them is what an earlier try could not pass

	producer *stream.Producer
	state    *state.Partition
	engine   *engine.Engine
	inputs   *inputs

	clock     leaderClock
	blockages [events.NumTopics]blockage

	at       record // that is being read or applied, while applying
	applying bool
	last     record // the last that was applied

	under          *transaction  // the one under way; nil without one
	refused        *transaction  // that could not be committed, after which there is none
	applied        int           // events since the last transaction was begun
	appliedAt      events.Millis // when the last one arrived, by the broker's clock
	commits        int
	lastCommit     time.Time   // when the last commit ended
	saved          state.Saved // what a checkpoint now would stand for: the last commit
	lastCheckpoint time.Time
	savedTime      events.Millis
	savedOffset    [events.NumTopics]int64
	committed      bool // once at least
}

// stopTimeout bounds the last commits of an orderly stop.
const stopTimeout = 8 * time.Second

// run acquires the task and goes round until ctx ends or, bounded, all is read.
func (t *task) run(ctx context.Context) (err error) {
	defer func() { err = errors.Join(err, t.closeState()) }() // Also after a panic.
	if err := t.acquire(ctx); err != nil {
		return err
	}
	lasting, release := outlast(ctx)
	defer release()
	defer t.service.status.set(t.partition, func(s *TaskStatus) { s.Phase = Stopped })
	return t.process(ctx, lasting)
}

// process reads, applies and commits, and ends orderly with a last commit. What must not be cut short uses lasting.
func (t *task) process(ctx, lasting context.Context) (err error) {
	from, ends, err := t.offsets(ctx)
	if err != nil {
		return err
	}
	fetching, stopFetching := context.WithCancel(ctx)
	t.service.status.set(t.partition, func(s *TaskStatus) { s.Phase = Running })
	t.inputs = newInputs(fetching, t.options().Client, t.options().Topics.of(t.partition), from, ends, t.decode, func() int { return t.options().Memory.Share(memory.Fetched) })
	defer t.inputs.close()
	defer stopFetching()
	defer func() { err = t.leave(err) }()
	if err := t.rebuild(ctx, lasting); err != nil || ctx.Err() != nil {
		return err
	}
	if err := t.loop(ctx, lasting); err != nil && !errors.Is(err, context.Canceled) {
		return err
	}
	if err := t.finish(lasting); err != nil {
		return err
	}
	if t.committed {
		if err := t.checkpoint(); err != nil {
			return err
		}
	}
	if t.committed && t.slot.owns() {
		return t.settle(lasting) // Not where the partition moves: that would fence its next owner.
	}
	return nil
}

// leave waits for the transaction under way after an error that is another's.
func (t *task) leave(err error) error {
	if awaited := t.await(); err == nil {
		return awaited
	}
	return err
}

// rebuild brings a state that was built with other settings to those in force. When ctx ends before it is done, what is done is committed.
func (t *task) rebuild(ctx, lasting context.Context) error {
	if _, _, is := t.engine.Rebuilding(); !is {
		return nil
	}
	o, begun := t.options(), t.options().Clock()
	logged := begun
	t.log.Info("rebuilding: the state was built with other settings")
	t.service.status.set(t.partition, func(s *TaskStatus) { s.Phase = Rebuilding })
	for rebuilding := true; rebuilding && ctx.Err() == nil; {
		if _, err := t.engine.Step(engine.Resume()); err != nil {
			return err
		}
		if err := t.commitSoon(lasting, true); err != nil {
			return err
		}
		var done, all int
		done, all, rebuilding = t.engine.Rebuilding()
		t.service.status.set(t.partition, func(s *TaskStatus) { s.Rebuilt, s.ToRebuild = done, all })
		if now := o.Clock(); now.Sub(logged) > progressInterval {
			logged = now
			t.log.Info("rebuilding", "sellers", done, "of", all, "seconds", round(now.Sub(begun).Seconds()))
		}
	}
	if err := t.await(); err != nil || ctx.Err() != nil {
		return err
	}
	t.log.Info("rebuilt", "seconds", round(o.Clock().Sub(begun).Seconds()))
	t.service.status.set(t.partition, func(s *TaskStatus) { s.Phase = Running })
	return nil
}

// settle waits until everybody can read what the last transaction wrote. It is committed when the coordinator says so, but readers see it
// when the markers are written, a moment later; opening the transactional id again waits for them.
func (t *task) settle(ctx context.Context) error {
	_, err := t.options().Client.OpenTransactional(ctx, t.transactionalID(), transactionTimeout)
	if errors.Is(err, stream.ErrFenced) {
		return nil // By the partition's next owner, who has waited as well.
	}
	return err
}

// abort ends the transaction that a failed commit has left open, behind which nobody can read what others write: the next try is a while off.
func (t *task) abort(ctx context.Context) {
	if t.producer == nil || !t.slot.owns() {
		return
	}
	if err := t.settle(ctx); err != nil {
		t.log.Debug("abort transaction", "error", err)
	}
}

// outlast makes a context that ends stopTimeout after ctx.
func outlast(ctx context.Context) (context.Context, func()) {
	lasting, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() { time.AfterFunc(stopTimeout, cancel) })
	return lasting, func() {
		stop()
		cancel()
	}
}

func (t *task) options() *Options { return &t.service.options }

func (t *task) closeState() error {
	if t.state == nil {
		return nil
	}
	return t.state.Close()
}

// loop takes records in their order, and commits every so often. It returns nil when, bounded, all is read.
func (t *task) loop(ctx, lasting context.Context) error {
	t.lastCommit = t.options().Clock()
	t.lastCheckpoint = t.lastCommit
	tick := time.NewTimer(t.options().CommitInterval)
	defer tick.Stop()
	for {
		if err := t.applyWaiting(ctx, lasting); err != nil {
			return err
		}
		_, idle := t.inputs.first()
		if idle && t.options().UntilEnd {
			return nil
		}
		if t.inputs.failed != nil {
			return t.stopBefore(lasting)
		}
		if idle {
			if err := t.punctuate(ctx, lasting); err != nil {
				return err
			}
		}
		if err := t.commitIfDue(lasting); err != nil {
			return err
		}
		t.inputs.fetch()
		tick.Reset(t.untilCommit())
		select {
		case a := <-t.inputs.answers:
			t.inputs.take(a)
			t.observe()
		case r := <-t.answered():
			if err := t.end(r); err != nil {
				return err
			}
		case <-tick.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// stopBefore commits what comes before that which cannot be fetched, and gives the fetch's error.
func (t *task) stopBefore(ctx context.Context) error {
	if t.applied > 0 {
		if err := t.commit(ctx); err != nil {
			return err
		}
	}
	return t.inputs.failed
}

// applyWaiting applies the records whose turn it is, until more must be fetched first.
func (t *task) applyWaiting(ctx, lasting context.Context) error {
	for {
		r, _ := t.inputs.first()
		if r == nil {
			return nil
		}
		if err := t.apply(ctx, lasting, r); err != nil {
			return err
		}
		if t.careful > 0 {
			if err := t.commit(lasting); err != nil {
				return err
			}
		}
		if t.applied%64 != 0 && t.applied < t.options().CommitEvents && t.engine.Waiting().Bytes < t.service.commitBytes() && !t.alertWaits() {
			continue
		}
		if err := t.commitIfDue(lasting); err != nil {
			return err
		}
		t.inputs.fetch()
		select {
		case a := <-t.inputs.answers:
			t.inputs.take(a)
			t.observe()
		case r := <-t.answered():
			if err := t.end(r); err != nil {
				return err
			}
		case <-ctx.Done():
			return ctx.Err()
		default:
		}
	}
}

// apply applies the record whose turn it is.
func (t *task) apply(ctx, lasting context.Context, r *entry) error {
	t.at, t.applying = record{r.Topic, r.Offset}, true
	if hook := t.options().onApply; hook != nil {
		hook(t.partition, &r.Record)
	}
	if err := t.step(ctx, lasting, engine.Apply(&r.Record)); err != nil {
		return err
	}
	t.last, t.applying, t.appliedAt = t.at, false, r.Timestamp
	t.options().Metrics.events[r.Topic].Inc()
	t.inputs.done(r)
	t.applied++
	return nil
}

// step has the engine take in a record or an instant, with as many commits on the way as that needs.
func (t *task) step(ctx, lasting context.Context, in engine.Input) error {
	for {
		done, err := t.engine.Step(in)
		if done || err != nil {
			return err
		}
		if err := t.commitSoon(lasting, true); err != nil {
			return err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
}

// punctuate lets stream time follow the clock, when there is nothing to read, so that windows slide for a quiet seller.
func (t *task) punctuate(ctx, lasting context.Context) error {
	if t.engine.StreamTime() == events.None || !t.committed || t.inputs.blocked() {
		return nil // Nobody has an order yet, the brokers have not told the time, or there is more that cannot be read yet.
	}
	const behind = 60_000 // ms
	return t.step(ctx, lasting, engine.Until(t.clock.now(t.options().Clock())-behind))
}

// untilCommit is for how long nothing need be committed.
func (t *task) untilCommit() time.Duration {
	wait := idleWait
	switch {
	case t.alertWaits():
		wait = t.options().AlertDelay - t.options().Clock().Sub(t.lastCommit)
	case t.applied > 0:
		wait = t.options().CommitInterval - t.options().Clock().Sub(t.lastCommit)
	}
	return max(wait, time.Millisecond)
}

// soon is how young an event must be for an alert that it caused to be worth a commit of its own: while catching up, throughput matters more.
const soon = 1000 // ms

// alertWaits is whether an alert is to be published before the commit interval has passed.
func (t *task) alertWaits() bool {
	return t.engine.Waiting().Alerts > 0 && !t.options().UntilEnd && t.clock.now(t.options().Clock())-t.appliedAt < soon
}

// commitIfDue commits when enough events are applied, or enough time has passed and there is something to commit. While a transaction is under
// way only what is too much for one more waits for it.
func (t *task) commitIfDue(ctx context.Context) error {
	now := t.options().Clock()
	if w := t.engine.Waiting(); t.applied < t.options().CommitEvents && w.Bytes < t.service.commitBytes() {
		if t.under != nil || now.Sub(t.lastCommit) < t.commitInterval() || !t.worthCommitting(&w, now) {
			return nil
		}
	}
	if !t.options().UntilEnd {
		if err := t.engine.PublishReports(now.UnixMilli(), t.reportsNow(now)); err != nil {
			return err
		}
	}
	return t.commitSoon(ctx, false)
}

func (t *task) commitInterval() time.Duration {
	if t.alertWaits() {
		return min(t.options().CommitInterval, t.options().AlertDelay)
	}
	return t.options().CommitInterval
}

// worthCommitting is whether there is anything to commit.
func (t *task) worthCommitting(w *engine.Waiting, now time.Time) bool {
	live := !t.options().UntilEnd
	first := live && !t.committed // It tells the time.
	return first || t.applied > 0 || w.Keys > 0 || w.Outputs > 0 || t.movedLong() || t.probeDue(now) || live && t.engine.ReportsDue(now.UnixMilli())
}

// probeInterval is how often a task whose partition the group gave to another commits, also without anything to commit: only so does it
// find out that it has been fenced.
const probeInterval = 500 * time.Millisecond

func (t *task) probeDue(now time.Time) bool {
	return now.Sub(t.lastCommit) >= probeInterval && !t.slot.owns()
}

// reportsNow is how many reports a commit may carry now: few while the task is far behind, since a report of the past is soon another.
func (t *task) reportsNow(now time.Time) int {
	const far = 10 * time.Minute
	if at := t.engine.StreamTime(); at != events.None && now.Sub(time.UnixMilli(at)) > far {
		return limits.ReportsPerCommit / 100
	}
	return limits.ReportsPerCommit
}

// movedLong is whether stream time or a position has moved by so much since it was last saved, without anything else to commit, that it
// is to be saved.
func (t *task) movedLong() bool {
	const long = 60_000 // ms
	if t.engine.StreamTime() != events.None && t.engine.StreamTime()-t.savedTime >= long {
		return true
	}
	return t.inputs.offsets() != t.savedOffset // Past markers only.
}

// finish ends an orderly stop or a bounded run: what falls due until AsOf, the reports that are due, the last commit.
func (t *task) finish(ctx context.Context) error {
	bounded := t.options().UntilEnd
	if bounded && t.inputs.finished() {
		if asOf := t.options().AsOf; asOf != events.None && t.engine.StreamTime() != events.None {
			if err := t.step(ctx, ctx, engine.Until(asOf)); err != nil {
				return err
			}
		}
		return t.publishAll(ctx)
	}
	if !bounded && t.slot.owns() {
		return t.publishDue(ctx)
	}
	return t.commit(ctx)
}

// publishDue publishes the reports that are known to be due, some at a time, and commits.
func (t *task) publishDue(ctx context.Context) error {
	for t.engine.ReportsDue(engine.Whenever) {
		if err := t.engine.PublishReports(engine.Whenever, limits.ReportsPerCommit); err != nil {
			return err
		}
		if err := t.commit(ctx); err != nil {
			return err
		}
	}
	return t.commit(ctx)
}

// publishAll publishes every report that is due: those that there was no room for too, which checkpoints find.
func (t *task) publishAll(ctx context.Context) error {
	for {
		if err := t.publishDue(ctx); err != nil || !t.engine.ReportsMissed() {
			return err
		}
		if err := t.checkpoint(); err != nil {
			return err
		}
	}
}
