package worker

import (
	"log/slog"
	"time"

	"sellerpulse/internal/task"

	"github.com/cenkalti/backoff/v5"
)

// retries spaces the tries of something that may pass, and logs an outage and its end once each; a failure likewise.
type retries struct {
	log   *slog.Logger
	what  string
	clock func() time.Time

	soon  *backoff.ExponentialBackOff
	since time.Time // of the outage; zero without one
	count int

	slowly  *backoff.ExponentialBackOff
	slowest time.Duration
	failure *task.Failure // nil without one
}

func newRetries(log *slog.Logger, what string, o *Options) *retries {
	r := &retries{log: log, what: what, clock: o.Clock, soon: backoff.NewExponentialBackOff(), slowly: backoff.NewExponentialBackOff()}
	r.soon.InitialInterval, r.soon.MaxInterval = 50*time.Millisecond, 5*time.Second
	r.slowly.InitialInterval, r.slowly.MaxInterval, r.slowest = min(time.Second, o.slowest), o.slowest, o.slowest
	return r
}

// interrupted notes an outage, and says how long to wait before the next try.
func (r *retries) interrupted(err error) time.Duration {
	if r.count++; r.since.IsZero() {
		r.since = time.Now()
		r.log.Warn(r.what+" is interrupted: trying again until it can go on", "error", err)
	} else {
		r.log.Debug(r.what+" is still interrupted", "error", err, "tries", r.count)
	}
	return r.soon.NextBackOff()
}

// failed notes a failure, logs it if it is another than before, and says how long to wait before the next try.
func (r *retries) failed(f *task.Failure) time.Duration {
	before, wait := r.failure, min(r.slowly.NextBackOff(), r.slowest)
	r.failure = f
	if f.Since, f.Tries = r.clock(), 1; before != nil {
		f.Since, f.Tries = before.Since, before.Tries+1
	}
	if before != nil && before.Error() == f.Error() {
		r.log.Debug(r.what+" fails again", "error", f.Err, "tries", f.Tries)
		return wait
	}
	attributes := []any{"at", f.At, "error", f.Err, "remedy", f.Remedy}
	if panicked, ok := f.Panic(); ok {
		attributes = append(attributes, "stack", string(panicked.Stack))
	}
	r.log.Error(r.what+" failed: trying again slowly, all other partitions go on", attributes...)
	return wait
}

// resumed notes that an outage is over.
func (r *retries) resumed() {
	if !r.since.IsZero() {
		r.log.Info(r.what+" goes on", "interrupted", time.Since(r.since).Round(time.Millisecond), "tries", r.count)
	}
	r.since, r.count = time.Time{}, 0
	r.soon.Reset()
}

// recovered notes that a failure is over, and tells whether there was one.
func (r *retries) recovered() bool {
	if r.failure == nil {
		return false
	}
	r.log.Info(r.what+" recovered", "failed", r.clock().Sub(r.failure.Since).Round(time.Millisecond), "tries", r.failure.Tries, "at", r.failure.At)
	r.failure = nil
	r.slowly.Reset()
	return true
}
