package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"time"

	"github.com/cenkalti/backoff/v5"

	"sellerpulse/test/campaign/check"
	"sellerpulse/test/campaign/cluster"
	"sellerpulse/test/campaign/market"
)

// round has processors apply records under faults, stops them and checks everything.
func (c *campaign) round(ctx context.Context) error {
	bounded := c.random.IntN(4) == 0
	c.account.add(func(f *figures) {
		f.Rounds++
		if bounded {
			f.BoundedRounds++
		}
	})
	var err error
	if bounded {
		err = c.boundedRound(ctx)
	} else {
		err = c.liveRound(ctx)
	}
	if err != nil {
		return err
	}
	return c.finish(ctx)
}

// liveRound has processors apply bursts. Between two of them all is applied, and a burst is of one topic of each partition, so that
// records are applied in the order in which they lie there. Enlarged topics end it.
func (c *campaign) liveRound(ctx context.Context) error {
	if err := c.startSome(false); err != nil {
		return err
	}
	for i := range c.options.Bursts {
		c.market.Arrive(c.options.Events)
		b, err := c.burst(ctx, c.take(), i == c.options.Bursts-1)
		if err != nil {
			return err
		}
		if b.enlarge {
			return c.enlarge(ctx)
		}
	}
	c.calm()
	return c.await(ctx)
}

// take takes records of one topic of each partition: any, or, where there are backfills, the oldest. An event waits for its order for 90 days of stream
// time from its arrival on, which a backfill sees earlier: what comes by then in one state must come by then in the other.
func (c *campaign) take() []market.Record {
	if c.options.backfills() {
		return c.market.Oldest()
	}
	return c.market.One()
}

// boundedRound has processors read all topics to their ends, from a standstill.
func (c *campaign) boundedRound(ctx context.Context) error {
	c.market.Arrive(c.options.Events * c.options.Bursts / 2)
	records := c.market.All()
	c.account.add(func(f *figures) { f.Events += len(records) })
	return c.replay(ctx, records)
}

// startSome starts some of the processors.
func (c *campaign) startSome(bounded bool) error {
	for slot := range c.options.Least + c.random.IntN(c.options.Processors-c.options.Least+1) {
		if err := c.fleet.Start(slot, bounded); err != nil {
			return err
		}
	}
	return nil
}

// calm waits until all faults are over.
func (c *campaign) calm() {
	c.cluster.Cuts.Disarm()
	c.faults.Wait()
}

// await waits until the group has read all that was sent.
func (c *campaign) await(ctx context.Context) error {
	if err := c.awaitCarried(ctx); err != nil {
		return err
	}
	pause := backoff.NewExponentialBackOff()
	pause.InitialInterval, pause.MaxInterval = 20*time.Millisecond, 200*time.Millisecond
	_, err := backoff.Retry(ctx, func() (struct{}, error) {
		progress, err := c.cluster.Progress(ctx)
		if err == nil && progress.Left > 0 {
			err = fmt.Errorf("the group has read up to %d offsets, %d are left", progress.Read, progress.Left)
		}
		return struct{}{}, err
	}, backoff.WithBackOff(pause), backoff.WithMaxElapsedTime(c.options.BurstTimeout))
	if err != nil && ctx.Err() == nil {
		c.account.problem("processors do not get on within %v: %v", c.options.BurstTimeout, err)
		return fmt.Errorf("await the group: %w", err)
	}
	return err
}

// eventually tries until something is so; that it never is so is a problem.
func (c *campaign) eventually(ctx context.Context, what string, try func() error) error {
	_, err := backoff.Retry(ctx, func() (struct{}, error) { return struct{}{}, try() },
		backoff.WithBackOff(backoff.NewConstantBackOff(200*time.Millisecond)), backoff.WithMaxElapsedTime(c.options.BurstTimeout))
	if err != nil && ctx.Err() == nil {
		c.account.problem("%s: not within %v: %v", what, c.options.BurstTimeout, err)
	}
	return err
}

// done waits until all bounded processors have ended.
func (c *campaign) done(ctx context.Context) error {
	limited, cancel := context.WithTimeout(ctx, c.options.BurstTimeout)
	defer cancel()
	err := c.fleet.Done(limited)
	if err != nil && ctx.Err() == nil {
		c.account.problem("processors do not come to the end within %v: %v", c.options.BurstTimeout, err)
	}
	return err
}

// finish stops all processors in order, lets one bounded one publish the reports of partitions that nobody had at that moment, and
// checks everything.
func (c *campaign) finish(ctx context.Context) error {
	var group sync.WaitGroup
	for _, slot := range c.fleet.Running() {
		group.Go(func() {
			if _, err := c.fleet.Stop(slot); err != nil {
				c.account.problem("%v", err)
			}
		})
	}
	group.Wait()
	c.failing.forget()
	if err := c.fleet.Start(0, true); err != nil {
		return err
	}
	if err := c.done(ctx); err != nil {
		return err
	}
	if err := c.compare(ctx, check.Moment{}); err != nil {
		return err
	}
	return c.verify(ctx)
}

// compare has the checker look at all that there is.
func (c *campaign) compare(ctx context.Context, moment check.Moment) error {
	result, err := c.checker.Compare(ctx, moment)
	c.account.compared(&result)
	if err != nil {
		return fmt.Errorf("compare: %w", err)
	}
	return ctx.Err() // Which it has if there is a problem.
}

// verify has the processor check each state against itself, and each copy, which is mostly of a state whose process was killed. What was being
// restored then cannot be; but the first has just run to the end with all partitions.
func (c *campaign) verify(ctx context.Context) error {
	for slot := range c.options.Processors {
		if err := errors.Join(c.verifyState(ctx, c.fleet.StateDirectory(slot), slot == 0), c.verifyState(ctx, c.fleet.CopyDirectory(slot), false)); err != nil {
			return err
		}
	}
	return nil
}

// verifyState verifies a state, if there is one. Whole is whether it must be possible.
func (c *campaign) verifyState(ctx context.Context, directory string, whole bool) error {
	if _, err := os.Stat(directory); err != nil || !c.verifies {
		return nil // Of a slot that has not run yet.
	}
	output, err := exec.CommandContext(ctx, c.options.Binaries[0], append([]string{"verify", "--state-dir", directory}, c.rulesNow()...)...).CombinedOutput()
	text := string(output)
	nothing := strings.Contains(text, "nothing was verified") || strings.Contains(text, "there is no state") || strings.Contains(text, "--rules is not that of the state")
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err == nil:
		c.account.add(func(f *figures) { f.Verified++ })
	case whole || !nothing:
		c.account.problem("verify state %s: %v: %s", directory, err, text)
	}
	return nil
}

// watch measures the longest time without progress while records wait, and demands that the group's offsets never go back. It does not look at
// how slowly a partition that has failed is tried again.
func (c *campaign) watch(ctx context.Context) {
	moved, last := time.Now(), cluster.Progress{}
	for ctx.Err() == nil {
		wait(ctx, 100*time.Millisecond)
		now, err := c.cluster.Progress(ctx)
		if err != nil {
			continue
		}
		if now.App == last.App && now.Read < last.Read {
			c.account.problem("the group's offsets went back from %d to %d together", last.Read, now.Read)
		}
		progressed, other, healing := now.App == last.App && now.Read != last.Read, now.App != last.App, c.healing.Load()
		if progressed || other || healing || now.Left == 0 {
			moved = c.stopped(moved, progressed && !healing)
		}
		last = now
	}
}

// stopped notes how long there was no progress, which has begun again when progressed.
func (c *campaign) stopped(since time.Time, progressed bool) time.Time {
	if progressed {
		c.account.add(func(f *figures) { f.LongestStopSeconds = max(f.LongestStopSeconds, time.Since(since).Seconds()) })
	}
	return time.Now()
}
