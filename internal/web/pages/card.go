package pages

import (
	"html/template"
	"slices"

	"sellerpulse/internal/inspect"
	"sellerpulse/pkg/outputs"
	"sellerpulse/pkg/rules"
	"sellerpulse/pkg/windows"
)

// ruleCard is where a seller stands with a rule: with the part that is worst, of one that has parts.
type ruleCard struct {
	Name, Part, Metric, Link, State, Class, Rate, Target, Says, Numerator, Denominator, Unit, Window, Advisory string
	Scale                                                                                                      template.HTML
	Current                                                                                                    bool

	Ladder           []rung   // the levels of a rule that has them, from the best down
	Notes            []string // when it is evaluated next, and what will hold then
	Parts            []partRow
	More             []partRow // parts that are folded away
	MoreSay, Omitted string
}

// rung is one of the levels of a rule.
type rung struct {
	Name, Target, Class string
	Here                bool // the seller is on it
}

// partRow is a part of a rule.
type partRow struct {
	Name, Link, Rate, Counts, State, Class string
	Current                                bool
}

// shownParts is how many parts are listed of which none is folded away.
const shownParts = 6

// card is where a seller stands with a rule, of whose parts these are the reports; more is what the state tells of each, nil where it is not at hand.
func (q *request) card(seller string, parts []*outputs.RuleReport, more []*inspect.Standing, today windows.Date, current func(*outputs.RuleReport) bool) ruleCard {
	worst := 0
	for i := range parts {
		if moreUrgent(parts[i], parts[worst]) {
			worst = i
		}
	}
	r := parts[worst]
	card := ruleCard{
		Name: r.Rule, Part: q.partName(r.Part), Metric: q.metric(r.Metric), Link: ruleLink(seller, r.Rule, r.Part), State: q.t(stateNames[r.State]), Class: stateClasses[r.State],
		Rate: q.rate(r.Numerator, r.Denominator), Target: q.target(r.Target), Numerator: q.count(r.Numerator), Denominator: q.count(r.Denominator),
		Unit: q.unit(r.Metric), Window: q.span(r, today), Current: slices.ContainsFunc(parts, current), Says: q.distance(r, more[worst], today), Notes: q.notes(r, today),
	}
	if r.SilencedUntil != nil {
		card.Notes = append([]string{q.silence(r)}, card.Notes...)
	}
	if r.Class == rules.Advisory {
		card.Advisory = q.t("advisory")
	}
	if near, ok := nearness(r); ok {
		card.Scale = q.scale(r, near)
	}
	for _, l := range r.Levels {
		card.Ladder = append(card.Ladder, rung{l.Name, q.target(l.Target), stateClasses[l.State], l.Name == r.Level})
	}
	card.addParts(q, seller, parts, current)
	return card
}

// moreUrgent is whether a part is to be shown rather than another.
func moreUrgent(a, b *outputs.RuleReport) bool {
	if a.State != b.State {
		return a.State > b.State
	}
	x, _ := nearness(a)
	y, _ := nearness(b)
	return x > y
}

// addParts lists the parts of a rule that has parts, the worst first.
func (card *ruleCard) addParts(q *request, seller string, parts []*outputs.RuleReport, current func(*outputs.RuleReport) bool) {
	if parts[0].Part == nil {
		return
	}
	sorted := slices.Clone(parts)
	slices.SortStableFunc(sorted, func(a, b *outputs.RuleReport) int {
		switch {
		case moreUrgent(a, b):
			return -1
		case moreUrgent(b, a):
			return 1
		}
		return 0
	})
	for i, r := range sorted {
		row := partRow{
			q.partName(r.Part), ruleLink(seller, r.Rule, r.Part), q.rate(r.Numerator, r.Denominator), q.counts(r.Numerator, r.Denominator),
			q.standing(r), stateClasses[r.State], current(r),
		}
		if i < shownParts || len(sorted) == shownParts+1 {
			card.Parts = append(card.Parts, row)
		} else {
			card.More = append(card.More, row)
		}
	}
	if n := len(card.More); n > 0 {
		card.MoreSay = q.t("%s more parts", q.count(int64(n)))
	}
	if n := parts[0].PartsOmitted; n > 0 {
		card.Omitted = q.t("%s more values have no state of their own.", q.count(n))
	}
}

// partName is what a part is called; empty for the whole.
func (w *words) partName(part *string) string {
	switch {
	case part == nil:
		return ""
	case *part == "":
		return w.t("none given")
	}
	return *part
}

// ruleName is a rule with its part, if it has one.
func (w *words) ruleName(rule string, part *string) string {
	if part == nil {
		return rule
	}
	return rule + ": " + isolated(w.partName(part))
}

// standing is a state, with the level of a rule that has levels.
func (w *words) standing(r *outputs.RuleReport) string {
	if r.Level == "" {
		return w.t(stateNames[r.State])
	}
	return w.t(stateNames[r.State]) + ", " + r.Level
}
