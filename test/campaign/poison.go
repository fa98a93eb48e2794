package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/cenkalti/backoff/v5"

	"sellerpulse/test/campaign/check"
	"sellerpulse/test/campaign/cluster"
	"sellerpulse/test/campaign/fleet"
	"sellerpulse/test/campaign/market"
)

// poison is a batch that a partition cannot pass.
type poison struct {
	*cluster.Rotten
	batch  []market.Record // that are in it
	behind []market.Record // of the same log
}

// maxBatch is how many records rot together.
const maxBatch = 5

// poison makes the next few records of one partition a batch that nobody can read. From then on that partition must stand right before it, and all
// others go on, whatever else happens.
func (c *campaign) poison(ctx context.Context, b *burst) error {
	if b == nil || b.poison != nil || len(b.left) == 0 {
		return nil
	}
	c.faults.Wait() // A broker that is down would have to get the batch later.
	// What intakes have carried over cannot be looked for beside a batch that nobody can read.
	if err := c.tell(ctx, b.applied, c.checker.Sent); err != nil {
		return err
	}
	b.applied = nil
	directly(b.left)
	partition := b.left[c.random.IntN(len(b.left))].Partition
	p, left := new(poison), []market.Record(nil)
	for _, r := range b.left {
		if r.Partition == partition && len(p.batch) < maxBatch {
			p.batch = append(p.batch, r)
		} else {
			left = append(left, r)
		}
	}
	c.failing.expect(c.app.Input(p.batch[0].Topic), partition)
	var err error
	if p.Rotten, err = c.cluster.SendRotten(ctx, p.batch); err != nil {
		return err
	}
	b.poison, b.left = p, left
	c.account.add(func(f *figures) { f.Poisoned++ })
	return nil
}

// provePoison demands that all partitions but the one with the poison are whole while that stands right before it and says so, rids it of the
// poison in one of two ways, and demands that it goes on.
func (c *campaign) provePoison(ctx context.Context, p *poison) error {
	c.calm()
	for _, step := range []func() error{
		func() error { return c.await(ctx) },
		func() error { return c.awaitTold(ctx, p) },
		func() error { return c.compare(ctx, check.Moment{Live: true, Held: p.Rotten}) },
	} {
		if err := step(); err != nil {
			return err
		}
	}
	c.healing.Store(true)
	defer c.healing.Store(false)
	if c.random.IntN(2) == 0 {
		return c.skip(ctx, p)
	}
	c.account.add(func(f *figures) { f.Mended++ })
	p.Release()
	if err := p.Mend(); err != nil {
		return err
	}
	if err := errorsOf(c.tell(ctx, p.batch, c.checker.Sent), c.tell(ctx, p.behind, c.checker.Sent)); err != nil {
		return err
	}
	return c.await(ctx)
}

// skip has all processors, one after the other, started again with the order to pass over the batch, by any of its records.
func (c *campaign) skip(ctx context.Context, p *poison) error {
	c.account.add(func(f *figures) { f.Skipped++ })
	p.Release()
	at := p.First + c.random.Int64N(p.Last-p.First+1)
	c.fleet.Use(append(c.arguments(), "--skip", fmt.Sprintf("%s/%d@%d", p.Topic, p.Partition, at)))
	defer func() { c.fleet.Use(c.arguments()) }()
	for _, slot := range c.fleet.Running() {
		if err := errorsOf(c.stop(slot), c.fleet.Start(slot, false)); err != nil {
			return err
		}
	}
	if err := c.await(ctx); err != nil {
		return err
	}
	passed := func(records []market.Record) { c.checker.Skipped(records, p.Rotten) }
	if err := errorsOf(c.tell(ctx, p.batch, passed), c.tell(ctx, p.behind, c.checker.Sent)); err != nil {
		return err
	}
	return p.Mend() // Or a broker that is killed would cut the log off there.
}

// awaitTold waits until the partition's owner says that it has failed, where and what to do, and nobody says so of another.
func (c *campaign) awaitTold(ctx context.Context, p *poison) error {
	wait := backoff.NewConstantBackOff(100 * time.Millisecond)
	_, err := backoff.Retry(ctx, func() (struct{}, error) {
		committed, err := c.cluster.Committed(ctx)
		if at := committed[p.Topic][int32(p.Partition)]; err == nil && at > p.First {
			return struct{}{}, backoff.Permanent(fmt.Errorf("the group is at offset %d of a log which cannot be read from %d on", at, p.First))
		}
		told, askErr := c.fleet.Ask(ctx)
		if err = errors.Join(err, askErr); err == nil {
			err = isTold(told, p)
		}
		return struct{}{}, err
	}, backoff.WithBackOff(wait), backoff.WithMaxElapsedTime(c.options.BurstTimeout))
	if err != nil && ctx.Err() == nil {
		c.account.problem("failure of partition %d at %s is not told as it must be: %v", p.Partition, p.At(), err)
	}
	return err
}

// isTold is whether processes tell of one failed partition, that with the poison.
func isTold(told []fleet.Told, p *poison) error {
	owners := 0
	for _, process := range told {
		failed := false
		for _, task := range process.Tasks {
			f := task.Failure
			switch {
			case f == nil || f.Role != "owner":
				continue
			case task.Phase != "failed", task.Partition != p.Partition, f.At != p.At(), !strings.Contains(f.Error, "checksum"), !strings.Contains(f.Remedy, "--skip "+p.At()):
				return fmt.Errorf("processor %d says of partition %d: %s, %+v", process.Slot, task.Partition, task.Phase, *f)
			}
			failed = true
			owners++
		}
		if process.Ready == failed || failed && !strings.Contains(process.Readiness, fmt.Sprintf("partition %d: failed", p.Partition)) {
			return fmt.Errorf("processor %d, a partition of which has failed: %v, is ready: %v, %q", process.Slot, failed, process.Ready, process.Readiness)
		}
	}
	if owners != 1 {
		return fmt.Errorf("%d processors tell of it", owners)
	}
	return nil
}
