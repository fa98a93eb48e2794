package backfill

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"sellerpulse/internal/engine"
	"sellerpulse/internal/panics"
	"sellerpulse/internal/state"
	"sellerpulse/internal/stream"
	"sellerpulse/internal/task"
	"sellerpulse/internal/wait"
	"sellerpulse/internal/worker"
	"sellerpulse/pkg/events"
)

// SuccessorOptions are what a process of a candidate needs to make its state the live one.
type SuccessorOptions struct {
	Client    *stream.Client
	Candidate *Candidate
	Control   *Control
	Worker    *worker.Worker // of the candidate
	Live      worker.Options // of the live application, in this process

	// Ruled is the rules by which the live application goes, where these are those that were applied to it; nil else. What it gives is nil for those of Live.
	Ruled func() *task.Ruled

	Directory string // of the state, in which a folder is kept of what is followed of the live one
	Patience  Patience
	Logger    *slog.Logger
}

// Patience is how long is waited while partitions rest. The zero value of each is its default.
type Patience struct {
	Live     time.Duration // for live processes: to give a partition, and to get as far as the candidate
	Decision time.Duration // for the decision, once a process has prepared
}

// Successor does in a process of a candidate what a cut-over asks for.
type Successor struct {
	SuccessorOptions
	log *slog.Logger

	id         string // of the cut-over that is under way
	db         *state.DB
	live       *task.Environment
	partitions []int32
	mutex      sync.Mutex // of standings
	standings  map[int32]*task.Standings
	attempt    *attempt // nil where nothing is prepared
}

// rest is how long partitions of the live application may rest for another cut-over that is given up.
func (p Patience) rest() time.Duration { return p.Live + p.Decision }

// Defaults of Patience.
const (
	livePatience     = 15 * time.Second
	decisionPatience = 15 * time.Second
)

// NewSuccessor makes one.
func NewSuccessor(o SuccessorOptions) *Successor {
	o.Patience.Live, o.Patience.Decision = cmp.Or(o.Patience.Live, livePatience), cmp.Or(o.Patience.Decision, decisionPatience)
	return &Successor{SuccessorOptions: o, log: o.Logger, standings: map[int32]*task.Standings{}}
}

// Run does what is asked for until ctx ends or the candidate's worker is gone, or the state has become the live one: then it gives the worker of the
// live application, which runs already, and by which the process goes on until ctx ends.
func (s *Successor) Run(ctx context.Context, gone <-chan struct{}) (live *LiveWorker, err error) {
	ctx, end := context.WithCancel(ctx) // What is done to partitions ends with the worker whose they are.
	defer end()
	go func() {
		wait.Closed(ctx, gone)
		end()
	}()
	defer func() {
		if live == nil {
			err = errors.Join(err, s.forget())
		}
	}()
	values, next, err := s.Control.Read(ctx)
	if err != nil {
		return nil, err
	}
	requests := make(chan request)
	follow, stop := context.WithCancel(ctx)
	var listening errgroup.Group
	defer func() {
		stop()
		_ = listening.Wait() // Its error was given.
	}()
	failed := make(chan error, 1)
	listening.Go(func() error {
		failed <- panics.Survive(func() error { return s.listen(follow, next, requests) })
		return nil
	})
	if r, err := decodeRequest(values[requestKey]); err == nil {
		if live, err := s.goOn(ctx, &r); live != nil || err != nil {
			return live, err
		}
	}
	for {
		var decision <-chan time.Time
		if s.attempt != nil {
			decision = s.attempt.expires.C
		}
		select {
		case r := <-requests:
			live, err := s.finish(ctx, &r)
			if live != nil || err != nil {
				return live, err
			}
		case <-decision:
			s.log.Warn("cut-over is given up: it was not decided in time", "id", s.id)
			s.abandon()
		case err := <-failed:
			return nil, err
		case <-ctx.Done():
			return nil, nil
		}
	}
}

// goOn goes on with the last request that there was before this process, if it was decided. Else whoever asked need not wait any more.
func (s *Successor) goOn(ctx context.Context, r *request) (*LiveWorker, error) {
	if r.Step == stepCommit {
		return s.finish(ctx, r)
	}
	return nil, s.answer(ctx, &answer{ID: r.ID, Step: r.Step, Error: "a process of the candidate was started meanwhile: try again once it works"})
}

// finish does one step. After the last, or where it cannot go on, nothing is left open.
func (s *Successor) finish(ctx context.Context, r *request) (*LiveWorker, error) {
	live, err := s.carryOut(ctx, r)
	if live != nil {
		err = errors.Join(err, s.forget())
	}
	return live, err
}

// listen hands requests on as they come. What cannot be read is passed over: it is of another version.
func (s *Successor) listen(ctx context.Context, from int64, requests chan<- request) error {
	err := s.Control.Follow(ctx, from, func(key string, value []byte) error {
		if key != requestKey && key != abandonKey {
			return nil
		}
		r, err := decodeRequest(value)
		if err != nil {
			s.log.Warn("a request of the control topic cannot be read", "error", err)
			return nil
		}
		select {
		case requests <- r:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	})
	if ctx.Err() != nil {
		return nil
	}
	return err
}

func decodeRequest(value []byte) (r request, err error) {
	if err := json.Unmarshal(value, &r); err != nil {
		return r, err
	}
	if r.ID == "" {
		return r, errors.New("it has no id")
	}
	return r, nil
}

// carryOut does one step, and gives the live worker if the state has become the live one. Its error is one after which the process cannot go on.
func (s *Successor) carryOut(ctx context.Context, r *request) (*LiveWorker, error) {
	s.log.Info("cut-over", "id", r.ID, "step", r.Step)
	if r.Step == stepCommit {
		return s.decided(ctx, r)
	}
	if r.ID != s.id && r.Step != stepFollow {
		return nil, nil // One that began before this process did, which has no part in it.
	}
	var err error
	switch r.Step {
	case stepFollow:
		s.abandon()
		if !s.Worker.AwaitGroup(ctx) {
			return nil, nil
		}
		s.id, s.partitions = r.ID, s.Worker.Owned()
		err = s.follow(ctx)
	case stepCompare:
		err = s.compare(ctx)
	case stepPrepare:
		err = s.prepare(ctx)
	case stepAbandon:
		s.abandon()
	}
	if err != nil {
		s.log.Warn("cut-over", "id", r.ID, "step", r.Step, "error", err)
	}
	return nil, nil
}

// open opens what is followed of the live state.
func (s *Successor) open(ctx context.Context) error {
	if s.db == nil {
		db, err := state.Open(state.Options{
			Directory: filepath.Join(s.Directory, "live"), Owner: "standings beside " + s.Candidate.AppID, Logger: s.log, CacheBytes: 8 << 20, MemTablesBytes: 16 << 20,
		})
		if err != nil {
			return err
		}
		s.db = db
	}
	options := s.Live.Options
	options.State, options.Registerer, options.ReplacesLost = s.db, nil, true
	live, err := task.NewEnvironment(ctx, options, quiet{})
	if err != nil {
		return fmt.Errorf("the live application: %w", err)
	}
	s.live = live
	return nil
}

// quiet observes nothing: what is followed is no task.
type quiet struct{}

func (quiet) Update(int32, func(*task.Status))     {}
func (quiet) Committed(int32, int, *engine.Output) {}

// forget closes what was opened.
func (s *Successor) forget() (err error) {
	s.abandon()
	for p, standings := range s.standings {
		err = errors.Join(err, standings.Close())
		delete(s.standings, p)
	}
	if s.db != nil {
		err = errors.Join(err, s.db.Close())
		s.db = nil
	}
	return err
}

// follow follows the live state of each partition until little is left, and says so.
func (s *Successor) follow(ctx context.Context) error {
	if err := s.open(ctx); err != nil {
		return s.answerAll(ctx, stepFollow, err)
	}
	return s.each(ctx, stepFollow, func(ctx context.Context, p int32, a *answer) error {
		standings, err := s.followLive(ctx, p)
		if err != nil {
			return err
		}
		if a.Live, err = liveStateOf(standings); err != nil {
			return err
		}
		return s.did(p, task.Followed)
	})
}

// followLive follows the live changelog of a partition, or what was published if that is lost.
func (s *Successor) followLive(ctx context.Context, p int32) (*task.Standings, error) {
	has, err := begun(ctx, s.Client, s.Candidate, p) // What was read by now is in the changelog, or lost.
	if err != nil {
		return nil, err
	}
	told := time.Now()
	behind := func(behind int64) {
		if now := time.Now(); now.Sub(told) > time.Second {
			told = now
			s.log.Info("following the live state", "partition", p, "behind", behind)
			_ = s.answer(ctx, &answer{ID: s.id, Step: stepFollow, Partition: p, Behind: behind}) // The last answer counts.
		}
	}
	any := func(*state.Clock) bool { return true }
	standings, err := s.renewStandings(ctx, p)
	if err == nil {
		err = standings.Follow(ctx, any, behind)
	}
	if !has || !task.IsLost(err) {
		return standings, err
	}
	s.log.Warn("the live changelog is lost: where sellers stand is read from alerts and reports", "partition", p, "error", err)
	if standings, err = s.lostStandings(ctx, p); err != nil {
		return nil, err
	}
	return standings, standings.Follow(ctx, any, behind)
}

func (s *Successor) did(p int32, step task.Step) error { return s.Live.Hooks.Did(p, step) }

func liveStateOf(standings *task.Standings) (*liveState, error) {
	if standings.Lost() {
		return &liveState{Changelog: standings.Changelog(), Lost: true}, nil
	}
	settings, err := standings.Settings()
	if err != nil {
		return nil, err
	}
	live := &liveState{Changelog: standings.Changelog(), Zone: settings.Zone, RetentionDays: settings.Retention, HistoryDays: settings.History}
	for _, name := range slices.Sorted(maps.Keys(settings.Rules)) {
		live.Rules = append(live.Rules, settings.Rules[name])
	}
	for i := range events.NumTopics {
		live.Inputs = append(live.Inputs, settings.Topics[i.String()].Name)
	}
	return live, nil
}

// renewStandings opens what is followed of a partition, unless it is open; anew where another changelog has become the live state, or that was lost.
func (s *Successor) renewStandings(ctx context.Context, p int32) (*task.Standings, error) {
	is, err := s.live.Changelog(ctx, p)
	if err != nil {
		return nil, err
	}
	if standings, err := s.standingsOf(p); err == nil && standings.Changelog() == is && !standings.Lost() {
		return standings, nil
	}
	return s.replaceStandings(p, func() (*task.Standings, error) { return s.live.FollowStandings(ctx, p) })
}

// lostStandings opens what was published of a partition whose changelog is lost.
func (s *Successor) lostStandings(ctx context.Context, p int32) (*task.Standings, error) {
	is, err := s.live.Changelog(ctx, p)
	if err != nil {
		return nil, err
	}
	return s.replaceStandings(p, func() (*task.Standings, error) {
		return s.live.LostStandings(p, is, func(of *state.Standings) task.StandingsSource { return newPublished(s.live, p, of) })
	})
}

func (s *Successor) replaceStandings(p int32, open func() (*task.Standings, error)) (*task.Standings, error) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if standings := s.standings[p]; standings != nil {
		delete(s.standings, p)
		if err := standings.Close(); err != nil {
			return nil, err
		}
	}
	standings, err := open()
	if err == nil {
		s.standings[p] = standings
	}
	return standings, err
}

// standingsOf is what is followed of a partition.
func (s *Successor) standingsOf(p int32) (*task.Standings, error) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if standings := s.standings[p]; standings != nil {
		return standings, nil
	}
	return nil, fmt.Errorf("the live state of partition %d is not followed", p)
}

// each does something for each partition of this process at the same time, and answers for each. Its error is that of an answer.
func (s *Successor) each(ctx context.Context, of step, do func(ctx context.Context, p int32, a *answer) error) error {
	var all errgroup.Group
	for _, p := range s.partitions {
		all.Go(func() error {
			a := answer{ID: s.id, Step: of, Partition: p, Done: true}
			if err := panics.Survive(func() error { return do(ctx, p, &a) }); err != nil {
				a.Error = err.Error()
				s.log.Warn("cut-over", "id", s.id, "step", of, "partition", p, "error", err)
			}
			return s.answer(ctx, &a)
		})
	}
	return all.Wait()
}

func (s *Successor) answer(ctx context.Context, a *answer) error {
	return s.Control.Write(ctx, answerKey(a.Partition), a)
}

// answerAll says of all partitions why there is nothing to be done. Its error is that of an answer.
func (s *Successor) answerAll(ctx context.Context, of step, why error) error {
	return s.each(ctx, of, func(context.Context, int32, *answer) error { return why })
}
