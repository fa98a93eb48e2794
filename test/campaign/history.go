package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"

	"sellerpulse/test/oracle"
)

const (
	noHistory     = -1  // counts are kept for as long as orders, by default
	retentionDays = 35  // for which orders are kept where counts outlive them: fewer than the built-in rules look back over
	leastHistory  = 100 // days, that the built-in rules need
	mostHistory   = 800
)

// drawHistory lets the seed decide for how many days counts are kept. Where there are backfills they end with their orders: a state that is built later
// has counted from the beginning what the live one has from when it was asked for, and what came late for one was in time for the other.
func (o *options) drawHistory() int {
	random := rand.New(rand.NewPCG(o.Seed, 3))
	if o.backfills() || random.IntN(2) == 0 {
		return noHistory
	}
	return leastHistory + random.IntN(leastHistory)
}

func (o *options) keepsHistory() bool { return o.History > 0 }

// lifetime are arguments that say for how long orders and their counts are kept.
func (o *options) lifetime() []string {
	if !o.keepsHistory() {
		return nil
	}
	return []string{"--retention", fmt.Sprintf("%dd", retentionDays), "--history", fmt.Sprintf("%dd", o.History)}
}

// backfills is whether any may be.
func (o *options) backfills() bool {
	return o.Weights[backfillOne] > 0 || slices.Contains(o.Surely, backfillOne)
}

// lookBack puts rules in force, before there is anything, that look back over more days than orders are kept for.
func (c *campaign) lookBack(ctx context.Context) error {
	to := ruling{packs: append(oracle.BuiltIn(), c.backward())}
	if err := c.write(&to); err != nil {
		return err
	}
	return c.rule(ctx, to.files, to)
}

// backward is a pack whose windows reach behind the retention, one to the end of the history. Its measure is one of a few, so that it is counted, and is not,
// while orders expire.
func (c *campaign) backward() oracle.Pack {
	facts := []oracle.Text{"claim", "refunded", "has_return"}
	beyond := retentionDays + 1 + c.random.IntN(c.options.History-retentionDays)
	return oracle.Pack{
		Name:    "backward",
		Metrics: []oracle.Metric{{Name: "regret", Bad: oracle.Texts{facts[c.random.IntN(len(facts))]}}},
		Rules: []oracle.Rule{
			{Name: "regret", Metric: "regret", Window: oracle.Over(oracle.Text(fmt.Sprintf("%dd", beyond))), Target: "< 0.1", Class: "advisory"},
			{Name: "whole", Metric: "order_defect_rate", Window: oracle.Over(oracle.Text(fmt.Sprintf("%dd", c.options.History))), Target: "< 0.2", Class: "contractual"},
		},
	}
}
