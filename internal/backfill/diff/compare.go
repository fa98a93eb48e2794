package diff

import (
	"cmp"
	"maps"
	"slices"

	"sellerpulse/pkg/rules"
)

// differs is whether anything of a seller differs.
func (t *table) differs(s *seller) bool {
	l, c := &s.sides[live], &s.sides[candidate]
	return l.known != c.known || t.rulesDiffer(s) || ratesDiffer(s) || alertsDiffer(s)
}

func alertsDiffer(s *seller) bool {
	l, c := &s.sides[live], &s.sides[candidate]
	return l.alerts != c.alerts || l.count != c.count
}

// ratesDiffer is whether two reports differ in rates that no rule looks at.
func ratesDiffer(s *seller) bool {
	l, c := &s.sides[live], &s.sides[candidate]
	return l.reported != 0 && c.reported != 0 && l.rates != c.rates
}

// rulesDiffer is whether the seller stands otherwise under any rule. Most do not, which their digests tell at once.
func (t *table) rulesDiffer(s *seller) bool {
	l, c := &s.sides[live], &s.sides[candidate]
	return (l.states != c.states || l.numbers != c.numbers || !t.sameRules) && len(t.rulesThatDiffer(s)) > 0 || len(t.partsThatDiffer(s)) > 0
}

// rulesOf lists the rules under which a seller stands otherwise, by their names, and then the parts of rules.
func (t *table) rulesOf(s *seller) (all []Rule) {
	for _, rule := range t.rulesThatDiffer(s) {
		all = append(all, Rule{Rule: t.rules[rule], Live: t.standings[live][rule].told(), Candidate: t.standings[candidate][rule].told()})
	}
	return append(all, t.partsThatDiffer(s)...)
}

// prepare finds out which rules are in force, and orders them by their names. It precedes comparing what a look found.
func (t *table) prepare() {
	t.order = t.order[:0]
	for _, settings := range t.settings {
		if settings != nil {
			for rule := range settings.Rules {
				t.number(rule)
			}
		}
	}
	for side := range t.settings {
		t.inForce[side], t.standings[side] = make([]bool, len(t.rules)), make([]standing, len(t.rules))
	}
	for rule, name := range t.rules {
		t.order = append(t.order, rule)
		for side, settings := range t.settings {
			if settings != nil {
				_, t.inForce[side][rule] = settings.Rules[name]
			}
		}
	}
	slices.SortFunc(t.order, func(a, b int) int { return cmp.Compare(t.rules[a], t.rules[b]) })
	t.sameRules = slices.Equal(t.inForce[live], t.inForce[candidate])
}

// standing is where a seller stands under a rule on a side: nowhere unless it is known there and the rule is in force.
type standing struct {
	anywhere, reported bool
	state              rules.State
	numbers            Numbers
}

// rulesThatDiffer lists the numbers of rules under which a seller stands otherwise, by their names. It and what it leaves in standings are valid until
// the next call.
func (t *table) rulesThatDiffer(s *seller) []int {
	t.stand(s, live)
	t.stand(s, candidate)
	t.differing = t.differing[:0]
	for _, rule := range t.order {
		if !t.standings[live][rule].same(&t.standings[candidate][rule]) {
			t.differing = append(t.differing, rule)
		}
	}
	return t.differing
}

// stand finds out where a seller stands on a side.
func (t *table) stand(s *seller, side int) {
	d := &s.sides[side]
	all := t.standings[side]
	clear(all)
	if !d.known {
		return
	}
	for rule := range all {
		if t.inForce[side][rule] {
			all[rule] = standing{anywhere: true, state: d.stateOf(rule)}
		}
	}
	d.eachNumbers(func(rule int, n Numbers) { all[rule].reported, all[rule].numbers = all[rule].anywhere, n })
}

// same is whether state and numbers are the same. Nowhere is the same as no data: a rule that is new says nothing of who has no orders. That windows
// differ is of the rules and not of the seller, and their dates are of when each report was published.
func (s *standing) same(other *standing) bool {
	if !s.anywhere || !other.anywhere {
		return s.empty() && other.empty()
	}
	return s.state == other.state && (!s.reported || !other.reported ||
		s.numbers.Numerator == other.numbers.Numerator && s.numbers.Denominator == other.numbers.Denominator)
}

func (s *standing) empty() bool { return s.state == rules.NoData && s.numbers.Denominator == 0 }

// told is what others are told of it; nil for nowhere.
func (s *standing) told() *Standing {
	if !s.anywhere {
		return nil
	}
	told := &Standing{State: s.state}
	if s.reported {
		numbers := s.numbers
		told.Report = &numbers
	}
	return told
}

// definitions lists the rules that are not defined alike, by their names.
func (t *table) definitions() (all []Definition) {
	var of [2]map[string]string
	names := map[string]string{}
	for side, settings := range t.settings {
		if settings != nil {
			of[side] = settings.Rules
			maps.Copy(names, settings.Rules)
		}
	}
	for _, rule := range slices.Sorted(maps.Keys(names)) {
		if of[live][rule] != of[candidate][rule] {
			all = append(all, Definition{Rule: rule, Live: of[live][rule], Candidate: of[candidate][rule]})
		}
	}
	return all
}
