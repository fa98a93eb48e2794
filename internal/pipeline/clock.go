package pipeline

import (
	"time"

	"sellerpulse/pkg/events"
)

// leaderClock is the time by which windows of a partition slide for sellers of whom nothing comes: that of the broker which leads the
// partition's changelog. Each commit tells what it is; between two commits it goes on with this process's monotonic clock, so that nobody who
// sets this machine's clock, or another broker's, forward or back, moves a window. Where the changelog keeps the producer's times the wall
// clock of this machine has to do.
type leaderClock struct {
	told events.Millis
	at   time.Time // of this machine, when it was told
}

// tell notes the time that the leader put on a commit which ended just now; 0 where it put none.
func (c *leaderClock) tell(told events.Millis, now time.Time) {
	if told > 0 {
		c.told, c.at = told, now
	}
}

func (c *leaderClock) now(now time.Time) events.Millis {
	if c.told == 0 {
		return now.UnixMilli()
	}
	return c.told + max(0, now.Sub(c.at).Milliseconds())
}
