package pipeline

import (
	"log/slog"
	"time"

	"github.com/cenkalti/backoff/v5"
)

// tries spaces the tries of something that may pass, and tells of an outage and of its end once each.
type tries struct {
	log   *slog.Logger
	what  string
	pause *backoff.ExponentialBackOff
	since time.Time // of the outage; zero without one
	count int
}

func newTries(log *slog.Logger, what string) *tries {
	pause := backoff.NewExponentialBackOff()
	pause.InitialInterval, pause.MaxInterval = 50*time.Millisecond, 5*time.Second
	return &tries{log: log, what: what, pause: pause}
}

// failed notes a failure, and says how long to wait before the next try.
func (t *tries) failed(err error) time.Duration {
	if t.count++; t.since.IsZero() {
		t.since = time.Now()
		t.log.Warn(t.what+" is interrupted: trying again until it can go on", "error", err)
	} else {
		t.log.Debug(t.what+" is still interrupted", "error", err, "tries", t.count)
	}
	return t.pause.NextBackOff()
}

// succeeded notes that it goes on.
func (t *tries) succeeded() {
	if !t.since.IsZero() {
		t.log.Info(t.what+" goes on", "interrupted", time.Since(t.since).Round(time.Millisecond), "tries", t.count)
	}
	t.since, t.count = time.Time{}, 0
	t.pause.Reset()
}
