package task

import (
	"log/slog"
	"testing"
	"time"

	"sellerpulse/internal/stream"
	"sellerpulse/test/enginetest"
)

const (
	waits = "input waits for a producer's open transaction: end that producer, or its transaction with kafka-transactions.sh; the broker aborts it after the producer's transaction.timeout.ms"
	ends  = "input goes on: the open transaction has ended"
)

func TestALongBlockageIsToldOnceAndItsEnd(t *testing.T) {
	log := enginetest.NewLines()
	var b blockage
	start := time.UnixMilli(0)
	for _, step := range []struct {
		after        time.Duration
		from         int64
		waiting      int64
		waits, going int // lines said by then
	}{
		{0, 7, 0, 0, 0},
		{time.Second, 7, 5, 0, 0},
		{5 * time.Second, 12, 0, 0, 0}, // a transaction as any
		{6 * time.Second, 12, 5, 0, 0},
		{15 * time.Second, 20, 9, 0, 0}, // another one
		{24 * time.Second, 20, 9, 0, 0},
		{25 * time.Second, 20, 9, 1, 0},
		{60 * time.Second, 20, 99, 1, 0},
		{61 * time.Second, 120, 3, 1, 1}, // it ended, and another one is open
		{62 * time.Second, 130, 0, 1, 1},
	} {
		b.observe(slog.New(log), start.Add(step.after), step.from, step.waiting)
		if log.Of(waits) != step.waits || log.Of(ends) != step.going {
			t.Errorf("after %v: said %d and %d times, want %d and %d", step.after, log.Of(waits), log.Of(ends), step.waits, step.going)
		}
	}
}

// While a log is being caught up with, it is not what is open at its end that holds it back.
func TestOnlyWhatWasReadToTheLastStableOffsetIsBlocked(t *testing.T) {
	var q queue
	for _, step := range []struct{ next, lastStable, end, blocked int64 }{{10, 50, 60, 0}, {50, 50, 60, 10}, {60, 80, 90, 0}, {90, 90, 90, 0}} {
		if q.add(stream.Chunk{Next: step.next, LastStable: step.lastStable, End: step.end}, false); q.blocked != step.blocked {
			t.Errorf("read up to %d of %d: %d records are blocked, want %d", step.next, step.lastStable, q.blocked, step.blocked)
		}
	}
}
