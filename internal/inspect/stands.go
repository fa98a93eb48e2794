package inspect

import (
	"cmp"
	"slices"

	"sellerpulse/internal/state"
	"sellerpulse/pkg/plan"
	"sellerpulse/pkg/rules"
	"sellerpulse/pkg/windows"
)

// stand is where a seller stands with a rule in force, or with a part of it.
type stand struct {
	*plan.Version // as it is for the seller
	part          windows.Part
	state         state.RuleState
	days          days // what counts
}

// stands lists those of a seller, given the states of rules, in the order of the rules and then of the parts' values.
func (p *Partition) stands(head *Head, states map[string]state.RuleState) (all []stand, err error) {
	names, parts, err := p.reader.Parts(head.SellerID)
	if err != nil {
		return nil, err
	}
	whole, err := p.partDays(head.everything(), windows.Part{})
	if err != nil {
		return nil, err
	}
	for i := range p.plan.Versions {
		v := p.heldBy(head, &p.plan.Versions[i])
		switch {
		case v == nil:
		case v.Field == windows.NoField:
			all = append(all, stand{Version: v, state: states[v.Name], days: whole})
		default:
			of, err := p.standsOf(head, v, names, parts)
			if err != nil {
				return nil, err
			}
			all = append(all, of...)
		}
	}
	return all, nil
}

// standsOf lists the parts of a rule.
func (p *Partition) standsOf(head *Head, v *plan.Version, names []string, parts []state.PartState) (all []stand, err error) {
	for i := range parts {
		if names[i] != v.Name || parts[i].Place != v.Field {
			continue
		}
		s := stand{Version: v, part: windows.Part{Field: v.Field, Value: parts[i].Value}, state: parts[i].RuleState}
		if v.Lists(s.part.Value) {
			if s.days, err = p.partDays(head.everything(), s.part); err != nil {
				return nil, err
			}
		}
		all = append(all, s)
	}
	slices.SortFunc(all, func(a, b stand) int { return cmp.Compare(a.part.Value, b.part.Value) })
	return all, nil
}

// SamePart is whether two parts of a rule are the same, each given by its value; nil for the whole.
func SamePart(a, b *string) bool { return a == nil && b == nil || a != nil && b != nil && *a == *b }

// value is the part's; nil for the whole.
func (s *stand) value() *string { return optional(s.part.Value, s.part.Field != windows.NoField) }

// level is that on which the seller stands; nil for none.
func level(s rules.Standing) *string { return optional(s.Level, s.Level != "") }

// numbers chooses the rule's window on a day, and counts the orders in it.
func (s *stand) numbers(day windows.Date) (w windows.Window, numerator, denominator int64) {
	counter := counterOfRule(s.Version)
	return s.Choose(func(w windows.Window) (int64, int64) {
		from, to := w.Range(day)
		return counter.between(s.days, from, to)
	})
}
