package engine

import (
	"slices"

	"sellerpulse/pkg/plan"
	"sellerpulse/pkg/rules"
	"sellerpulse/pkg/windows"
)

// policy is the rules, and which of them are in force on a day.
type policy struct {
	names    []string        // of the rules, in the order in which they are reported
	fields   []windows.Field // by which each has parts
	rules    []rule          // every version
	versions [][]*rule       // of each name
	terms    [windows.NumFields][]windows.Term
	missed   []miss                 // what orders have misses by, each once
	edges    []windows.Edge         // where dates enter or leave a window of rules or reports
	parted   [windows.NumFields]int // how many rules have parts by each
	parts    bool                   // some rules have parts
	divided  int                    // how many versions have
	dated    bool                   // some begin, end, or are evaluated on some days
	set      *rules.Set
	turns    []turn

	// What follows is of the day that was asked for last.
	known   bool
	day     windows.Date
	inForce []*rule // by name; nil for none
	asked   windows.Date
	held    map[*rules.Overrides]*holding
}

// rule is a version of a rule, and which terms of a seller it compares over its windows.
type rule struct {
	plan.Version
	name   int         // the index of its name
	index  int         // among all versions
	terms  []ruleTerms // of each choice
	watch  uint64      // the bits of its terms
	always bool        // it is evaluated after each event and instant

	// Of the version as it is for some sellers.
	silence *rules.Silence // nil where people are told
	exempt  bool           // it is not in force for them
}

type ruleTerms struct{ numerator, denominator int }

// lastBit is that of all versions from that place on: their terms are not told apart.
const lastBit = 63

// newPolicy lists the distinct terms that rules compare, and the edges at which anything of a date changes in rules or reports.
func newPolicy(p *plan.Plan, set *rules.Set, days int32) *policy {
	y := &policy{set: set, turns: turnsOf(set), held: map[*rules.Overrides]*holding{}}
	for _, n := range set.Rules() {
		y.names = append(y.names, n.Name)
	}
	y.rules = make([]rule, len(p.Versions)) // They are pointed to.
	y.fields, y.versions = make([]windows.Field, len(y.names)), make([][]*rule, len(y.names))
	for i := range p.Versions {
		r := &y.rules[i]
		*r = rule{Version: p.Versions[i], name: slices.Index(y.names, p.Versions[i].Name), index: i, watch: 1 << min(i, lastBit), always: p.Versions[i].Evaluate.Always()}
		for _, choice := range r.Windows {
			r.terms = append(r.terms, ruleTerms{y.term(r, choice.Window, r.Rate.Numerator), y.term(r, choice.Window, r.Rate.Denominator)})
			y.addEdges(choice.Window)
		}
		y.addMiss(r)
		y.fields[r.name] = r.Field
		if r.Field != windows.NoField {
			y.parts = true
			y.divided++
		}
		y.dated = y.dated || r.From != nil || r.Until != nil || !r.Evaluate.Always()
		y.versions[r.name] = append(y.versions[r.name], r)
	}
	for _, field := range y.fields {
		y.parted[field]++
	}
	for i := range p.Metrics {
		for _, w := range p.Metrics[i].Over(days) {
			y.addEdges(w)
		}
	}
	return y
}

// term is the index, among those of its field, of the term of a measure over a rule's window, which is added unless there is one.
func (y *policy) term(r *rule, w windows.Window, measure int) int {
	t := windows.Term{Window: w, Channel: r.Rate.Channel, Measure: measure, Field: r.Field}
	terms := y.terms[r.Field]
	i := slices.IndexFunc(terms, func(other windows.Term) bool {
		t.Watch = other.Watch
		return t == other
	})
	if i < 0 {
		i, t.Watch = len(terms), 0
		terms = append(terms, t)
	}
	terms[i].Watch |= r.watch
	y.terms[r.Field] = terms
	return i
}

func (y *policy) addEdges(w windows.Window) {
	enters, leaves := w.Edges()
	for _, edge := range [...]windows.Edge{enters, leaves} {
		if !slices.Contains(y.edges, edge) {
			y.edges = append(y.edges, edge)
		}
	}
}

// on is the version of each rule that is in force on a day; nil for none. It is valid until another day is asked for.
func (y *policy) on(day windows.Date) []*rule {
	if y.known && y.day == day {
		return y.inForce
	}
	y.known, y.day, y.inForce, y.asked = true, day, y.inForce[:0], maxDate
	clear(y.held)
	for name := range y.versions {
		y.inForce = append(y.inForce, y.version(name, day))
	}
	for i := range y.rules {
		y.asked = min(y.asked, y.rules[i].askedAfter(day))
	}
	return y.inForce
}

// version is the version of a rule that is in force on a day.
func (y *policy) version(name int, day windows.Date) *rule {
	for _, r := range y.versions[name] {
		if r.InForce(day) {
			return r
		}
	}
	return nil
}

// askedAfter is the first day after one at whose start every seller is to be asked: as a version begins, ends or is evaluated.
func (y *policy) askedAfter(day windows.Date) windows.Date {
	y.on(day)
	return y.asked
}

// asks is whether every seller is to be asked at the start of any of the days from one to another.
func (y *policy) asks(first, last windows.Date) bool {
	if !y.dated {
		return false
	}
	for i := range y.rules {
		if y.rules[i].askedAfter(first-1) <= last {
			return true
		}
	}
	return false
}

func (r *rule) askedAfter(day windows.Date) windows.Date {
	switch {
	case r.From != nil && *r.From > day:
		return *r.From
	case r.Until != nil && *r.Until < day:
		return maxDate
	}
	last := maxDate
	if r.Until != nil {
		last = *r.Until + 1
	}
	if r.Evaluate.Always() {
		return last
	}
	for day++; day < last && !r.Evaluate.Has(day); {
		day++
	}
	return day
}
