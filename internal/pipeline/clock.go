package pipeline

import (
	"sync"
	"time"

	"sellerpulse/pkg/events"
)

// brokerClock is the time by which windows slide for sellers of whom nothing comes: that of the brokers, who also stamp the events. A commit
// tells what it is; between two commits it goes on with this process's monotonic clock, so that nobody who sets this machine's clock, forward
// or back, moves a window. Where the changelog keeps the producer's times the wall clock of this machine has to do.
type brokerClock struct {
	mutex sync.Mutex
	told  events.Millis
	at    time.Time // of this machine, when it was told
}

// tell notes the time that a broker put on a commit which ended just now.
func (c *brokerClock) tell(told events.Millis, now time.Time) {
	if told <= 0 {
		return
	}
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.told, c.at = told, now
}

func (c *brokerClock) now(now time.Time) events.Millis {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if c.told == 0 {
		return now.UnixMilli()
	}
	return c.told + max(0, now.Sub(c.at).Milliseconds())
}
