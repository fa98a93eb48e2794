package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"time"

	"github.com/cenkalti/backoff/v5"

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
// records are applied in the order in which they lie there.
func (c *campaign) liveRound(ctx context.Context) error {
	if err := c.startSome(false); err != nil {
		return err
	}
	for range c.options.Bursts {
		c.account.add(func(f *figures) { f.Bursts++ })
		c.market.Arrive(c.options.Events)
		if err := c.burst(ctx, c.market.One()); err != nil {
			return err
		}
	}
	c.calm()
	return c.await(ctx)
}

// burst sends records a part at a time, with faults between, and returns when all are applied.
func (c *campaign) burst(ctx context.Context, records []market.Record) error {
	faults := c.options.Faults
	for i := range faults {
		from, to := len(records)*i/faults, len(records)*(i+1)/faults
		if err := c.cluster.Send(ctx, records[from:to]); err != nil {
			return err
		}
		if err := c.inject(ctx, choose(c.random, c.options.Weights), false); err != nil {
			return err
		}
		wait(ctx, time.Duration(c.random.Int64N(int64(c.options.Gap))))
	}
	c.checker.Sent(records)
	c.account.add(func(f *figures) { f.Events += len(records) })
	return c.await(ctx)
}

// boundedRound has processors read all topics to their ends, from a standstill.
func (c *campaign) boundedRound(ctx context.Context) error {
	c.market.Arrive(c.options.Events * c.options.Bursts / 2)
	records := c.market.All()
	if err := c.cluster.Send(ctx, records); err != nil {
		return err
	}
	c.checker.SentAtOnce(records)
	c.account.add(func(f *figures) { f.Events += len(records) })
	if err := c.startSome(true); err != nil {
		return err
	}
	for range c.options.Faults * 2 {
		if err := c.inject(ctx, choose(c.random, c.options.Weights), true); err != nil {
			return err
		}
		wait(ctx, time.Duration(c.random.Int64N(int64(c.options.Gap))))
	}
	c.calm()
	return c.done(ctx)
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
	pause := backoff.NewExponentialBackOff()
	pause.InitialInterval, pause.MaxInterval = 20*time.Millisecond, 200*time.Millisecond
	_, err := backoff.Retry(ctx, func() (struct{}, error) {
		read, written, err := c.cluster.Progress(ctx)
		if err == nil && read < written {
			err = fmt.Errorf("the group has read %d records of %d", read, written)
		}
		return struct{}{}, err
	}, backoff.WithBackOff(pause), backoff.WithMaxElapsedTime(c.options.BurstTimeout))
	if err != nil && ctx.Err() == nil {
		c.account.problem("processors do not get on within %v: %v", c.options.BurstTimeout, err)
		return fmt.Errorf("await the group: %w", err)
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
	if err := c.fleet.Start(0, true); err != nil {
		return err
	}
	if err := c.done(ctx); err != nil {
		return err
	}
	result, err := c.checker.Compare(ctx)
	c.account.add(func(f *figures) {
		f.Alerts, f.DeadLetters, f.Reports = result.Alerts, result.DeadLetters, f.Reports+result.Reports
		f.Lost, f.Doubled = result.Lost, result.Doubled
		f.Problems = append(f.Problems, result.Problems...)
	})
	if err != nil {
		return fmt.Errorf("compare: %w", err)
	}
	return c.verify(ctx)
}

// verify has the processor check each state against itself. What was being restored when its process was killed cannot be; but the first
// has just run to the end with all partitions.
func (c *campaign) verify(ctx context.Context) error {
	for slot := range c.options.Processors {
		directory := c.fleet.StateDirectory(slot)
		if _, err := os.Stat(directory); err != nil || !c.verifies {
			continue
		}
		output, err := exec.CommandContext(ctx, c.options.Binary, "verify", "--state-dir", directory).CombinedOutput()
		text := string(output)
		nothing := strings.Contains(text, "nothing was verified") || strings.Contains(text, "there is no state")
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err == nil:
			c.account.add(func(f *figures) { f.Verified++ })
		case slot == 0 || !nothing:
			c.account.problem("verify state of processor %d: %v: %s", slot, err, text)
		}
	}
	return nil
}

// watch measures the longest time without progress while records wait, and demands that the group's offsets never go back.
func (c *campaign) watch(ctx context.Context) {
	moved, last := time.Now(), int64(0)
	for ctx.Err() == nil {
		wait(ctx, 100*time.Millisecond)
		read, written, err := c.cluster.Progress(ctx)
		if err != nil {
			continue
		}
		if read < last {
			c.account.problem("the group's offsets went back from %d to %d together", last, read)
		}
		if read != last || read >= written {
			moved = c.stopped(moved, read != last)
		}
		last = read
	}
}

// stopped notes how long there was no progress, which has begun again when progressed.
func (c *campaign) stopped(since time.Time, progressed bool) time.Time {
	if progressed {
		c.account.add(func(f *figures) { f.LongestStopSeconds = max(f.LongestStopSeconds, time.Since(since).Seconds()) })
	}
	return time.Now()
}
