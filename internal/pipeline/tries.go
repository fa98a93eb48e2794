package pipeline

import (
	"log/slog"
	"time"

	"github.com/cenkalti/backoff/v5"
)

// tries spaces the tries of something that may pass, and tells of an outage and of its end once each; so it does of a failure.
type tries struct {
	log   *slog.Logger
	what  string
	clock func() time.Time

	soon  *backoff.ExponentialBackOff
	since time.Time // of the outage; zero without one
	count int

	slowly  *backoff.ExponentialBackOff
	slowest time.Duration
	failure *Failure // nil without one
}

func newTries(log *slog.Logger, what string, o *Options) *tries {
	t := &tries{log: log, what: what, clock: o.Clock, soon: backoff.NewExponentialBackOff(), slowly: backoff.NewExponentialBackOff()}
	t.soon.InitialInterval, t.soon.MaxInterval = 50*time.Millisecond, 5*time.Second
	t.slowly.InitialInterval, t.slowly.MaxInterval, t.slowest = min(time.Second, o.slowest), o.slowest, o.slowest
	return t
}

// interrupted notes an outage, and says how long to wait before the next try.
func (t *tries) interrupted(err error) time.Duration {
	if t.count++; t.since.IsZero() {
		t.since = time.Now()
		t.log.Warn(t.what+" is interrupted: trying again until it can go on", "error", err)
	} else {
		t.log.Debug(t.what+" is still interrupted", "error", err, "tries", t.count)
	}
	return t.soon.NextBackOff()
}

// failed notes a failure, tells of it if it is another than before, and says how long to wait before the next try.
func (t *tries) failed(f *Failure) time.Duration {
	before, wait := t.failure, min(t.slowly.NextBackOff(), t.slowest)
	t.failure = f
	if f.Since, f.Tries = t.clock(), 1; before != nil {
		f.Since, f.Tries = before.Since, before.Tries+1
	}
	if before != nil && before.Error() == f.Error() {
		t.log.Debug(t.what+" fails again", "error", f.Err, "tries", f.Tries)
		return wait
	}
	attributes := []any{"at", f.At, "error", f.Err, "remedy", f.Remedy}
	if panicked, ok := f.panicked(); ok {
		attributes = append(attributes, "stack", string(panicked.Stack))
	}
	t.log.Error(t.what+" failed: trying again slowly, all other partitions go on", attributes...)
	return wait
}

// goesOn notes that an outage is over.
func (t *tries) goesOn() {
	if !t.since.IsZero() {
		t.log.Info(t.what+" goes on", "interrupted", time.Since(t.since).Round(time.Millisecond), "tries", t.count)
	}
	t.since, t.count = time.Time{}, 0
	t.soon.Reset()
}

// recovered notes that a failure is over, and tells whether there was one.
func (t *tries) recovered() bool {
	if t.failure == nil {
		return false
	}
	t.log.Info(t.what+" recovered", "failed", t.clock().Sub(t.failure.Since).Round(time.Millisecond), "tries", t.failure.Tries, "at", t.failure.At)
	t.failure = nil
	t.slowly.Reset()
	return true
}
