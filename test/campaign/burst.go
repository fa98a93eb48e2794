package main

import (
	"context"
	"time"

	"sellerpulse/test/campaign/market"
)

// burst is records of one topic of each partition, which are sent a part at a time, with faults between.
type burst struct {
	left    []market.Record // to be sent
	applied []market.Record // that were sent, and nothing is in their way
	poison  *poison         // nil: none
	enlarge bool            // in the end
}

// take takes the next records to be sent.
func (b *burst) take(n int) []market.Record {
	taken := b.left[:n]
	b.left = b.left[n:]
	return taken
}

// sent notes records that were sent, by whether they lie behind poison.
func (b *burst) sent(records []market.Record) {
	for _, r := range records {
		if b.poison != nil && b.poison.Partition == r.Partition {
			b.poison.behind = append(b.poison.behind, r)
		} else {
			b.applied = append(b.applied, r)
		}
	}
}

// burst sends records a part at a time, with faults between, and returns when all are applied. last is whether it is that of its round.
func (c *campaign) burst(ctx context.Context, records []market.Record, last bool) (*burst, error) {
	c.account.add(func(f *figures) { f.Bursts++ })
	b := &burst{left: records}
	for left := c.options.Faults; left > 0; left-- {
		part := b.take(len(b.left) / left)
		if err := c.cluster.Send(ctx, part); err != nil {
			return b, err
		}
		b.sent(part)
		if err := c.inject(ctx, c.nextFault(last), b); err != nil {
			return b, err
		}
		c.rest(ctx)
	}
	c.account.add(func(f *figures) { f.Events += len(records) })
	if err := c.tell(ctx, b.applied, c.checker.Sent); err != nil {
		return b, err
	}
	if b.poison != nil {
		if err := c.provePoison(ctx, b.poison); err != nil {
			return b, err
		}
	}
	return b, c.await(ctx)
}

// rest lets a moment pass between two faults.
func (c *campaign) rest(ctx context.Context) {
	wait(ctx, time.Duration(c.random.Int64N(int64(c.options.Gap))))
}

// nextFault is one that is to be done in any case, in a burst that is the last of its round, or one by its weight.
func (c *campaign) nextFault(last bool) fault {
	if last && len(c.surely) > 0 {
		f := c.surely[0]
		c.surely = c.surely[1:]
		return f
	}
	return choose(c.random, c.options.Weights)
}

// tell keeps records that were sent, and tells the checker of them, once those are there that intakes carry over.
func (c *campaign) tell(ctx context.Context, records []market.Record, how func([]market.Record)) error {
	c.sent = append(c.sent, records...)
	if err := c.awaitCarried(ctx); err != nil {
		return err
	}
	arrived, err := c.checker.Arrived(ctx, records)
	if err != nil {
		return err
	}
	for i := range arrived {
		if arrived[i].Strange != nil {
			c.account.add(func(f *figures) { f.Carried++ })
		}
	}
	how(arrived)
	return nil
}
