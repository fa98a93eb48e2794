package backfill

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sync/errgroup"

	"sellerpulse/internal/engine"
	"sellerpulse/internal/panics"
	"sellerpulse/internal/state"
	"sellerpulse/internal/task"
	"sellerpulse/internal/wait"
	"sellerpulse/internal/worker"
)

// attempt is a cut-over that is prepared in this process: its partitions of the candidate rest, and so do those of the live application.
type attempt struct {
	live    *LiveWorker
	cuts    map[int32]*cut
	expires *time.Timer // after which it is given up
}

// cut is a partition of an attempt.
type cut struct {
	given   chan struct{} // closed once the live group has given it to this process
	outcome chan error    // of the cut, for the live worker to go on with
	began   time.Time     // when the live owner was fenced

	held       *worker.Held
	succession *task.Succession
	prepared   bool
}

// LiveWorker is a worker of the live application that runs.
type LiveWorker struct {
	*worker.Worker
	stop       context.CancelFunc
	done       chan error
	registered *registered
}

// Wait waits until it has ended.
func (r *LiveWorker) Wait() error { return <-r.done }

// start starts a worker of the live application that is to take the partitions over that are to be cut over to, if any.
func (s *Successor) start(ctx context.Context, cuts map[int32]*cut) (*LiveWorker, error) {
	options := s.Live
	options.ReplacesLost = true
	if ruled := s.ruled(); ruled != nil {
		options.Rules, options.Revision = ruled.Set, ruled.Revision
	}
	metrics := &registered{Registerer: s.Live.Registerer}
	options.Registerer = metrics
	options.Succession = worker.Succeed(slices.Sorted(maps.Keys(cuts)), func(ctx context.Context, p int32, confirm func(context.Context) error) error {
		if err := confirm(ctx); err != nil {
			return err
		}
		close(cuts[p].given)
		select {
		case err := <-cuts[p].outcome:
			return err
		case <-ctx.Done():
			return ctx.Err()
		}
	})
	w, err := worker.New(ctx, options)
	if err != nil {
		metrics.undo()
		return nil, fmt.Errorf("the live application: %w", err)
	}
	ctx, stop := context.WithCancel(context.WithoutCancel(ctx)) // It goes on when the candidate's worker has ended.
	r := &LiveWorker{Worker: w, stop: stop, done: make(chan error, 1), registered: metrics}
	go func() { r.done <- panics.Survive(func() error { return w.Run(ctx) }) }()
	return r, nil
}

// registered takes metrics back that were registered.
type registered struct {
	prometheus.Registerer
	collectors []prometheus.Collector
}

func (r *registered) MustRegister(all ...prometheus.Collector) {
	r.Registerer.MustRegister(all...)
	r.collectors = append(r.collectors, all...)
}

func (r *registered) undo() {
	for _, c := range r.collectors {
		r.Unregister(c)
	}
}

// await waits until the live group has given a partition to this process.
func (c *cut) await(ctx context.Context, live *LiveWorker, p int32, patience time.Duration) error {
	late := time.NewTimer(patience)
	defer late.Stop()
	select {
	case <-c.given:
		return nil
	case err := <-live.done:
		live.done <- err
		return fmt.Errorf("take part in the live group: %w", err)
	case <-late.C:
		return fmt.Errorf("the live group did not give partition %d to the candidate's process in %v: see to it that all live processes are of this version, and that there is no other cut-over, and try again", p, patience)
	case <-ctx.Done():
		return ctx.Err()
	}
}

// openCut stops the candidate's task of a partition and waits until the live state is as far.
func (s *Successor) openCut(ctx context.Context, c *cut, p int32) (err error) {
	if c.held, err = s.Worker.Hold(ctx, p); err != nil {
		return err
	}
	standings, err := s.standingsOf(p)
	if err != nil {
		return err
	}
	c.succession, err = task.OpenSuccession(ctx, s.Worker.Environment(), s.live, p, c.held.Owner(), standings)
	if err != nil {
		return err
	}
	if err := c.succession.AwaitLive(ctx, s.Patience.rest()); err != nil {
		return err
	}
	return s.did(p, task.Opened)
}

// compare brings both states to one place and says how they differ.
func (c *cut) compare(ctx context.Context, dry bool, a *answer) (err error) {
	if a.Differences, err = c.succession.Prepare(ctx, dry, a.tell); err != nil {
		return err
	}
	shorter, err := c.succession.Shorter()
	for _, s := range shorter {
		a.Shorter = append(a.Shorter, Shorter{s.Rule, s.From, s.Was})
	}
	return err
}

// close ends a cut; the candidate's task goes on.
func (c *cut) close() (err error) {
	if c.succession != nil {
		err = c.succession.Close()
		c.succession = nil
	}
	if c.held != nil {
		c.held.Release()
		c.held = nil
	}
	return err
}

// tell gathers the differences of a partition.
func (a *answer) tell(c *engine.Change) {
	if len(a.Changes) < changesTold {
		a.Changes = append(a.Changes, Change{c.SellerID, c.Rule, c.From.State.String(), c.To.State.String(), c.Numerator, c.Denominator})
	}
}

// compare compares the two states at the same place; nothing of the live one rests.
func (s *Successor) compare(ctx context.Context) error {
	return s.each(ctx, stepCompare, func(ctx context.Context, p int32, a *answer) (err error) {
		c := &cut{}
		defer func() { err = errors.Join(err, c.close()) }()
		if err := s.openCut(ctx, c, p); err != nil {
			return err
		}
		return c.compare(ctx, true, a)
	})
}

// prepare ends what the live processes do, and compares. It joins the live group once the live states are as far as the candidate's: from then on the group
// gives the partitions to nobody else, so that a live process which did not work on one would never get there.
func (s *Successor) prepare(ctx context.Context) error {
	if len(s.partitions) == 0 {
		return nil
	}
	if err := s.checkRules(); err != nil {
		return s.answerAll(ctx, stepPrepare, err)
	}
	cuts := map[int32]*cut{}
	for _, p := range s.partitions {
		cuts[p] = &cut{given: make(chan struct{}), outcome: make(chan error, 1)}
	}
	s.attempt = &attempt{cuts: cuts, expires: time.NewTimer(stepTimeout)}
	live, err := s.join(ctx, cuts)
	if err != nil {
		return s.answerAll(ctx, stepPrepare, err)
	}
	s.attempt.live = live
	s.attempt.expires.Stop()
	defer s.attempt.expires.Reset(s.Patience.Decision) // From when it can be decided on.
	return s.each(ctx, stepPrepare, func(ctx context.Context, p int32, a *answer) (err error) {
		c := cuts[p]
		if err := c.await(ctx, live, p, s.Patience.rest()); err != nil {
			return err
		}
		if err := s.did(p, task.Given); err != nil {
			return err
		}
		if err := c.succession.AwaitLive(ctx, s.Patience.Live); err != nil { // What came meanwhile is not to be read while the partition rests.
			return err
		}
		c.began = time.Now()
		err = c.compare(ctx, false, a)
		a.Pause = time.Since(c.began)
		if err == nil {
			err = s.did(p, task.Prepared)
		}
		c.prepared = err == nil
		return err
	})
}

// checkRules refuses a candidate by other rules than those that were applied to the live application, to which its state would follow as soon as it is the live
// one.
func (s *Successor) checkRules() error {
	live, own := s.ruled(), s.Worker.Environment()
	if live == nil {
		return nil
	}
	if now, _ := own.Now(); string(now.Set.Canonical()) == string(live.Set.Canonical()) {
		return nil
	}
	return fmt.Errorf("the live application goes by the rules that were applied to it, revision %d, and the candidate by others, which would be undone as soon as it is cut over to: put the candidate's rules in force first with `processor rules apply`, after a look with `processor rules what-if`, and try again",
		live.Revision)
}

func (s *Successor) ruled() *task.Ruled {
	if s.Ruled == nil {
		return nil
	}
	return s.Ruled()
}

// join opens all cuts and starts the worker of the live application.
func (s *Successor) join(ctx context.Context, cuts map[int32]*cut) (*LiveWorker, error) {
	var all errgroup.Group
	for p, c := range cuts {
		all.Go(func() error { return panics.Survive(func() error { return s.openCut(ctx, c, p) }) })
	}
	if err := all.Wait(); err != nil {
		return nil, err
	}
	return s.start(ctx, cuts)
}

// decided carries out what was decided: by what is prepared, or anew where that was given up, or this process, or one before it, was interrupted.
func (s *Successor) decided(ctx context.Context, r *request) (*LiveWorker, error) {
	former, err := s.former(r)
	if err != nil {
		return nil, s.answerAll(ctx, stepCommit, err)
	}
	if s.id != r.ID {
		s.abandon()
		s.id = r.ID
	}
	for ctx.Err() == nil {
		if s.attempt != nil {
			if live, err := s.commit(ctx, former, r.Former); live != nil || err != nil {
				return live, err
			}
		}
		left, err := s.left(ctx, r)
		switch {
		case errors.Is(err, errVoid):
			s.log.Warn("a cut-over that was decided", "id", r.ID, "error", err)
			return nil, nil
		case err != nil:
			return nil, err
		case left == nil:
			live, err := s.start(ctx, nil)
			if err != nil {
				return nil, err
			}
			return s.become(live, r.Former), nil
		case len(left) == 0:
			wait.For(ctx, resumePause)
			continue
		}
		if err := s.resume(ctx, left); err != nil {
			return nil, err
		}
	}
	return nil, nil
}

// resumePause is between two looks at whether there is something to be done about a cut-over that was decided.
const resumePause = 200 * time.Millisecond

// former is what the live state becomes; nil where that is lost.
func (s *Successor) former(r *request) (*task.Former, error) {
	if r.Former == "" {
		return nil, nil
	}
	former, err := s.Candidate.Sibling(r.Former)
	if err != nil {
		return nil, err
	}
	return &task.Former{AppID: former.AppID, Topics: former.Topics}, nil
}

// commit makes the candidate's state the live one, in every partition of this process, and gives the worker that goes on with it.
func (s *Successor) commit(ctx context.Context, former *task.Former, name string) (*LiveWorker, error) {
	a := s.attempt
	live, cuts := a.live, a.cuts
	a.expires.Stop()
	var failed atomic.Bool
	err := s.each(ctx, stepCommit, func(ctx context.Context, p int32, a *answer) error {
		c := cuts[p]
		err := s.commitCut(ctx, c, p, former)
		a.Pause = time.Since(c.began)
		c.outcome <- err
		if err != nil {
			failed.Store(true)
		}
		return err
	})
	s.attempt = nil
	if failed.Load() {
		s.end(a)
		return nil, err
	}
	return s.become(live, name), err
}

// become has the process be one of the live application.
func (s *Successor) become(live *LiveWorker, former string) *LiveWorker {
	if ownerErr := s.Live.State.SetOwner(state.OwnerOf(s.Live.Topics.Changelog, s.Client.ClusterID())); ownerErr != nil {
		s.log.Warn("the state directory still says that it is the candidate's: start the process as before, not as one of the live application", "error", ownerErr)
	}
	s.log.Info("cut over: the candidate's state is the live one", "id", s.id, "partitions", s.partitions, "former", former)
	return live
}

func (s *Successor) commitCut(ctx context.Context, c *cut, p int32, former *task.Former) error {
	if !c.prepared {
		return errors.New("it is not prepared")
	}
	err := s.did(p, task.Decided)
	if err == nil {
		err = c.succession.Commit(ctx, former)
	}
	if err != nil {
		return err
	}
	// The slot of the candidate stays held: its state is gone to another application.
	err = c.succession.Close()
	c.succession = nil
	return err
}

// abandon goes on as before, if anything is prepared.
func (s *Successor) abandon() {
	if s.attempt == nil {
		return
	}
	a := s.attempt
	s.attempt = nil
	s.end(a)
	s.log.Info("cut-over was given up: the live processes go on as before", "id", s.id)
}

// end closes what was prepared.
func (s *Successor) end(a *attempt) {
	a.expires.Stop()
	if a.live != nil {
		a.live.stop()
		if err := a.live.Wait(); err != nil {
			s.log.Debug("the live worker of a cut-over that was given up", "error", err)
		}
		a.live.registered.undo()
	}
	for p, c := range a.cuts {
		if err := c.close(); err != nil {
			s.log.Warn("close what was prepared of a cut-over", "partition", p, "error", err)
		}
	}
}

// errVoid says that a decision cannot be carried out any more.
var errVoid = errors.New("another state has become the live one since it was decided: nothing is left to be done")

// left are the partitions of this process that are yet to be cut over to; nil once no process has any.
func (s *Successor) left(ctx context.Context, r *request) ([]int32, error) {
	live, err := marks(ctx, s.Client, s.Candidate, s.Candidate.Live, s.Candidate.LiveTopics.Changelog)
	if err != nil {
		return nil, err
	}
	owned, whole, left := s.Worker.Owned(), true, []int32{}
	for p, mark := range live {
		switch mark.Changelog {
		case s.Candidate.Topics.Changelog:
		case r.Live:
			whole = false
			if slices.Contains(owned, int32(p)) {
				left = append(left, int32(p))
			}
		default:
			return nil, errVoid
		}
	}
	if whole {
		return nil, nil
	}
	return left, nil
}

// resume prepares partitions of a cut-over that was decided; what could not be is tried again.
func (s *Successor) resume(ctx context.Context, left []int32) error {
	s.log.Info("going on with a cut-over that was decided", "id", s.id, "partitions", left)
	s.partitions = left
	for _, do := range []func(context.Context) error{s.follow, s.prepare} {
		if err := do(ctx); err != nil {
			return err
		}
	}
	for _, c := range s.attempt.cuts {
		if !c.prepared || s.attempt.live == nil {
			s.abandon()
			wait.For(ctx, time.Second)
			return nil
		}
	}
	return nil
}
