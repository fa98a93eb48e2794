package backfill

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

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

// start starts a worker of the live application that is to take the partitions over.
func (s *Successor) start(ctx context.Context, cuts map[int32]*cut) (*LiveWorker, error) {
	options := s.Live
	metrics := &registered{Registerer: s.Live.Registerer}
	options.Registerer = metrics
	options.Succession = worker.Succeed(s.partitions, func(ctx context.Context, p int32, confirm func(context.Context) error) error {
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
	ctx, stop := context.WithCancel(ctx)
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

// given waits until the live group has given a partition to this process.
func (c *cut) await(ctx context.Context, live *LiveWorker, p int32) error {
	late := time.NewTimer(livePatience)
	defer late.Stop()
	select {
	case <-c.given:
		return nil
	case err := <-live.done:
		live.done <- err
		return fmt.Errorf("take part in the live group: %w", err)
	case <-late.C:
		return fmt.Errorf("the live group did not give partition %d to the candidate's process in %v: see to it that all live processes are of this version, and try again", p, livePatience)
	case <-ctx.Done():
		return ctx.Err()
	}
}

// openAwaited opens a cut once the live group has given the partition, and calls opened whatever comes of that.
func (s *Successor) openAwaited(ctx context.Context, c *cut, p int32, opened func()) error {
	defer opened()
	if err := c.await(ctx, s.attempt.live, p); err != nil {
		return err
	}
	return s.openCut(ctx, c, p)
}

// openCut stops the candidate's task of a partition and waits until the live state is as far.
func (s *Successor) openCut(ctx context.Context, c *cut, p int32) (err error) {
	if c.held, err = s.Worker.Hold(ctx, p); err != nil {
		return err
	}
	standings, err := s.standingsOf(ctx, p)
	if err != nil {
		return err
	}
	c.succession, err = task.OpenSuccession(ctx, s.Worker.Environment(), s.live, p, c.held.Owner(), standings)
	if err != nil {
		return err
	}
	return c.succession.AwaitLive(ctx, livePatience)
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
		a.Changes = append(a.Changes, Change{c.SellerID, c.Rule, c.From.String(), c.To.String(), c.Numerator, c.Denominator})
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
		a.Differences, err = c.succession.Prepare(ctx, true, a.tell)
		return err
	})
}

// prepare ends what the live processes do, and compares.
func (s *Successor) prepare(ctx context.Context) error {
	cuts := map[int32]*cut{}
	for _, p := range s.partitions {
		cuts[p] = &cut{given: make(chan struct{}), outcome: make(chan error, 1)}
	}
	live, err := s.start(ctx, cuts)
	if err != nil {
		return s.answerAll(ctx, stepPrepare, err)
	}
	s.attempt = &attempt{live: live, cuts: cuts, expires: time.NewTimer(livePatience + decisionPatience)}
	var opening sync.WaitGroup
	opening.Add(len(cuts))
	return s.each(ctx, stepPrepare, func(ctx context.Context, p int32, a *answer) (err error) {
		c := cuts[p]
		if err := s.openAwaited(ctx, c, p, opening.Done); err != nil {
			return err
		}
		opening.Wait() // What is fenced rests until the last is compared.
		c.began = time.Now()
		a.Differences, err = c.succession.Prepare(ctx, false, a.tell)
		a.Pause = time.Since(c.began)
		return err
	})
}

// commit makes the candidate's state the live one, in every partition of this process, and gives the worker that goes on with it.
func (s *Successor) commit(ctx context.Context, r *request) (*LiveWorker, error) {
	if s.attempt == nil {
		return nil, s.answerAll(ctx, stepCommit, errors.New("nothing is prepared"))
	}
	former, err := s.Candidate.Sibling(r.Former)
	if err != nil {
		return nil, s.answerAll(ctx, stepCommit, err)
	}
	live, cuts := s.attempt.live, s.attempt.cuts
	var failed atomic.Bool
	err = s.each(ctx, stepCommit, func(ctx context.Context, p int32, a *answer) error {
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
		live.stop()
		return nil, errors.Join(err, errPartly, live.Wait())
	}
	if ownerErr := s.Live.State.SetOwner(state.OwnerOf(s.Live.Topics.Changelog, s.Client.ClusterID())); ownerErr != nil {
		s.log.Warn("the state directory still says that it is the candidate's: start the process as before, not as one of the live application", "error", ownerErr)
	}
	s.log.Info("cut over: the candidate's state is the live one", "id", s.id, "partitions", s.partitions, "former", former.Name)
	return live, err
}

// errPartly says that not every partition was cut over.
var errPartly = errors.New("the cut-over was decided, but not every partition of this process could be cut over: start the process again, which goes on with it")

func (s *Successor) commitCut(ctx context.Context, c *cut, p int32, former *Candidate) error {
	if c.succession == nil {
		return errors.New("it is not prepared")
	}
	err := c.succession.Commit(ctx, &task.Former{AppID: former.AppID, Topics: former.Topics})
	if err != nil {
		// Whether it came to pass is known of the group's offsets alone.
		if is, lookErr := s.live.Changelog(ctx, p); lookErr == nil && is == s.Candidate.Topics.Changelog {
			s.log.Warn("the transaction of a cut-over was answered with an error, but came to pass", "partition", p, "error", err)
			err = nil
		}
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
	a.expires.Stop()
	a.live.stop()
	if err := a.live.Wait(); err != nil {
		s.log.Debug("the live worker of a cut-over that was given up", "error", err)
	}
	a.live.registered.undo()
	for p, c := range a.cuts {
		if err := c.close(); err != nil {
			s.log.Warn("close what was prepared of a cut-over", "partition", p, "error", err)
		}
	}
	s.log.Info("cut-over was given up: the live processes go on as before", "id", s.id)
}

// resume carries out a cut-over that was decided, and that this process, or one before it, was interrupted in.
func (s *Successor) resume(ctx context.Context, r *request) (*LiveWorker, error) {
	s.log.Info("going on with a cut-over that was decided", "id", r.ID)
	s.id = r.ID
	for s.Worker.Owned() == nil {
		if !wait.For(ctx, 100*time.Millisecond) {
			return nil, nil
		}
	}
	for _, do := range []func(context.Context) error{s.follow, s.prepare} {
		if err := do(ctx); err != nil {
			return nil, err
		}
	}
	return s.commit(ctx, r)
}
