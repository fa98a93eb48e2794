package intake

import "sync/atomic"

// Carried is what this process has committed.
type Carried struct{ Records, Events, DeadLetters int64 }

// tally counts what is committed, by any unit.
type tally struct{ records, events, letters atomic.Int64 }

func (t *tally) add(b *batch) {
	t.records.Add(int64(b.records))
	t.events.Add(int64(b.events))
	for _, n := range b.letters {
		t.letters.Add(int64(n))
	}
}

// Carried tells what this process has committed so far; for any goroutine.
func (in *Intake) Carried() Carried {
	return Carried{in.tally.records.Load(), in.tally.events.Load(), in.tally.letters.Load()}
}
