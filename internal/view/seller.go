package view

import (
	"encoding/binary"
	"slices"

	"sellerpulse/pkg/events"
	"sellerpulse/pkg/outputs"
	"sellerpulse/pkg/rules"
	"sellerpulse/pkg/windows"
)

// Seller is where a seller stands by its latest report. It is the caller's.
type Seller struct {
	ID     string
	Status rules.Status
	AsOf   events.Millis // stream time of the report
	Today  windows.Date  // the day of it, in the zone of the tasks
	Rules  []outputs.RuleReport

	Nearest   *Nearest  // nil where no rule has data
	Recovered *Recovery // nil where no rule left BREACHED for good, as far as there are alerts
}

// Nearest is the rule, or the part of one, by which a seller is nearest to a breach.
type Nearest struct {
	Rule     string
	Part     *string // nil of a rule without parts
	Class    rules.Class
	Nearness rules.Nearness // rules.AtLimit or more: it misses its target
}

// Recovery is the last time that a rule left BREACHED, to which it has not come back.
type Recovery struct {
	Rule string
	Part *string       // nil of a rule without parts
	At   events.Millis // stream time
}

// none is the nearness of a seller none of whose rules has data.
const none rules.Nearness = -1

// seller is what is kept of one. There are many, so it is small; it does not change, so that copies of the orders share it.
type seller struct {
	id       string
	rules    string // packed
	asOf     events.Millis
	offset   int64 // of the latest report
	nearness rules.Nearness

	recovered     events.Millis // events.None: never
	partition     int32
	today         windows.Date
	nearestRule   uint16 // of the definitions; of none, 0
	recoveredRule uint16
	nearestPart   *string
	recoveredPart *string
	status        rules.Status
	class         rules.Class // of the nearest rule
	states        stateSet    // that any rule is in
	slot          uint32      // of the columns
}

// stateSet has a bit for each state.
type stateSet uint8

func setOf(states []rules.State) (set stateSet) {
	for _, s := range states {
		set |= 1 << s
	}
	return set
}

func (s stateSet) has(state rules.State) bool { return s>>state&1 > 0 }

// newSeller keeps a report in short. It is false where the rule definitions are too many.
func newSeller(r *outputs.Report, today windows.Date, definitions *definitions) (*seller, bool) {
	s := &seller{id: r.SellerID, asOf: r.AsOf, today: today, status: r.Status, nearness: none, recovered: events.None}
	var heads, numbers []byte
	for i := range r.Rules {
		rule := &r.Rules[i]
		index, ok := definitions.intern(rule)
		if !ok {
			return nil, false
		}
		heads, numbers = appendRule(heads, numbers, index, rule, r.AsOf)
		s.states |= 1 << rule.State
		s.consider(index, rule)
	}
	s.rules = string(slices.Concat(binary.AppendUvarint(nil, uint64(len(r.Rules))), heads, numbers))
	return s, true
}

// consider takes a rule for the nearest if it is nearer, or as near and contractual. One whose state is NO_DATA has too few orders to be near to anything.
func (s *seller) consider(index uint16, r *outputs.RuleReport) {
	nearness, ok := r.Target.Nearness(r.Numerator, r.Denominator)
	if !ok || r.State == rules.NoData || nearness < s.nearness || nearness == s.nearness && r.Class >= s.class {
		return
	}
	s.nearness, s.nearestRule, s.nearestPart, s.class = nearness, index, r.Part, r.Class
}

// full is the seller with its rules in full.
func (s *seller) full(definitions []outputs.RuleReport) Seller {
	whole := Seller{ID: s.id, Status: s.status, AsOf: s.asOf, Today: s.today}
	for now := range s.standings() {
		r := definitions[now.definition]
		r.Window, r.State, r.Since, r.Numerator, r.Denominator = now.window, now.state, now.since, now.numerator, now.denominator
		r.From, r.To = r.Window.Range(s.today)
		r.ProjectedState = r.State
		now.addMore(&r)
		whole.Rules = append(whole.Rules, r)
	}
	if s.nearness != none {
		whole.Nearest = &Nearest{Rule: definitions[s.nearestRule].Rule, Part: s.nearestPart, Class: s.class, Nearness: s.nearness}
	}
	if s.recovered != events.None {
		whole.Recovered = &Recovery{Rule: definitions[s.recoveredRule].Rule, Part: s.recoveredPart, At: s.recovered}
	}
	return whole
}
