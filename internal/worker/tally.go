package worker

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"sellerpulse/internal/engine"
	"sellerpulse/internal/task"
	"sellerpulse/internal/wait"
	"sellerpulse/pkg/events"
)

// tally counts what the tasks of this process have committed since it started, and warns of dead letters: of each reason at once, and then at
// most once an interval. What a transaction that failed held is not counted, for it comes again.
type tally struct {
	log      *slog.Logger
	topics   task.Topics
	clock    func() time.Time
	interval time.Duration

	mutex   sync.Mutex
	applied int64 // events
	alerts  int64
	letters map[events.DeadLetterReason]*letters
}

// letters is the dead letters of one reason.
type letters struct {
	total   int64
	pending int64     // not warned of yet
	first   string    // place of the first of these
	err     string    // of that one
	since   time.Time // when that one was committed
	warned  time.Time // when they were last warned of
}

func newTally(o *Options) *tally {
	return &tally{log: o.Logger, topics: o.Topics, clock: o.Clock, interval: o.DeadLetterInterval, letters: map[events.DeadLetterReason]*letters{}}
}

// commit counts what a commit made true: what was taken from the inputs, and what came of it.
func (t *tally) commit(partition int32, applied int, o *engine.Output) {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	now := t.clock()
	t.applied += int64(applied)
	t.alerts += int64(len(o.Alerts))
	for i := range o.DeadLetters {
		d := &o.DeadLetters[i]
		of := t.letters[d.Reason]
		if of == nil {
			of = new(letters)
			t.letters[d.Reason] = of
		}
		if of.pending == 0 {
			of.first, of.err, of.since = fmt.Sprintf("%s/%d@%d", t.topics.Inputs[d.Topic], partition, d.Offset), d.Err.Error(), now
		}
		of.total++
		of.pending++
		if d.Reason != events.Orphan { // Which was applied when it came.
			t.applied--
		}
	}
	t.warn(now, t.interval)
}

// warn warns of the dead letters of each reason that was not warned of for so long.
func (t *tally) warn(now time.Time, interval time.Duration) {
	for _, reason := range slices.Sorted(maps.Keys(t.letters)) {
		of := t.letters[reason]
		if of.pending == 0 || !of.warned.IsZero() && now.Sub(of.warned) < interval {
			continue
		}
		t.log.Warn("records went to the dead letters", "reason", string(reason), "count", of.pending, "within", now.Sub(of.since).Round(time.Millisecond),
			"first", of.first, "error", of.err, "remedy", task.RemedyOf(reason))
		of.warned, of.pending = now, 0
	}
}

// run warns, until ctx ends, of the dead letters that no commit follows soon.
func (t *tally) run(ctx context.Context) {
	for wait.For(ctx, t.interval) {
		t.flush(t.interval)
	}
}

func (t *tally) flush(interval time.Duration) {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	t.warn(t.clock(), interval)
}

// summarize logs what a bounded run came to.
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
