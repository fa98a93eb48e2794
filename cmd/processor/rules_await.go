package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"sellerpulse/internal/stream"
	"sellerpulse/internal/wait"
)

// awaitRules waits until all partitions that have a state go by a revision: as long as some come nearer to it, and patience longer. Now and then it tells
// how far those are that count what is new.
func (s *session) awaitRules(ctx context.Context, client *stream.Client, revision int64, patience time.Duration) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	patient := time.AfterFunc(patience, cancel)
	defer patient.Stop()
	var before rulesProgress
	for told := time.Now(); ; {
		now, err := s.behindRules(ctx, client, revision)
		switch {
		case ctx.Err() != nil:
		case err != nil:
			return err
		case now.known == 0:
			_, err := fmt.Fprintln(s.stdout, "No partition has a state yet: they go by it from their beginning.")
			return err
		case now.behind == 0:
			_, err := fmt.Fprintf(s.stdout, "All %s go by it.\n", plural(int64(now.known), "partition"))
			return err
		case now != before:
			before = now
			patient.Reset(patience)
		}
		if now.filling > 0 && time.Since(told) > applyTells {
			told = time.Now()
			if _, err := fmt.Fprintln(s.stderr, now.text()); err != nil {
				return err
			}
		}
		if !wait.For(ctx, 200*time.Millisecond) {
			return errors.New("not all partitions go by it yet: is a `processor run` at work on each? `processor rules status` tells; what is applied stays applied")
		}
	}
}

// applyTells is how often it is told how far new counts are.
const applyTells = 5 * time.Second

// rulesProgress is how far partitions are on the way to a revision.
type rulesProgress struct {
	known, behind, filling int
	orders, of             int64 // that are filled, in those that are being filled
}

func (p *rulesProgress) text() string {
	return fmt.Sprintf("%d of %s not there yet; filling what the rules count in %d: %s.", p.behind, plural(int64(p.known), "partition"), p.filling, filledText(p.orders, p.of))
}

func (s *session) behindRules(ctx context.Context, client *stream.Client, revision int64) (now rulesProgress, err error) {
	all, err := s.rulesOfPartitions(ctx, client)
	for i := range all {
		p := &all[i]
		if !p.Read {
			continue
		}
		now.known++
		if p.Revision < revision {
			now.behind++
		}
		if p.Filling != "" {
			now.filling++
			now.orders, now.of = now.orders+p.Filled, now.of+p.ToFill
		}
	}
	return now, err
}
