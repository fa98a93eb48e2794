package inspect

import (
	"cmp"
	"maps"
	"slices"
	"strings"

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
	versions      []*plan.Version // of the rule, in force today or not
	at            int             // which of them Version is
	tallies       []tally         // what each of them counts
	held          func(*plan.Version, windows.Date) *plan.Version
	omitted       int64         // values that have no state of their own
	newest        *windows.Date // date of any order of the seller; nil for none
}

// stands lists those of a seller, given the states of rules, in the order of the rules and then of the parts' values.
func (p *Partition) stands(head *Head, states map[string]state.RuleState) ([]stand, error) {
	names, parts, err := p.reader.Parts(head.SellerID)
	if err != nil {
		return nil, err
	}
	var all []stand
	for i := range p.plan.Versions {
		switch v := p.heldBy(head.SellerID, &p.plan.Versions[i], head.Today); {
		case v == nil:
		case v.Field == windows.NoField:
			all = append(all, p.stand(head, v, windows.Part{}, states[v.Name]))
		default:
			all = append(all, p.standsOf(head, v, names, parts)...)
		}
	}
	return all, p.addUp(head, all)
}

// standsOf lists those of a rule's parts that have places.
func (p *Partition) standsOf(head *Head, v *plan.Version, names []string, parts []state.PartState) (all []stand) {
	for i := range parts {
		if names[i] == v.Name && parts[i].Place == v.Field {
			all = append(all, p.stand(head, v, windows.Part{Field: v.Field, Value: parts[i].Value}, parts[i].RuleState))
		}
	}
	slices.SortFunc(all, func(a, b stand) int { return cmp.Compare(a.part.Value, b.part.Value) })
	return all
}

func (p *Partition) stand(head *Head, v *plan.Version, part windows.Part, st state.RuleState) stand {
	s := stand{Version: v, part: part, state: st}
	for i := range p.plan.Versions {
		if other := &p.plan.Versions[i]; other.Name == v.Name {
			if other.InForce(head.Today) {
				s.at = len(s.versions)
			}
			s.versions = append(s.versions, other)
		}
	}
	s.held = func(of *plan.Version, day windows.Date) *plan.Version { return p.heldBy(head.SellerID, of, day) }
	s.tallies = make([]tally, len(s.versions))
	return s
}

// addUp counts what stands count, in one pass, and which values of live orders have no place.
func (p *Partition) addUp(head *Head, all []stand) error {
	byPart, left := map[windows.Part][]*stand{}, p.omissions(head.Today)
	for i := range all {
		byPart[all[i].part] = append(byPart[all[i].part], &all[i])
	}
	var newest *windows.Date
	err := p.eachCell(head.counted(), func(date windows.Date, c *windows.Cell) {
		if c.Total && !c.Sums.Zero() {
			newest = &date
		}
		for f := range windows.NumFields {
			value, of := valueOf(c, f)
			if !of {
				continue
			}
			placed := byPart[windows.Part{Field: f, Value: value}]
			for _, s := range placed {
				s.add(date, c)
			}
			if date >= head.KeptFrom {
				left.add(c, f, value, placed)
			}
		}
	})
	for i := range all {
		all[i].omitted, all[i].newest = left.of(all[i].Version), newest
	}
	return err
}

// add counts a cell of the part.
func (s *stand) add(date windows.Date, c *windows.Cell) {
	for i, v := range s.versions {
		if v.Lists(s.part.Value) {
			counter := counterOfRule(v)
			s.tallies[i] = s.tallies[i].with(date, &counter, c)
		}
	}
}

// omissions are the values of live orders that have no place, by the version in force.
type omissions struct {
	versions []*plan.Version
	values   []map[string]struct{}
	most     int // of a version that are told apart
}

func (p *Partition) omissions(today windows.Date) *omissions {
	o := &omissions{most: p.options.MaxLines}
	for i := range p.plan.Versions {
		if v := &p.plan.Versions[i]; v.Field != windows.NoField && v.InForce(today) {
			o.versions, o.values = append(o.versions, v), append(o.values, map[string]struct{}{})
		}
	}
	return o
}

func (o *omissions) add(c *windows.Cell, f windows.Field, value string, placed []*stand) {
	for i, v := range o.versions {
		counts := v.Field == f && c.Sums[v.Placed] > 0 && (v.Rate.Channel == 0 || v.Rate.Channel == c.Channel) && v.Lists(value)
		if !counts || len(o.values[i]) == o.most || slices.ContainsFunc(placed, func(s *stand) bool { return s.Name == v.Name }) {
			continue
		}
		if _, known := o.values[i][value]; !known {
			o.values[i][strings.Clone(value)] = struct{}{}
		}
	}
}

// of is how many values of a version are left out.
func (o *omissions) of(v *plan.Version) int64 { return int64(len(o.valuesOf(v))) }

func (o *omissions) valuesOf(v *plan.Version) []string {
	i := slices.IndexFunc(o.versions, func(other *plan.Version) bool { return other.Name == v.Name })
	if i < 0 {
		return nil // Its rule has no parts.
	}
	return slices.Collect(maps.Keys(o.values[i]))
}

// SamePart is whether two parts of a rule are the same, each given by its value; nil for the whole.
func SamePart(a, b *string) bool { return a == nil && b == nil || a != nil && b != nil && *a == *b }

// value is the part's; nil for the whole.
func (s *stand) value() *string { return optional(s.part.Value, s.part.Field != windows.NoField) }

// level is that on which the seller stands; nil for none.
func level(s rules.Standing) *string { return optional(s.Level, s.Level != "") }

// tally is what the version counts.
func (s *stand) tally() tally { return s.tallies[s.at] }

// on is the stand under the version of its rule that holds of the seller on a day; false where none does.
func (s *stand) on(day windows.Date) (stand, bool) {
	under := *s
	for i, v := range s.versions {
		if held := s.held(v, day); held != nil {
			under.Version, under.at = held, i
			return under, true
		}
	}
	return under, false
}

// numbers chooses the rule's window on a day, and counts the orders in it.
func (s *stand) numbers(day windows.Date) (w windows.Window, numerator, denominator int64) {
	t := s.tally()
	return s.Choose(func(w windows.Window) (int64, int64) { return t.between(w.Range(day)) })
}
