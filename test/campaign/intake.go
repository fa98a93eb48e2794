package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"sellerpulse/test/campaign/fleet"
	"sellerpulse/test/campaign/market"
	"sellerpulse/test/campaign/patch"
)

const (
	strangePartitions = 5 // of a stranger's topic: another number than that of the inputs
	intakes           = 2 // processes that carry its records over
)

// patches are those of each binary.
func (o *options) patches() [][]string {
	if o.Strangers == 0 {
		return o.Patches
	}
	var all [][]string
	for _, names := range o.Patches {
		all = append(all, append(slices.Clone(names), patch.Stamped))
	}
	return all
}

// openIntake makes the processes that carry records over, none of which runs yet.
func (c *campaign) openIntake() error {
	if c.options.Strangers == 0 {
		return nil
	}
	folder := filepath.Join(c.options.Folder, "intake")
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return fmt.Errorf("make folder: %w", err)
	}
	c.intake = fleet.New(fleet.Options{
		Binaries: c.options.Binaries, Folder: folder, Slots: intakes, Intake: true, OnExit: c.account.exit,
		OnError: func(slot int, line string) { c.account.problem("intake %d logs an error: %s", slot, line) },
	})
	return nil
}

// beginIntake has all of them run, for the application that is served.
func (c *campaign) beginIntake() error {
	if c.intake == nil {
		return nil
	}
	file := filepath.Join(c.options.Folder, "mapping-"+c.app.ID+".yaml")
	if err := os.WriteFile(file, market.Mapping(c.app.Stranger()), 0o600); err != nil {
		return fmt.Errorf("write mapping: %w", err)
	}
	c.intake.Use(append(c.shared(), "--mapping", file, "--session-timeout", c.options.SessionTimeout.String()))
	for slot := range intakes {
		if err := c.intake.Start(slot, false); err != nil {
			return err
		}
	}
	return nil
}

// endIntake stops all of them in order.
func (c *campaign) endIntake() {
	if c.intake == nil {
		return
	}
	for _, slot := range c.intake.Running() {
		c.stopIntake(slot)
	}
}

// stopIntake stops one in order. While brokers are away that need not succeed.
func (c *campaign) stopIntake(slot int) {
	whole := c.cluster.Whole()
	if _, err := c.intake.Stop(slot); err != nil {
		c.account.add(func(f *figures) { f.UncleanStops++ })
		c.account.message(fmt.Sprintf("stop intake, brokers there: %v: %v", whole, err))
	}
}

// harmIntake kills one of them or all, at any moment or at a step of a transaction; or stops one in order, or halts it for longer than the session.
func (c *campaign) harmIntake(ctx context.Context, b *burst) error {
	if c.intake == nil {
		return nil
	}
	one := c.random.IntN(intakes)
	switch n := c.random.IntN(12); {
	case n < 4:
		return c.killIntakes(one)
	case n < 6:
		return c.killIntakes(0, 1)
	case n < 9:
		return c.killIntakesAtStep(ctx, b)
	case n < 10:
		c.account.add(func(f *figures) { f.IntakeStops++ })
		c.stopIntake(one)
		return c.intake.Start(one, false)
	}
	if c.intake.Pause(one) {
		c.account.add(func(f *figures) { f.IntakeStops++ })
		c.faults.Go(func() {
			wait(ctx, c.options.SessionTimeout+time.Second)
			c.intake.Resume(one)
		})
	}
	return nil
}

// killIntakes ends some at once, and starts them again.
func (c *campaign) killIntakes(slots ...int) error {
	for _, slot := range slots {
		if c.intake.Kill(slot) {
			c.account.add(func(f *figures) { f.Kills, f.IntakeKills = f.Kills+1, f.IntakeKills+1 })
		}
	}
	for _, slot := range slots {
		if err := c.intake.Start(slot, false); err != nil {
			return err
		}
	}
	return nil
}

// killIntakesAtStep kills them once a step of a transaction does not get through: they have carried all over before, so that they work, and then there is
// something to carry.
func (c *campaign) killIntakesAtStep(ctx context.Context, b *burst) error {
	if err := c.awaitCarried(ctx); err != nil {
		return err
	}
	step := c.anyStep()
	c.cluster.Cuts.Deny(step)
	defer c.cluster.Cuts.Allow(step)
	lost, requests := c.lost(step), 1+c.random.IntN(4)
	if b != nil {
		part := b.take(len(b.left) / 8)
		if err := c.cluster.Send(ctx, part); err != nil {
			return err
		}
		b.sent(part)
	}
	until(ctx, mostForStep, someTime, func() bool { return c.lost(step) >= lost+requests })
	return c.killIntakes(0, 1)
}

// awaitCarried waits until all is carried over that was sent to the stranger's topic.
func (c *campaign) awaitCarried(ctx context.Context) error {
	if c.intake == nil || len(c.intake.Running()) == 0 {
		return nil
	}
	return c.eventually(ctx, "intakes carry all over", func() error {
		left, err := c.cluster.Uncarried(ctx)
		if err == nil && left > 0 {
			err = fmt.Errorf("%d records are left", left)
		}
		return err
	})
}

// directly has records arrive as they are.
func directly(records []market.Record) {
	for i := range records {
		records[i].Directly()
	}
}
