package verify

import (
	"fmt"

	"sellerpulse/internal/state"
	"sellerpulse/pkg/events"
	"sellerpulse/pkg/plan"
	"sellerpulse/pkg/rules"
	"sellerpulse/pkg/windows"
)

// readRecord checks the rule states of a seller, or that one without orders has none.
func (c *check) readRecord(s *seller) error {
	found := false
	err := c.each(bySeller, s.id, func(e *state.Entry) error {
		found = true
		states, err := state.DecodeRuleStates(e.Value)
		if err != nil {
			c.result.add(Difference{Kind: KindSeller, Seller: s.id, Stored: fmt.Sprintf("a record of %d bytes: %v", len(e.Value), err), Computed: "a record that can be read"})
			return nil
		}
		c.checkStates(s, states)
		return nil
	})
	if err == nil && !found && s.live {
		c.result.add(Difference{Kind: KindSeller, Seller: s.id, Stored: "none", Computed: "a record: there are orders"})
	}
	return err
}

func (c *check) checkStates(s *seller, states map[string]state.RuleState) {
	for _, name := range sorted(states) {
		c.checkHistory(s, name, states[name])
	}
	at, ok := c.evaluatedAt(s.id)
	if !ok {
		return
	}
	for i := range c.plan.Versions {
		rule := &c.plan.Versions[i]
		c.checkState(s, rule, states[rule.Name].State, c.calendar.Today(at))
	}
}

// checkHistory checks what must hold of a state whatever the numbers are.
func (c *check) checkHistory(s *seller, rule string, r state.RuleState) {
	d := Difference{Kind: KindRule, Seller: s.id, Rule: rule}
	switch {
	case r.State > rules.Breached:
		d.Stored, d.Computed = fmt.Sprintf("state %d", r.State), "a state that there is"
	case r.State >= rules.AtRisk && r.Transitions == 0:
		d.Stored, d.Computed = r.State.String()+" without a transition", "at least one transition"
	case r.Transitions < 0:
		d.Stored, d.Computed = fmt.Sprintf("%d transitions", r.Transitions), "0 or more"
	case r.Since > c.clock.StreamTime:
		d.Stored, d.Computed = r.State.String()+" since "+events.FormatInstant(r.Since), "since stream time at the latest"
	default:
		return
	}
	c.result.add(d)
}

// checkState checks that a state is one that stays when its rule is evaluated on the recomputed numbers. Where the state depends on the one
// before it, by a rule's resolve, the numbers allow two.
func (c *check) checkState(s *seller, rule *plan.Version, stored rules.State, today windows.Date) {
	if stored > rules.Breached {
		return // It is listed.
	}
	numerator, denominator := c.sums(s, rule, today)
	if next := rule.Next(numerator, denominator, rules.Standing{State: stored}).State; next != stored {
		c.result.add(Difference{
			Kind: KindRule, Seller: s.id, Rule: rule.Name, Stored: stored.String(), Computed: fmt.Sprintf("%v by %d of %d", next, numerator, denominator),
		})
	}
}

// sums adds up what a rule compares.
func (c *check) sums(s *seller, rule *plan.Version, today windows.Date) (numerator, denominator int64) {
	from, to := rule.Window().Range(today)
	for date, cells := range s.sums {
		if date < from || date > to {
			continue
		}
		for _, channel := range [...]events.Channel{events.AFN, events.MFN} {
			counts := cells[cell{channel: channel, total: true}]
			if only := rule.Rate.Channel; counts == nil || only != 0 && only != channel {
				continue
			}
			numerator += int64(counts.Sums[rule.Rate.Numerator])
			denominator += int64(counts.Sums[rule.Rate.Denominator])
		}
	}
	return numerator, denominator
}
