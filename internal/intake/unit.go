package intake

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/cenkalti/backoff/v5"

	"sellerpulse/internal/panics"
	"sellerpulse/internal/stream"
	"sellerpulse/internal/throughput"
	"sellerpulse/internal/wait"
)

// unit is this process's part in one partition of the sources: a goroutine that works on it while the group gives it.
type unit struct {
	intake    *Intake
	partition int32
	log       *slog.Logger

	mutex      sync.Mutex
	generation *stream.Generation // that gives it to this process; nil where it does not
	changed    chan struct{}      // closed by the next generation
	failure    error              // of the last try, nil once it works
	since      time.Time          // when it first failed
	tries      int                // that failed one after the other

	sources     []SourceStatus
	committedAt time.Time
	lastMinute  throughput.Minute // records
}

func newUnit(in *Intake, partition int32) *unit {
	return &unit{intake: in, partition: partition, log: in.options.Logger.With("group", in.group, "partition", partition), changed: make(chan struct{})}
}

// give tells the unit that a generation gives it to this process, or with nil that it does not.
func (u *unit) give(g *stream.Generation) {
	u.mutex.Lock()
	defer u.mutex.Unlock()
	u.generation = g
	close(u.changed)
	u.changed = make(chan struct{})
}

func (u *unit) current() (*stream.Generation, <-chan struct{}) {
	u.mutex.Lock()
	defer u.mutex.Unlock()
	return u.generation, u.changed
}

func (u *unit) owned() bool {
	g, _ := u.current()
	return g != nil
}

// confirm returns whether the group says that the unit is this process's. One that was stopped for long, and has not heard of it, must not fence the owner.
func (u *unit) confirm(ctx context.Context) (bool, error) {
	for {
		g, changed := u.current()
		if g == nil {
			return false, nil
		}
		err := g.Confirm(ctx)
		if !errors.Is(err, stream.ErrSuperseded) {
			return err == nil, err
		}
		if !wait.Closed(ctx, changed) {
			return false, ctx.Err()
		}
	}
}

// slowest is the longest wait before another try.
const slowest = 30 * time.Second

// run works on the unit whenever it is this process's, until ctx ends. After an error it tries again: soon at first, then more and more slowly.
func (u *unit) run(ctx context.Context) {
	pause := backoff.NewExponentialBackOff()
	pause.InitialInterval, pause.MaxInterval = 50*time.Millisecond, slowest
	for ctx.Err() == nil {
		g, changed := u.current()
		if g == nil {
			wait.Closed(ctx, changed)
			continue
		}
		err := panics.Survive(func() error { return u.work(ctx, pause.Reset) })
		switch {
		case err == nil || ctx.Err() != nil:
			u.fail(nil)
		case errors.Is(err, stream.ErrFenced) && !u.owned():
			u.log.Info("source partition was handed over")
		default:
			u.fail(err)
			wait.For(ctx, pause.NextBackOff())
		}
	}
}

// work is one try, until the unit is not this process's any more, ctx ends, or other topics are to be read.
func (u *unit) work(ctx context.Context, committed func()) error {
	if ok, err := u.confirm(ctx); err != nil || !ok {
		return err
	}
	w := &work{unit: u, intake: u.intake, sources: u.intake.sources.Load(), committed: func() {
		committed()
		u.fail(nil)
	}}
	if err := w.open(ctx); err != nil {
		return err
	}
	return w.run(ctx)
}

// lastingTries is how often what fails is tried, for some seconds, until it counts as what trying again soon does not heal: a person must look at it, and
// a bounded run ends.
const lastingTries = 10

// fail notes that the last try failed, and logs it if it is another error than before, or does not heal; nil: it works.
func (u *unit) fail(err error) {
	u.mutex.Lock()
	defer u.mutex.Unlock()
	before := u.failure
	u.failure = err
	if err == nil {
		if before != nil {
			u.log.Info("source partition goes on", "tries", u.tries)
		}
		u.tries = 0
		return
	}
	if before == nil {
		u.since = u.intake.options.Clock()
	}
	switch u.tries++; {
	case u.tries == lastingTries && u.lasts():
		u.log.Error("source partition cannot be carried over: trying again slowly until it can go on", "error", err)
	case before == nil || before.Error() != err.Error():
		u.log.Warn("source partition is interrupted: trying again until it can go on", "error", err)
	}
}

// lasts is whether the failure does; the mutex is held.
func (u *unit) lasts() bool {
	return u.failure != nil && u.tries >= lastingTries && !errors.Is(u.failure, stream.ErrUnreachable)
}

// failed is why the unit has failed for good, as far as a bounded run goes.
func (u *unit) failed() error {
	u.mutex.Lock()
	defer u.mutex.Unlock()
	if u.lasts() {
		return u.failure
	}
	return nil
}
