package whatif

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"sellerpulse/internal/engine"
	"sellerpulse/internal/state"
	"sellerpulse/pkg/events"
	"sellerpulse/pkg/outputs"
	"sellerpulse/pkg/rules"
)

// Options say which rules are tried. Zone, retention and history are those that the states were built with.
type Options struct {
	Rules         *rules.Set
	Zone          *time.Location
	RetentionDays int32
	HistoryDays   int32                                // for which counts are kept, where they outlive orders; else no more than the retention
	Most          int                                  // changes that are told of a partition
	Progress      func(partition int32, sellers int64) // told now and then how many are done; nil for nobody
}

// progressEach is after how many sellers it is told how far it is.
const progressEach = 500

// trial is a partition in the making.
type trial struct {
	options Options
	answer  *Answer
}

// OfPartition tries rules on the sellers of a partition, as a view has it. One that is not as of a commit, was built with other settings than those given, or has
// nothing yet is [Missing] in the answer.
func OfPartition(ctx context.Context, view *state.View, partition int32, o Options) (*Answer, error) {
	answer := newAnswer()
	why, err := unfit(view, partition, &o)
	if err != nil {
		return nil, fmt.Errorf("what if, partition %d: %w", partition, err)
	}
	if why != "" {
		answer.Missing = append(answer.Missing, Missing{partition, why})
		return answer, nil
	}
	t, err := engine.NewTrial(view, partition, engine.Options{Rules: o.Rules, Zone: o.Zone, RetentionDays: o.RetentionDays, HistoryDays: o.HistoryDays})
	if errors.Is(err, engine.ErrNothing) {
		answer.Partitions = append(answer.Partitions, Partition{Partition: partition})
		return answer, nil
	}
	if err == nil {
		err = errors.Join(each(ctx, t, partition, &trial{o, answer}), t.Close())
	}
	if err != nil {
		return nil, fmt.Errorf("what if, partition %d: %w", partition, err)
	}
	answer.Partitions = append(answer.Partitions, Partition{partition, events.FormatInstant(t.StreamTime()), answer.Sellers, t.Recounts()})
	answer.sort()
	return answer, nil
}

// unfit is why rules cannot be tried on a partition; empty where they can.
func unfit(view *state.View, partition int32, o *Options) (why string, err error) {
	saved, err := view.Saved(partition)
	if err != nil {
		return "", err
	}
	settings, err := view.Partition(partition).Settings()
	switch {
	case err != nil:
		return "", err
	case saved.Partial:
		return "it is being restored, or was when its process ended", nil
	case settings != nil && (settings.Zone != o.Zone.String() || settings.Retention != o.RetentionDays || max(settings.History, settings.Retention) != max(o.HistoryDays, o.RetentionDays)):
		return "its commit with the present settings is to come", nil
	}
	return "", nil
}

func each(ctx context.Context, t *engine.Trial, partition int32, c *trial) error {
	for _, n := range c.options.Rules.Rules() {
		c.answer.rule(n.Name, false) // Those that are not in force on the day too.
	}
	return t.Each(func(of *engine.Tried) error {
		c.take(of)
		if c.options.Progress != nil && c.answer.Sellers%progressEach == 0 {
			c.options.Progress(partition, c.answer.Sellers)
		}
		return ctx.Err()
	})
}

// take counts a seller, and notes how it changes.
func (c *trial) take(of *engine.Tried) {
	a := c.answer
	a.Sellers++
	a.Statuses[of.Status.String()]++
	alerts := map[string]bool{}
	for i := range of.Alerts {
		alerts[nameOf(of.Alerts[i].Rule, of.Alerts[i].Part)] = true
	}
	a.AlertsTotal += int64(len(of.Alerts))
	for i := range of.Rules {
		c.takeRule(of.SellerID, &of.Rules[i], alerts[nameOf(of.Rules[i].Rule, of.Rules[i].Part)])
	}
	for _, name := range slices.Sorted(maps.Keys(of.Gone)) {
		c.takeGone(of.SellerID, name, of.Gone[name])
	}
}

// nameOf is that of a rule, or of a part of it.
func nameOf(rule string, part *string) string {
	if part == nil {
		return rule
	}
	return state.PartName(rule, *part)
}

func (c *trial) takeRule(seller string, r *engine.TriedRule, alert bool) {
	row, to := c.answer.rule(r.Rule, false), rules.Standing{State: r.State, Level: r.Level}
	row.Now[r.Was.State.String()]++
	row.Then[to.State.String()]++
	if alert {
		row.Alerts++
	}
	if !rules.Alerts(r.Was, to) {
		return
	}
	state := to.State.String()
	c.change(row, Change{
		SellerID: seller, Rule: r.Rule, Part: r.Part, From: r.Was.State.String(), FromLevel: given(r.Was.Level), To: &state, ToLevel: given(to.Level),
		Numerator: &r.Numerator, Denominator: &r.Denominator, Rate: rateOf(&r.RuleReport), Target: given(r.Target.String()),
		Window: &Window{r.From.String(), r.RuleReport.To.String()}, Alert: alert,
	})
}

func (c *trial) takeGone(seller, name string, was rules.Standing) {
	rule, value, isPart := state.CutPartName(name)
	row := c.answer.rule(rule, true)
	row.Now[was.State.String()]++
	if was.State < rules.AtRisk {
		return
	}
	change := Change{SellerID: seller, Rule: rule, From: was.State.String(), FromLevel: given(was.Level)}
	if isPart {
		change.Part = &value
	}
	c.change(row, change)
}

func (c *trial) change(row *Rule, change Change) {
	row.Changes++
	c.answer.ChangesTotal++
	if len(c.answer.Changes) < c.options.Most {
		c.answer.Changes = append(c.answer.Changes, change)
	}
}

func rateOf(r *outputs.RuleReport) *float64 {
	if r.Denominator == 0 {
		return nil
	}
	rate := float64(r.Numerator) / float64(r.Denominator)
	return &rate
}

func given(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

// states are no sellers in each state.
func states() map[string]int64 {
	all := map[string]int64{}
	for s := range rules.NumStates {
		all[s.String()] = 0
	}
	return all
}
