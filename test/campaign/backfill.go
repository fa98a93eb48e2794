package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
)

// mostBackfillers is how many processes a backfill has at most.
const mostBackfillers = 2

// backfill is one as it goes, by the rules that are in force, so that it must tell subscribers nothing.
type backfill struct {
	*campaign
	name  string
	slots []int // of its processes
	burst *burst
}

// backfill builds a second state, under faults and while records are sent, and compares it with the live one; it is discarded, or cut over to, which is
// killed at random moments, and perhaps back.
func (c *campaign) backfill(ctx context.Context, b *burst) error {
	if b == nil || b.poison != nil || b.enlarge {
		return nil
	}
	c.calm()
	var n int
	c.account.add(func(f *figures) {
		f.Backfills++
		n = f.Backfills
	})
	first := &backfill{campaign: c, name: fmt.Sprintf("b%d", n), burst: b}
	for i := range 1 + c.random.IntN(mostBackfillers) {
		first.slots = append(first.slots, c.options.Processors+i)
	}
	if err := first.build(ctx); err != nil {
		return err
	}
	if c.random.IntN(4) == 0 {
		return errorsOf(first.stop(), first.discard(ctx))
	}
	former, err := first.cutOver(ctx)
	if err != nil {
		return err
	}
	if c.random.IntN(2) == 0 {
		c.elsewhere = true
		return first.stop()
	}
	back := &backfill{campaign: c, name: former, slots: []int{c.options.Processors + mostBackfillers}, burst: b}
	if err := back.build(ctx); err != nil {
		return err
	}
	left, err := back.cutOver(ctx)
	if err != nil {
		return err
	}
	c.account.add(func(f *figures) { f.CutBacks++ })
	if err := errorsOf(first.stop(), back.stop()); err != nil {
		return err
	}
	again := &backfill{campaign: c, name: left}
	return errorsOf(again.discard(ctx), first.discard(ctx))
}

// build starts the processes and kills some of them, until they have read what there is, and compares.
func (f *backfill) build(ctx context.Context) error {
	for _, slot := range f.slots {
		if err := errorsOf(f.fleet.Forget(slot), f.fleet.StartBackfill(slot, f.name)); err != nil {
			return err
		}
	}
	for range f.random.IntN(3) {
		f.rest(ctx)
		if err := errorsOf(f.sendSome(ctx), f.killOne(f.random.IntN(4) == 0)); err != nil {
			return err
		}
	}
	if err := errorsOf(f.sendSome(ctx), f.await(ctx), f.awaitRead(ctx)); err != nil {
		return err
	}
	return f.compare(ctx)
}

// sendSome sends a part of what is left of the burst.
func (f *backfill) sendSome(ctx context.Context) error {
	return f.send(ctx, len(f.burst.left)/8)
}

func (f *backfill) send(ctx context.Context, n int) error {
	part := f.burst.take(n)
	if err := f.cluster.Send(ctx, part); err != nil {
		return err
	}
	f.burst.sent(part)
	return nil
}

// killOne kills one of the processes and starts it again, perhaps without its state.
func (f *backfill) killOne(forget bool) error {
	slot := f.slots[f.random.IntN(len(f.slots))]
	if f.fleet.Kill(slot) {
		f.account.add(func(f *figures) { f.Kills, f.BackfillKills = f.Kills+1, f.BackfillKills+1 })
	}
	if forget {
		if err := f.fleet.Forget(slot); err != nil {
			return err
		}
	}
	return f.fleet.StartBackfill(slot, f.name)
}

// awaitRead waits until the backfill has read what there is.
func (f *backfill) awaitRead(ctx context.Context) error {
	return f.eventually(ctx, "backfill "+f.name+" reads all", func() error {
		p, err := f.cluster.ProgressOf(ctx, f.app.ID+"-backfill-"+f.name)
		if err == nil && p.Left > 0 {
			err = fmt.Errorf("%d records are left", p.Left)
		}
		return err
	})
}

// call runs a subcommand of `processor backfill`.
func (f *backfill) call(ctx context.Context, arguments ...string) ([]byte, string, error) {
	return f.fleet.Call(ctx, append(append([]string{"backfill"}, arguments...), f.shared()...)...)
}

// compare demands that no rule of any seller stands otherwise. Alerts may have come and gone on the way of either state, which read the inputs in
// another order.
func (f *backfill) compare(ctx context.Context) error {
	output, last, err := f.call(ctx, "diff", f.name, "--output", "json")
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if len(output) == 0 {
		return fmt.Errorf("compare backfill %s: %w: %s", f.name, err, last)
	}
	f.account.add(func(f *figures) { f.Diffs++ })
	for line := range bytes.Lines(output) {
		if bytes.Contains(line, []byte(`"type":"rule"`)) {
			f.account.problem("backfill %s differs: %s", f.name, bytes.TrimSpace(line))
		}
	}
	return nil
}

var legalFormer = regexp.MustCompile(`^[0-9]{8}T[0-9]{6}Z$`)

// cutOver asks for the cut-over until it is done, and kills the first tries somewhere. It gives the name of the former state.
func (f *backfill) cutOver(ctx context.Context) (former string, err error) {
	before, err := f.cluster.ChangelogOf(ctx, f.app.ID)
	if err != nil {
		return "", err
	}
	kills := f.random.IntN(3)
	err = f.eventually(ctx, "cut over to "+f.name, func() error {
		f.account.add(func(f *figures) { f.CutOverTries++ })
		kills--
		output, last, err := f.tryCutOver(ctx, kills >= 0)
		var outcome struct{ Former string }
		switch {
		case err == nil:
			if err := json.Unmarshal(output, &outcome); err != nil || !legalFormer.MatchString(outcome.Former) {
				f.account.problem("cut-over to %s says %q", f.name, output)
			}
			return nil
		case strings.Contains(last, "was cut over to already"):
			return nil
		case strings.Contains(last, "more than the"):
			f.account.problem("cut over to %s: %s", f.name, last)
		}
		f.account.message(last)
		return fmt.Errorf("%w: %s", err, last)
	})
	if err != nil {
		return "", err
	}
	f.account.add(func(f *figures) { f.CutOvers++ })
	f.checker.Replayed()
	if err := f.await(ctx); err != nil {
		return "", err
	}
	return f.formerOf(ctx, before)
}

// tryCutOver asks for it, while records are sent, and kills the command, a process of the backfill, of the live application, or a broker.
func (f *backfill) tryCutOver(ctx context.Context, kill bool) (output []byte, last string, err error) {
	asking, end := context.WithCancel(ctx)
	defer end()
	done := make(chan struct{})
	go func() {
		defer close(done)
		output, last, err = f.call(asking, "cut-over", f.name, "--max-differences", "0", "--output", "json")
	}()
	var failed error
	if kill {
		until(ctx, time.Duration(f.random.Int64N(int64(mostIntoCutOver))), sendPause, func() bool {
			failed = errorsOf(failed, f.sendFew(ctx))
			return failed != nil
		})
		switch victim := f.random.IntN(8); {
		case victim < 2:
			f.account.add(func(f *figures) { f.CommandKills++ })
			end()
		case victim < 5:
			failed = errorsOf(failed, f.killOne(false))
		case victim < 7:
			running := slices.DeleteFunc(f.fleet.Running(), func(slot int) bool { return slot >= f.options.Processors })
			failed = errorsOf(failed, f.kill(false, nil, running[f.random.IntN(len(running))]))
		default:
			f.killBroker(ctx)
		}
	}
	for ended := false; !ended; {
		select {
		case <-done:
			ended = true
		case <-time.After(sendPause):
			failed = errorsOf(failed, f.sendFew(ctx))
		}
	}
	return output, last, errorsOf(failed, err)
}

// sendPause is between few records and the next, so that the live processes commit now and then while there is a cut-over.
const sendPause = 50 * time.Millisecond

func (f *backfill) sendFew(ctx context.Context) error {
	const few = 5
	return f.send(ctx, min(few, len(f.burst.left)))
}

// mostIntoCutOver is how long after a cut-over was asked for something is killed, at most.
const mostIntoCutOver = 1500 * time.Millisecond

// formerOf is the name of the former state whose changelog is one that was the live state's.
func (f *backfill) formerOf(ctx context.Context, changelog string) (former string, err error) {
	output, last, err := f.call(ctx, "list", "--output", "json")
	if err != nil {
		return "", fmt.Errorf("list backfills: %w: %s", err, last)
	}
	var all []struct{ Name string }
	if err := json.Unmarshal(output, &all); err != nil {
		return "", fmt.Errorf("list backfills: %w", err)
	}
	for _, b := range all {
		is, err := f.cluster.ChangelogOf(ctx, f.app.ID+"-backfill-"+b.Name)
		if err != nil {
			return "", err
		}
		if legalFormer.MatchString(b.Name) && is == changelog {
			former = b.Name
		}
	}
	if former == "" {
		f.account.problem("no former state has the changelog %s after the cut-over to %s", changelog, f.name)
	}
	return former, nil
}

// stop stops the processes in order, whatever they are by now.
func (f *backfill) stop() error {
	for _, slot := range f.slots {
		if _, err := f.fleet.Stop(slot); err != nil {
			f.account.problem("%v", err)
		}
		if err := f.fleet.Forget(slot); err != nil {
			return err
		}
	}
	return nil
}

// discard removes what there is of it, once the group has forgotten those of its processes that were killed.
func (f *backfill) discard(ctx context.Context) error {
	f.account.add(func(f *figures) { f.Discarded++ })
	return f.eventually(ctx, "discard backfill "+f.name, func() error {
		_, last, err := f.call(ctx, "discard", f.name, "--yes")
		if err != nil {
			err = fmt.Errorf("%w: %s", err, last)
		}
		return err
	})
}
