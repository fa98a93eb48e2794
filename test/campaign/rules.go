package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"sellerpulse/test/oracle"
)

// ruling is rules that processors go by: as the reference has them, and the files that say so; none for the built-in ones.
type ruling struct {
	packs []oracle.Pack
	files []string
}

// applied is what was applied to the present application.
type applied struct {
	now       ruling
	revisions []ruling // that there are, the first being revision 1
}

// changeRules puts other rules in force, or some of before, at a moment at which all that was sent is applied, so that it is known what they come to. Meanwhile
// the command, processors or a broker are killed. It returns when every partition goes by them.
func (c *campaign) changeRules(ctx context.Context, b *burst) error {
	if b == nil || b.poison != nil || b.enlarge {
		return nil
	}
	if err := c.await(ctx); err != nil {
		return err
	}
	if err := c.tell(ctx, b.applied, c.checker.Sent); err != nil {
		return err
	}
	b.applied = nil
	c.account.add(func(f *figures) { f.RuleChanges++ })
	arguments, to, err := c.nextRules()
	if err != nil {
		return err
	}
	return c.rule(ctx, arguments, to)
}

// rule puts rules in force, and has the reference go by them.
func (c *campaign) rule(ctx context.Context, arguments []string, to ruling) error {
	if err := c.apply(ctx, arguments); err != nil {
		return err
	}
	c.applied.now, c.applied.revisions = to, append(c.applied.revisions, to)
	alerts := c.checker.Rule(to.packs)
	c.account.add(func(f *figures) { f.RuleAlerts += alerts })
	return c.awaitRules(ctx)
}

// nextRules are rules of before, or the built-in ones with some other targets, some of them gone, and others beside them; and what `rules apply` is told.
func (c *campaign) nextRules() (arguments []string, to ruling, err error) {
	if n := len(c.applied.revisions); n > 0 && c.random.IntN(3) == 0 {
		c.account.add(func(f *figures) { f.RulesBack++ })
		i := c.random.IntN(n)
		return []string{"--revision", strconv.Itoa(i + 1)}, c.applied.revisions[i], nil
	}
	to.packs = oracle.BuiltIn()
	own := &to.packs[0]
	for i := range own.Rules {
		if r := &own.Rules[i]; c.random.IntN(3) == 0 {
			r.Target = oracle.Text(fmt.Sprintf("%s 0.%02d", r.Target[:1], map[byte]int{'<': 1, '>': 79}[r.Target[0]]+c.random.IntN(20)))
		}
	}
	if c.random.IntN(2) == 0 {
		i := c.random.IntN(len(own.Rules))
		own.Rules = slices.Delete(own.Rules, i, i+1)
	}
	if c.random.IntN(2) == 0 {
		to.packs = append(to.packs, c.newPack())
	}
	if c.options.keepsHistory() {
		to.packs = append(to.packs, c.backward())
	}
	err = c.write(&to)
	return to.files, to, err
}

// write writes the files of rules.
func (c *campaign) write(to *ruling) error {
	for i := range to.packs {
		file := filepath.Join(c.options.Folder, fmt.Sprintf("rules-%s-%d-%d.yaml", c.app.ID, len(c.applied.revisions)+1, i))
		if err := os.WriteFile(file, to.packs[i].YAML(), 0o600); err != nil {
			return fmt.Errorf("write rules: %w", err)
		}
		to.files = append(to.files, file)
	}
	return nil
}

// newPack is a pack with a metric that nobody counted before.
func (c *campaign) newPack() oracle.Pack {
	good := oracle.Text(fmt.Sprintf("<= 0.0%d", 1+c.random.IntN(9)))
	facts := []oracle.Text{"claim_lost", "seller_cancelled", "refunded", "handover_late", "has_return"}
	return oracle.Pack{
		Name:    "own",
		Metrics: []oracle.Metric{{Name: "trouble", Bad: oracle.Texts{facts[c.random.IntN(len(facts))]}}},
		Rules: []oracle.Rule{{Name: "trouble", Metric: "trouble", Window: oracle.Over("30d"), Class: "contractual", Levels: []oracle.Level{
			{Level: "good", Target: good, State: "ok"}, {Level: "fair", Target: "<= 0.2", State: "at_risk"}, {Level: "poor", State: "breached"},
		}}},
	}
}

// apply runs the command until the revision is there, and kills its first tries somewhere. One that was killed may have come to pass.
func (c *campaign) apply(ctx context.Context, arguments []string) error {
	comment, kill := fmt.Sprintf("change %d", len(c.applied.revisions)+1), c.random.IntN(3) > 0
	return c.eventually(ctx, "apply rules", func() error {
		if all, err := c.comments(ctx); err != nil || slices.Contains(all, comment) {
			return err
		}
		last, err := c.tryApply(ctx, append(append([]string{"rules", "apply", "--no-wait", "--comment", comment}, c.options.lifetime()...), arguments...), kill)
		kill = false
		if err != nil {
			c.account.message(last)
			return fmt.Errorf("%w: %s", err, last)
		}
		all, err := c.comments(ctx)
		if err == nil && (len(all) != len(c.applied.revisions)+1 || all[0] != comment) {
			c.account.problem("applied %q, and revisions are %q", comment, all)
		}
		return err
	})
}

// mostIntoApply is how long after rules began to be applied something is killed, at most.
const mostIntoApply = 1500 * time.Millisecond

func (c *campaign) tryApply(ctx context.Context, arguments []string, kill bool) (last string, err error) {
	asking, end := context.WithCancel(ctx)
	defer end()
	done := make(chan struct{})
	go func() {
		defer close(done)
		_, last, err = c.fleet.Call(asking, append(arguments, c.shared()...)...)
	}()
	var failed error
	if running := c.fleet.Running(); kill && len(running) > 0 {
		wait(ctx, time.Duration(c.random.Int64N(int64(mostIntoApply))))
		switch victim := c.random.IntN(8); {
		case victim < 2:
			c.account.add(func(f *figures) { f.RuleCommandKills++ })
			end()
		case victim < 7:
			failed = c.kill(false, nil, running[c.random.IntN(len(running))])
		default:
			c.killBroker(ctx)
		}
	}
	<-done
	return last, errorsOf(failed, err)
}

// comments are those of the revisions, the newest first.
func (c *campaign) comments(ctx context.Context) (all []string, err error) {
	output, last, err := c.fleet.Call(ctx, append([]string{"rules", "history", "--output", "json"}, c.shared()...)...)
	if err != nil {
		return nil, fmt.Errorf("list revisions: %w: %s", err, last)
	}
	for line := range strings.Lines(string(output)) {
		var revision struct{ Comment string }
		if err := json.Unmarshal([]byte(line), &revision); err != nil {
			return nil, fmt.Errorf("list revisions: %w", err)
		}
		all = append(all, revision.Comment)
	}
	return all, nil
}

// awaitRules waits until every partition with a state goes by the newest revision.
func (c *campaign) awaitRules(ctx context.Context) error {
	return c.eventually(ctx, "partitions go by the rules", func() error {
		output, last, err := c.fleet.Call(ctx, append([]string{"rules", "status", "--output", "json"}, c.shared()...)...)
		if err != nil {
			return fmt.Errorf("%w: %s", err, last)
		}
		var status struct {
			Newest     int
			Partitions []struct {
				Read     bool
				Revision int
			}
		}
		if err := json.Unmarshal(output, &status); err != nil {
			return fmt.Errorf("read %s: %w", output, err)
		}
		for _, p := range status.Partitions {
			if p.Read && p.Revision != len(c.applied.revisions) {
				return fmt.Errorf("not yet: %s", output)
			}
		}
		return nil
	})
}

// rulesNow are arguments by which a command is told the rules in force.
func (c *campaign) rulesNow() (arguments []string) {
	for _, file := range c.applied.now.files {
		arguments = append(arguments, "--rules", file)
	}
	return arguments
}
