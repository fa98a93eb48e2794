package main

import (
	"context"
	"fmt"

	"sellerpulse/test/campaign/check"
	"sellerpulse/test/campaign/cluster"
	"sellerpulse/test/campaign/fleet"
	"sellerpulse/test/campaign/market"
)

// Parts of the line with which processors refuse to work on topics that were enlarged: what is wrong, and what to do.
var enlarged = []string{"sellers are in other partitions now than their state", "make the topics anew", "replay the events", "use another --app-id"}

// refusedByGroup are parts of the line of a process that has no state any more and was started again before others have seen what it sees.
var refusedByGroup = []string{"this process is refused: its settings are not those of the group", "partitions of topic", "another --app-id"}

// refusals is how often each processor must refuse enlarged topics: it is started again in between.
const refusals = 2

// mostMore is how many partitions more there may be.
const mostMore = 3

// enlarge gives the topics more partitions, while processors run or between their stop and their start, and sends records that are spread over all of
// these. All processors must refuse, again and again, and may have published nothing but what is right for the partitions that there were. Then
// there are topics anew, under another id, with all events.
func (c *campaign) enlarge(ctx context.Context) error {
	c.calm()
	if err := c.compare(ctx, check.Moment{Live: true}); err != nil {
		return err
	}
	c.endIntake()
	slots, running := c.fleet.Running(), c.random.IntN(2) == 0
	for _, slot := range slots {
		if err := c.expectRefusals(slot, running); err != nil {
			return err
		}
	}
	records, err := c.sendEnlarged(ctx, c.app.Partitions+1+c.random.IntN(mostMore))
	if err != nil {
		return err
	}
	for i := 0; !running && i < len(slots); i++ {
		if err := c.fleet.Start(slots[i], false); err != nil {
			return err
		}
	}
	for _, step := range []func() error{
		func() error { return c.awaitRefusals(ctx) },
		func() error { return c.checker.SentEnlarged(ctx, records) },
		func() error { return c.compare(ctx, check.Moment{Refused: true}) },
	} {
		if err := step(); err != nil {
			return err
		}
	}
	return c.anew(ctx, c.options.Partitions+c.random.IntN(mostMore))
}

// expectRefusals has a processor expected to refuse; it goes on until it does, or is stopped before.
func (c *campaign) expectRefusals(slot int, running bool) error {
	c.fleet.Expect(slot, fleet.Refusal{Says: enlarged, Meanwhile: refusedByGroup, Times: refusals})
	c.account.add(func(f *figures) { f.Refusals += refusals })
	if running {
		return nil
	}
	return c.stop(slot)
}

// sendEnlarged sends records over topics that it enlarges before.
func (c *campaign) sendEnlarged(ctx context.Context, partitions int) ([]market.Record, error) {
	if err := c.cluster.Enlarge(ctx, partitions); err != nil {
		return nil, err
	}
	c.market.Deal(partitions, nil)
	c.market.Arrive(c.options.Events)
	records := c.market.One()
	directly(records)
	err := c.cluster.Send(ctx, records)
	c.sent = append(c.sent, records...)
	c.account.add(func(f *figures) { f.Enlarged, f.Events = f.Enlarged+1, f.Events+len(records) })
	return records, err
}

func (c *campaign) awaitRefusals(ctx context.Context) error {
	limited, cancel := context.WithTimeout(ctx, c.options.RefusalTimeout)
	defer cancel()
	err := c.fleet.Done(limited)
	if err != nil && ctx.Err() == nil {
		c.account.problem("processors %v have not refused topics that were enlarged within %v", c.fleet.Running(), c.options.RefusalTimeout)
	}
	return err
}

// anew makes topics anew for another application without any state, and has it replay all events that there were, under faults.
func (c *campaign) anew(ctx context.Context, partitions int) error {
	c.eras++
	app := c.application(fmt.Sprintf("%s-%d", appID, c.eras), fmt.Sprintf("anew-%d-", c.eras), partitions)
	if err := c.serve(ctx, app); err != nil {
		return err
	}
	for slot := range c.options.Processors {
		if err := c.fleet.Forget(slot); err != nil {
			return err
		}
	}
	records := c.market.Deal(partitions, c.sent)
	c.sent = nil
	return c.replay(ctx, records)
}

// serve creates an application's topics, and has everybody work on them.
func (c *campaign) serve(ctx context.Context, app cluster.App) error {
	c.endIntake()
	if err := c.cluster.Serve(ctx, app); err != nil {
		return err
	}
	if c.checker != nil {
		c.checker.Close()
		c.account.began()
	}
	kept := check.Options{Addresses: c.cluster.Addresses(), App: app}
	if c.options.keepsHistory() {
		kept.RetentionDays, kept.HistoryDays = retentionDays, c.options.History
	}
	var err error
	if c.checker, err = check.New(kept); err != nil {
		return err
	}
	c.app, c.applied = app, applied{}
	c.fleet.Use(c.arguments())
	if err := c.beginIntake(); err != nil {
		return err
	}
	if c.options.keepsHistory() {
		return c.lookBack(ctx)
	}
	return nil
}

// replay has processors read records, which they are given at a standstill, to the end.
func (c *campaign) replay(ctx context.Context, records []market.Record) error {
	if err := c.cluster.Send(ctx, records); err != nil {
		return err
	}
	for range 3 {
		if err := c.harmIntake(ctx, nil); err != nil {
			return err
		}
		c.rest(ctx)
	}
	if err := c.tell(ctx, records, c.checker.SentAtOnce); err != nil {
		return err
	}
	if err := c.startSome(true); err != nil {
		return err
	}
	for range c.options.Faults * 2 {
		if err := c.inject(ctx, choose(c.random, c.options.Weights), nil); err != nil {
			return err
		}
		c.rest(ctx)
	}
	c.calm()
	return c.done(ctx)
}
