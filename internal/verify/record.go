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
	today := c.calendar.Today(at)
	for i := range c.plan.Versions {
		if rule := &c.plan.Versions[i]; rule.Field == windows.NoField {
			c.checkState(s, rule, windows.Part{}, states[rule.Name], today)
		}
	}
}

// readParts checks the states of the parts of a seller's rules.
func (c *check) readParts(s *seller) error {
	return c.each(byPart, s.id, func(e *state.Entry) error {
		name := state.PartName(e.Rule, e.Of)
		part, err := state.DecodePart(e.Value)
		if err != nil {
			c.result.add(Difference{Kind: KindRule, Seller: s.id, Rule: name, Stored: fmt.Sprintf("a part of %d bytes: %v", len(e.Value), err), Computed: "a part that can be read"})
			return nil
		}
		c.checkHistory(s, name, part.RuleState)
		at, ok := c.evaluatedAt(s.id)
		for i := range c.plan.Versions {
			if rule := &c.plan.Versions[i]; ok && rule.Name == e.Rule && rule.Field == part.Place && part.Place != windows.NoField {
				c.checkState(s, rule, windows.Part{Field: part.Place, Value: e.Of}, part.RuleState, c.calendar.Today(at))
			}
		}
		return nil
	})
}

// checkHistory checks what must hold of a state whatever the numbers are.
func (c *check) checkHistory(s *seller, rule string, r state.RuleState) {
	d := Difference{Kind: KindRule, Seller: s.id, Rule: rule}
	switch {
	case r.State > rules.Breached:
		d.Stored, d.Computed = fmt.Sprintf("state %d", r.State), "a state that there is"
	case r.Told.State > rules.Breached:
		d.Stored, d.Computed = fmt.Sprintf("state %d told", r.Told.State), "a state that there is"
	case r.Known().State >= rules.AtRisk && r.Transitions == 0:
		d.Stored, d.Computed = r.Known().State.String()+" told without a transition", "at least one transition"
	case r.Transitions < 0:
		d.Stored, d.Computed = fmt.Sprintf("%d transitions", r.Transitions), "0 or more"
	case r.Since > c.clock.StreamTime:
		d.Stored, d.Computed = r.State.String()+" since "+events.FormatInstant(r.Since), "since stream time at the latest"
	default:
		return
	}
	c.result.add(d)
}

// checkState checks that a state is one that stays when its rule, as it is for the seller, is evaluated on the recomputed numbers, if it is in force and
// evaluated always; and that people know of it but for a silence. Where the state depends on the one before it, by a rule's resolve, the numbers allow two.
func (c *check) checkState(s *seller, rule *plan.Version, part windows.Part, stored state.RuleState, today windows.Date) {
	if stored.State > rules.Breached || !rule.InForce(today) {
		return // The first is listed.
	}
	overrides := c.options.Rules.OverridesOf(s.id)
	held, exempt := overrides.Held(rule.Rule, today)
	if stored.Untold && overrides.Silence(rule.Rule, today) == nil {
		c.result.add(Difference{Kind: KindRule, Seller: s.id, Rule: partName(rule, part), Stored: "people know of " + standingText(stored.Told), Computed: "no silence"})
	}
	if !exempt && !rule.Evaluate.Always() {
		return
	}
	of := rule.For(held)
	rule = &of
	_, numerator, denominator := rule.Choose(func(w windows.Window) (int64, int64) { return c.sums(s, rule, part, w, today) })
	next := rule.Next(numerator, denominator, stored.Standing())
	if exempt {
		next = rules.Standing{}
	}
	if next != stored.Standing() {
		c.result.add(Difference{
			Kind: KindRule, Seller: s.id, Rule: partName(rule, part), Stored: standingText(stored.Standing()), Computed: fmt.Sprintf("%s by %d of %d", standingText(next), numerator, denominator),
		})
	}
}

// partName is the name of a rule, or of a part of it.
func partName(rule *plan.Version, part windows.Part) string {
	if part.Field == windows.NoField {
		return rule.Name
	}
	return state.PartName(rule.Name, part.Value)
}

func standingText(s rules.Standing) string {
	if s.Level == "" {
		return s.State.String()
	}
	return s.State.String() + " " + s.Level
}

// sums adds up what a rule compares over a window, of a part or the whole.
func (c *check) sums(s *seller, rule *plan.Version, part windows.Part, w windows.Window, today windows.Date) (numerator, denominator int64) {
	from, to := w.Range(today)
	for date, cells := range s.sums {
		if date < from || date > to || !rule.Lists(part.Value) {
			continue
		}
		for at, counts := range cells {
			if only := rule.Rate.Channel; !at.of(part) || only != 0 && only != at.channel {
				continue
			}
			numerator += int64(counts.Sums[rule.Rate.Numerator])
			denominator += int64(counts.Sums[rule.Rate.Denominator])
		}
	}
	return numerator, denominator
}

// of is whether a cell counts orders of a part.
func (at *cell) of(p windows.Part) bool {
	switch p.Field {
	case windows.NoField:
		return at.total
	case windows.ChannelField:
		return at.total && at.channel.String() == p.Value
	default:
		return at.field == p.Field && at.value == p.Value
	}
}
