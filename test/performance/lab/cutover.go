package lab

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// CutOver measures for how long partitions rest while a candidate takes the place of the program, which works on live events.
func (r *Run) CutOver(ctx context.Context, o LiveOptions) (figures map[string]float64, err error) {
	c, err := r.candidate()
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, c.end()) }()
	l, err := r.live(ctx, o, func() error {
		if err := c.start(); err != nil {
			return err
		}
		_, _, err := c.follow(ctx, 0)
		return err
	})
	if err != nil {
		return nil, err
	}
	defer l.end()
	seen := r.watchHandOvers(ctx)
	defer seen.end()
	begun := time.Now()
	var told struct {
		Pause       time.Duration `json:"pause_ns"`
		Differences struct{ Rules, Alerts int64 }
	}
	command, err := r.call(ctx, &told, "backfill cut-over "+candidateName, "--output", "json")
	if err != nil {
		return nil, err
	}
	rest, err := seen.await()
	if err == nil {
		err = c.pass(ctx, o.Measure) // The former process is refused by now: its rules are others.
	}
	if err != nil {
		return nil, err
	}
	to := time.Now()
	if err := l.settle(ctx); err != nil {
		return nil, err
	}
	return map[string]float64{
		"rest": milliseconds(rest), "told": milliseconds(told.Pause), "longest": l.alerts.figures(begun, to)["max"], "before": l.alerts.figures(l.traffic.start, begun)["max"],
		"seconds": command.lasted.Seconds(), "rules": float64(told.Differences.Rules), "alerts": float64(told.Differences.Alerts),
	}, nil
}

// handOvers watches, from outside, a group whose offsets come to name another changelog.
type handOvers struct {
	cancel context.CancelFunc
	ended  chan struct{}
	rest   time.Duration
	err    error
}

// advance is when a partition's offsets were last seen to have moved, and which changelog they named.
type advance struct {
	at      time.Time
	records int64
	mark    string
	over    bool // they name another than in the beginning
}

// watchHandOvers begins to watch. It ends by itself once every partition has moved on under another changelog.
func (r *Run) watchHandOvers(ctx context.Context) *handOvers {
	h := &handOvers{ended: make(chan struct{})}
	ctx, h.cancel = context.WithCancel(ctx)
	go func() {
		defer close(h.ended)
		seen := make([]advance, r.topics.Partitions)
		h.err = r.lab.poll(ctx, waiting("the cut-over has come in every partition"), handOverInterval, func() (bool, error) {
			return h.look(ctx, r, seen)
		})
	}()
	return h
}

// handOverInterval is how exactly the rest of a partition is measured.
const handOverInterval = 5 * time.Millisecond

// look looks once, and tells whether all has been seen.
func (h *handOvers) look(ctx context.Context, r *Run, seen []advance) (over bool, err error) {
	offsets, err := r.lab.admin.FetchOffsets(ctx, r.group)
	if err != nil {
		return false, fmt.Errorf("fetch offsets of %s: %w", r.group, err)
	}
	now := make([]advance, len(seen))
	for _, offset := range offsets.Sorted() {
		at := &now[offset.Partition]
		at.records += offset.At
		at.mark = offset.Metadata
	}
	over = true
	for p := range seen {
		h.compare(&seen[p], &now[p], time.Now())
		over = over && seen[p].over
	}
	return over, nil
}

// compare notes a partition that has moved on.
func (h *handOvers) compare(last, now *advance, at time.Time) {
	if last.over || now.records <= last.records {
		return
	}
	now.at, now.over = at, last.mark != "" && now.mark != last.mark
	if now.over {
		h.rest = max(h.rest, at.Sub(last.at))
	}
	*last = *now
}

// await waits until all has been seen, and tells for how long the partition rested that did so longest: from the last commit of the former state to
// the first of the new one with records that are new.
func (h *handOvers) await() (time.Duration, error) {
	<-h.ended
	return h.rest, h.err
}

// end ends the watching; it may be called again.
func (h *handOvers) end() {
	h.cancel()
	<-h.ended
}
