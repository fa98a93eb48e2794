package engine

import (
	"slices"

	"sellerpulse/internal/state"
	"sellerpulse/pkg/outputs"
	"sellerpulse/pkg/plan"
	"sellerpulse/pkg/rules"
	"sellerpulse/pkg/windows"
)

// rule is a rule, and which terms of a seller it compares over its windows.
type rule struct {
	plan.Version
	terms []ruleTerms // of each choice
	watch uint64      // the bits of its terms
}

type ruleTerms struct{ numerator, denominator int }

// numbers chooses a rule's window, and is the two numbers of a seller over it.
func (r *rule) numbers(seller *state.Seller) (w windows.Window, numerator, denominator int64) {
	for i, choice := range r.Windows {
		w = choice.Window
		numerator, denominator = seller.Windows.Sum(r.terms[i].numerator), seller.Windows.Sum(r.terms[i].denominator)
		if denominator >= choice.MinTotal {
			break
		}
	}
	return w, numerator, denominator
}

// layOut lists the distinct terms that rules compare, and the edges at which anything of a date changes in rules or reports.
func (e *Engine) layOut(p *plan.Plan) *windows.Layout {
	e.tally = windows.NewTally(p.Program)
	var terms []windows.Term
	for i := range p.Versions {
		r := rule{Version: p.Versions[i], watch: 1 << min(i, lastBit)}
		for _, choice := range r.Windows {
			t := windows.Term{Window: choice.Window, Channel: r.Rate.Channel, Field: r.Field}
			var of ruleTerms
			terms, of.numerator = withTerm(terms, t, r.Rate.Numerator, r.watch)
			terms, of.denominator = withTerm(terms, t, r.Rate.Denominator, r.watch)
			r.terms = append(r.terms, of)
			e.addEdges(choice.Window)
		}
		e.rules = append(e.rules, r)
	}
	for _, m := range rules.Metrics() {
		for _, w := range outputs.ReportWindows(m) {
			e.addEdges(w)
		}
	}
	return windows.NewLayout(p.Program, terms)
}

// lastBit is that of all rules from that place on: they are not told apart.
const lastBit = 63

// withTerm is the terms with one more of a measure, unless they have it, and its index.
func withTerm(terms []windows.Term, t windows.Term, measure int, watch uint64) ([]windows.Term, int) {
	t.Measure = measure
	i := slices.IndexFunc(terms, func(other windows.Term) bool {
		t.Watch = other.Watch
		return t == other
	})
	if i < 0 {
		i = len(terms)
		t.Watch = 0
		terms = append(terms, t)
	}
	terms[i].Watch |= watch
	return terms, i
}

func (e *Engine) addEdges(w windows.Window) {
	enters, leaves := w.Edges()
	for _, edge := range [...]windows.Edge{enters, leaves} {
		if !slices.Contains(e.edges, edge) {
			e.edges = append(e.edges, edge)
		}
	}
}

func ruleNames(set *rules.Set) (names []string) {
	for _, r := range set.Rules() {
		names = append(names, r.Name)
	}
	return names
}
