package wait_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"sellerpulse/internal/wait"
)

func TestForWaitsNoLongerThanItsContext(t *testing.T) {
	for name, c := range map[string]struct {
		lasts, pause, took time.Duration
		whole              bool
	}{
		"as long as asked for": {time.Hour, time.Minute, time.Minute, true},
		"cut short":            {time.Minute, time.Hour, time.Minute, false},
	} {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), c.lasts)
			defer cancel()
			began := time.Now()
			if whole, took := wait.For(ctx, c.pause), time.Since(began); whole != c.whole || took != c.took {
				t.Errorf("%s: %v after %v, want %v after %v", name, whole, took, c.whole, c.took)
			}
		})
	}
}

func TestClosedWaitsNoLongerThanItsContext(t *testing.T) {
	for name, closes := range map[string]bool{"closed": true, "the context ended": false} {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
			defer cancel()
			closed := make(chan struct{})
			if closes {
				time.AfterFunc(time.Minute, func() { close(closed) })
			}
			if got := wait.Closed(ctx, closed); got != closes {
				t.Errorf("%s: %v", name, got)
			}
		})
	}
}
