package pipeline

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"sellerpulse/internal/engine"
	"sellerpulse/pkg/events"
)

// tally counts what the tasks of this process have committed since it started, and tells of dead letters: of each reason at once, and then at
// most once an interval. What a transaction that failed held is not counted, for it comes again.
type tally struct {
	log      *slog.Logger
	clock    func() time.Time
	interval time.Duration

	mutex   sync.Mutex
	applied int64 // events
	alerts  int64
	letters map[events.DeadLetterReason]*letters
}

// letters is the dead letters of one reason.
type letters struct {
	total  int64
	untold int64
	first  string    // place of the first untold one
	err    string    // of that one
	since  time.Time // when that one was committed
	told   time.Time // when one was last told of
}

func newTally(o *Options) *tally {
	return &tally{log: o.Logger, clock: o.Clock, interval: o.DeadLetterInterval, letters: map[events.DeadLetterReason]*letters{}}
}

// commit counts what a commit made true: what was taken from the inputs, and what came of it.
func (t *tally) commit(taken int, o *engine.Output, topics *Topics, partition int32) {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	now := t.clock()
	t.applied += int64(taken)
	t.alerts += int64(len(o.Alerts))
	for i := range o.DeadLetters {
		d := &o.DeadLetters[i]
		of := t.letters[d.Reason]
		if of == nil {
			of = new(letters)
			t.letters[d.Reason] = of
		}
		if of.untold == 0 {
			of.first, of.err, of.since = fmt.Sprintf("%s/%d@%d", topics.Inputs[d.Topic], partition, d.Offset), d.Err.Error(), now
		}
		of.total++
		of.untold++
		if d.Reason != events.Orphan { // Which was applied when it came.
			t.applied--
		}
	}
	t.tell(now, t.interval)
}

// tell tells of the dead letters of each reason that was not told of for so long.
func (t *tally) tell(now time.Time, interval time.Duration) {
	for _, reason := range slices.Sorted(maps.Keys(t.letters)) {
		of := t.letters[reason]
		if of.untold == 0 || !of.told.IsZero() && now.Sub(of.told) < interval {
			continue
		}
		t.log.Warn("records went to the dead letters", "reason", string(reason), "count", of.untold, "within", now.Sub(of.since).Round(time.Millisecond),
			"first", of.first, "error", of.err, "remedy", remedyOf(reason))
		of.told, of.untold = now, 0
	}
}

// run tells, until ctx ends, of the dead letters that no commit follows soon.
func (t *tally) run(ctx context.Context) {
	for sleep(ctx, t.interval) {
		t.tellUntold(t.interval)
	}
}

func (t *tally) tellUntold(interval time.Duration) {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	t.tell(t.clock(), interval)
}

// summarize tells what a bounded run came to.
func (t *tally) summarize() {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	total, reasons := int64(0), []any{}
	for _, reason := range slices.Sorted(maps.Keys(t.letters)) {
		total += t.letters[reason].total
		reasons = append(reasons, slog.Int64(string(reason), t.letters[reason].total))
	}
	t.log.Info("read to the end", "events_applied", t.applied, "alerts", t.alerts, "dead_letters", total, slog.Group("reasons", reasons...))
}
