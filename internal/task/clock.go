package task

import (
	"time"

	"sellerpulse/pkg/events"
)

// leaderClock is the time by which windows of a partition slide for sellers of whom nothing comes: that of the broker which leads the
// partition's changelog. Each commit tells what it is; between two commits it goes on with this process's monotonic clock, so that nobody who
// sets this machine's clock, or another broker's, forward or back, moves a window. Where the changelog keeps the producer's times the wall
// clock of this machine has to do.
type leaderClock struct {
	leader events.Millis
	at     time.Time // of this machine, when it was that
}

// set notes the time that the leader put on a commit which ended just now; 0 where it put none.
func (c *leaderClock) set(leader events.Millis, now time.Time) {
	if leader > 0 {
		c.leader, c.at = leader, now
	}
}

func (c *leaderClock) now(now time.Time) events.Millis {
	if c.leader == 0 {
		return now.UnixMilli()
	}
	return c.leader + max(0, now.Sub(c.at).Milliseconds())
}
