package task

import (
	"testing"
	"time"
)

func TestLeaderClock(t *testing.T) {
	var c leaderClock
	now := time.UnixMilli(1_000_000)
	if got := c.now(now); got != 1_000_000 {
		t.Errorf("before anything was told: %d, want the wall clock", got)
	}
	c.set(0, now) // A topic that keeps the producer's times.
	if got := c.now(now); got != 1_000_000 {
		t.Errorf("after nothing was told: %d, want the wall clock", got)
	}
	c.set(5_000, now)
	if got := c.now(now.Add(time.Second)); got != 6_000 {
		t.Errorf("a second after it was told: %d, want 6,000", got)
	}
	if got := c.now(now.Add(-time.Hour)); got != 5_000 {
		t.Errorf("a clock that goes back: %d, want 5,000", got)
	}
}
