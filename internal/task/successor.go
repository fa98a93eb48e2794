package task

import (
	"context"
	"errors"
	"log/slog"
	"runtime"
	"time"

	"sellerpulse/internal/memory"
	"sellerpulse/internal/panics"
	"sellerpulse/internal/wait"
)

// successor is the state of a task's partition by rules that count something new, which is prepared while the task goes on by those that it has, as a standby
// would: what the local state has is copied, counted anew, and kept up with along the changelog until little is left. Then the task ends, and is acquired by it.
//
// Live work goes first. Of a process few partitions at a time are prepared (fillsAtOnce), in slices of a megabyte at most, after each of which it rests
// restRatio times as long as that took.
type successor struct {
	env       *Environment
	ruled     Ruled // that are to be in force
	changelog *changelog
	log       *slog.Logger

	fill   fill
	worked time.Time // when the slice at hand was begun

	stop context.CancelFunc
	done chan struct{} // closed when it is prepared, or cannot be
	err  error         // why it cannot; once done is closed
}

const (
	// restRatio is how much longer it rests than it works.
	restRatio = 2
	// longestSlice bounds what is taken for work of a slice, where the machine was suspended.
	longestSlice = time.Second
	// sliceBytes is how much is written at once: a checkpoint of the task, for which an alert waits, may have to wait for as much.
	sliceBytes = 1 << 20
	// retryPause is between two tries.
	retryPause = time.Second
)

// fillsAtOnce is how many partitions of a process are prepared at a time: also how many are on disk twice.
func fillsAtOnce() int { return max(1, runtime.GOMAXPROCS(0)/4) }

// newSuccessor begins to prepare what is to follow the state of a partition. An earlier one is ended before, and may be gone on with. [successor.end] is to follow.
func newSuccessor(ctx context.Context, e *Environment, ruled Ruled, of *changelog, log *slog.Logger, before *successor) *successor {
	s := &successor{env: e, ruled: ruled, changelog: of, log: log.With("for_revision", ruled.Revision), done: make(chan struct{})}
	ctx, s.stop = context.WithCancel(ctx)
	if before != nil {
		before.stop()
	}
	go func() {
		defer close(s.done)
		if before != nil {
			<-before.done
		}
		s.err = s.run(ctx)
	}()
	return s
}

// ready is closed when it is prepared, or cannot be; nil where there is none.
func (s *successor) ready() <-chan struct{} {
	if s == nil {
		return nil
	}
	return s.done
}

// far is how far it is prepared.
func (s *successor) far() Fill {
	if s == nil {
		return Fill{}
	}
	return s.fill.get()
}

// end ends it, whatever is missing: what is there is on disk.
func (s *successor) end() {
	if s == nil {
		return
	}
	s.stop()
	<-s.done
	s.env.observer.Update(s.changelog.Partition, func(st *Status) { st.Fill = Fill{} })
	s.env.metrics.filling(s.changelog.Partition, Fill{})
}

// run prepares it, and tries again after what may pass.
func (s *successor) run(ctx context.Context) error {
	s.tell(Fill{Step: Waiting})
	for {
		err := panics.Survive(func() error { return s.prepare(ctx) })
		if err == nil || ctx.Err() != nil || s.env.scopeOf(err) != Passing {
			return err
		}
		s.log.Warn("filling new counts is interrupted: trying again", "error", err)
		if !wait.For(ctx, retryPause) {
			return ctx.Err()
		}
	}
}

func (s *successor) prepare(ctx context.Context) (err error) {
	select {
	case s.env.fills <- struct{}{}:
		defer func() { <-s.env.fills }()
	case <-ctx.Done():
		return ctx.Err()
	}
	p, err := s.env.State.Successor(s.changelog.Partition)
	if err != nil {
		return err
	}
	defer func() {
		err = errors.Join(err, p.Close())
		s.env.Memory.Set(memory.Followed, s.changelog.Partition, 0)
	}()
	s.worked = s.env.Clock()
	f := newFollower(s.env, s.ruled, s.changelog, p, s.log)
	f.beside = true
	restorer := f.newRestorer()
	restorer.RebuildBy(s.slice())
	f.restorer = restorer
	if err := f.prepare(); err != nil {
		return err
	}
	for _, step := range []func(context.Context, *follower) error{s.copy, s.count, s.follow} {
		if err := step(ctx, f); err != nil {
			return err
		}
	}
	return s.did(ctx, Fill{Step: Filled, Orders: p.Orders(), Of: p.Orders()})
}

func (s *successor) slice() int {
	if few := s.env.Hooks.FillBytes; few > 0 {
		return few
	}
	return min(sliceBytes, s.env.FollowBytes())
}

// copy copies what is not yet copied.
func (s *successor) copy(ctx context.Context, f *follower) (err error) {
	if f.state.Whole() {
		return nil
	}
	if err := s.did(ctx, Fill{Step: Copying, Orders: f.state.Orders()}); err != nil {
		return err
	}
	view := s.env.State.Snapshot()
	defer func() { err = errors.Join(err, view.Close()) }()
	err = f.state.Copy(view, s.changelog.Partition, s.slice(), func(orders int64) error {
		return s.did(ctx, Fill{Step: Copying, Orders: orders})
	})
	f.since = f.state.SavedAt()
	return err
}

// count counts all orders anew. What was copied at two moments must be read on to the later one before.
func (s *successor) count(ctx context.Context, f *follower) error {
	if f.state.Partial() {
		saved, err := s.env.State.Saved(s.changelog.Partition)
		if err != nil {
			return err
		}
		end, err := f.end(ctx)
		if err == nil {
			err = f.readTo(ctx, max(end, saved.Position))
		}
		if err != nil {
			return err
		}
	}
	if !f.state.Underived() {
		return nil
	}
	if err := s.did(ctx, Fill{Step: Counting, Of: f.state.Orders()}); err != nil {
		return err
	}
	counting, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	f.counted = func(orders int64) {
		if err := s.did(ctx, Fill{Step: Counting, Orders: orders, Of: f.state.Orders()}); err != nil {
			stop(err)
		}
	}
	err := f.rebuild(counting)
	if why := context.Cause(counting); why != nil {
		return why
	}
	return err
}

// follow reads what was committed meanwhile, until little is left.
func (s *successor) follow(ctx context.Context, f *follower) error {
	if err := s.did(ctx, Fill{Step: Following, Orders: f.state.Orders(), Of: f.state.Orders()}); err != nil {
		return err
	}
	return f.warmUp(ctx)
}

// did tells how far it is, and rests.
func (s *successor) did(ctx context.Context, now Fill) error {
	s.tell(now)
	s.env.Memory.Set(memory.Followed, s.changelog.Partition, s.slice())
	if worked := min(s.env.Clock().Sub(s.worked), longestSlice); worked > 0 && !wait.For(ctx, restRatio*worked) {
		return ctx.Err()
	}
	if err := s.env.Hooks.OnFill.did(ctx, s.changelog.Partition, now.Step); err != nil {
		return err
	}
	s.worked = s.env.Clock()
	return ctx.Err()
}

func (s *successor) tell(now Fill) {
	s.fill.set(now, s.env.Clock(), s.log)
	s.env.metrics.filling(s.changelog.Partition, now)
	s.env.observer.Update(s.changelog.Partition, func(st *Status) { st.Fill = now })
}

// takeRules takes note of other rules: where they count what the state has, or there is nothing to go on with meanwhile, the task is to be acquired again at
// once; else what they count is filled first.
func (t *Task) takeRules(ctx context.Context) error {
	var now Ruled
	now, t.ruled = t.env.Now()
	if t.env.UntilEnd || t.state.Position() == 0 || t.env.derivation(now) == t.env.derivation(t.by) {
		return ErrRuled
	}
	t.successor = newSuccessor(ctx, t.env, now, t.changelog, t.log, t.successor)
	return nil
}

// succeed ends a task whose successor is prepared. Where it cannot be, what is missing is counted while the partition rests.
func (t *Task) succeed() error {
	if err := t.successor.err; err != nil {
		t.log.Warn("new counts cannot be filled beside live work: the partition rests for it", "error", err)
	}
	return ErrRuled
}

// Former is the rules by which the task went while those in force were still prepared; nil where none were. The next try goes on by these.
func (t *Task) Former() *Ruled {
	if t.successor == nil && t.former == nil {
		return nil
	}
	by := t.by
	return &by
}

// choose says by which rules the task goes, and which of two states of the partition is to be gone on with: those of the try before while others are
// prepared, if the state still goes by them, else those in force.
func (t *Task) choose(ctx context.Context) (err error) {
	t.by, t.ruled = t.env.Now() // What comes while it is acquired has it acquired again.
	if t.former != nil && t.former.Revision == t.changelog.revision {
		already := make(chan struct{})
		close(already)
		t.by, t.ruled = *t.former, already
		return nil
	}
	t.former = nil
	return t.env.elect(ctx, t.changelog, t.by)
}

// elect has the state of a partition be the one that was prepared for the rules in force, if there is one.
func (e *Environment) elect(ctx context.Context, of *changelog, ruled Ruled) error {
	elected, err := e.State.Elect(of.Partition, of.Topic, e.derivation(ruled))
	if err != nil || !elected {
		return err
	}
	e.log(of.Partition).Info("new counts are filled", "for_revision", ruled.Revision)
	return e.Hooks.OnFill.did(ctx, of.Partition, Elected)
}
