package main

import (
	"context"
	"fmt"
	"time"

	"sellerpulse/internal/backfill"
	"sellerpulse/internal/stream"
	"sellerpulse/internal/wait"
	"sellerpulse/internal/worker"
)

const (
	lookInterval    = time.Second     // between two looks at how far a candidate is
	catchUpInterval = 5 * time.Second // between two lines of the log about it, and the time over which its rate is taken
)

// catchUp tells how far a candidate is, all of its processes together, until it has caught up: on a terminal as it goes, else in the log.
type catchUp struct {
	session   *session
	client    *stream.Client
	candidate *backfill.Candidate
	described *backfill.Description
	seen      []*backfill.Progress // in the last catchUpInterval
	logged    time.Time
	near      bool // It had caught up at the last look.
}

func (s *session) catchUp(client *stream.Client, c *backfill.Candidate, d *backfill.Description) *catchUp {
	return &catchUp{session: s, client: client, candidate: c, described: d}
}

// watch is a watch.
func (u *catchUp) watch(ctx context.Context, status *worker.Status) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	stopped := make(chan struct{})
	go func() {
		defer close(stopped)
		for wait.For(ctx, lookInterval) && !u.look(ctx, status) {
		}
		u.show(eraseLine)
	}()
	return func() {
		cancel()
		<-stopped
	}
}

// look looks how far the candidate is, and tells it; done is whether it has caught up.
func (u *catchUp) look(ctx context.Context, status *worker.Status) (done bool) {
	now, err := backfill.Look(ctx, u.client, u.candidate, u.described)
	if err != nil {
		u.session.log.Debug("look how far the backfill is", "error", err)
		return false // An outage, which tasks tell of.
	}
	u.seen = append(u.seen, now)
	for now.At.Sub(u.seen[0].At) > catchUpInterval {
		u.seen = u.seen[1:]
	}
	rate := now.Rate(u.seen[0])
	near := status.Ready() && now.CaughtUp(rate)
	if near && u.near {
		u.show(eraseLine)
		u.session.log.Info("caught up, following", "read", now.Read, "behind", now.Behind)
		return true
	}
	u.near = near // Another look tells whether it is not only about to be.
	u.show(eraseLine + progressText(now, rate))
	if len(u.seen) > 1 && now.At.Sub(u.logged) >= catchUpInterval && !terminal(u.session.stderr) {
		u.logged = now.At
		left, _ := now.Left(rate)
		u.session.log.Info("catching up", "read", now.Read, "behind", now.Behind, "records_per_second", int64(rate), "remaining", left.Round(time.Second))
	}
	return false
}

func (u *catchUp) show(text string) {
	if terminal(u.session.stderr) {
		fmt.Fprint(u.session.stderr, text)
	}
}

// progressText is how far a candidate is, how fast, and for how long.
func progressText(p *backfill.Progress, rate float64) string {
	text := fmt.Sprintf("%s of %s", grouped(p.Read), plural(p.Read+p.Behind, "record"))
	if left, ends := p.Left(rate); ends {
		text += fmt.Sprintf(", %s a second, about %v left", grouped(int64(rate)), left.Round(time.Second))
	}
	return text
}
