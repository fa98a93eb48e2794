package oracle

import (
	"cmp"
	"slices"
)

// Standing is where a seller stands with a part of a rule in force: as a report has it, and what an alert would say beside that now.
type Standing struct {
	RuleReport
	DefectsToBreach *int
	OrdersToRecover *int
	RecoversOn      *Day
	Components      *Components
}

// Standings are a seller's, as the rules of its report.
func (r *Result) Standings(name string) (all []Standing) {
	s := r.sellers[name]
	r.eachStand(s, func(of *rule, p part) {
		all = append(all, r.standing(s, of, p))
	})
	return all
}

// standing is what an alert would say; between days of evaluation, without data there is no way to a breach.
func (r *Result) standing(s *seller, of *rule, p part) Standing {
	at := Standing{RuleReport: r.ruleReport(s, of, p)}
	is, kept := r.figures(s, of, p, r.calendar.today(r.StreamTime)), s.kept(of.name, p).standing
	if kept.state == Breached || at.ProjectedState != NoData {
		at.DefectsToBreach = of.defectsToBreach(kept, is)
	}
	if kept.state == Breached {
		at.OrdersToRecover, at.RecoversOn = of.ordersToRecover(kept, is), r.recoversOn(s, of, p)
	}
	if of.metric.pack == "" && of.metric.name == "order_defect_rate" {
		at.Components = r.components(s, of, p, is.Window)
	}
	return at
}

// asked is the version of a rule that holds of a seller, and a part of it, given by its value; nil for the whole.
func (r *Result) asked(seller, name string, value *string) (*rule, part) {
	p := part{}
	if value != nil {
		p = part{*value, true}
	}
	for _, n := range r.policy.named {
		today := r.calendar.today(r.StreamTime)
		if of := n.inForce(today); of != nil && of.name == name {
			return r.policy.heldBy(seller, of, today), p
		}
	}
	panic("oracle: no such rule in force: " + name)
}

// Figures are a rule's numbers as its window lies on a day, over the orders as they are now.
func (r *Result) Figures(name, rule string, value *string, day Day) (w Window, numerator, denominator int) {
	of, p := r.asked(name, rule, value)
	is := r.figures(r.sellers[name], of, p, day)
	return is.Window, is.numerator, is.denominator
}

// Counted is what an order adds to the numbers of a rule.
type Counted struct {
	OrderID                string
	Date                   Day
	Numerator, Denominator int
}

// Counting are the live orders of some dates, both inclusive, that are in the denominator of a part of a rule: the newest date first, then by id.
func (r *Result) Counting(name, rule string, value *string, from, to Day) (all []Counted) {
	of, p := r.asked(name, rule, value)
	for _, o := range r.ordersOf(r.sellers[name], of, p, Window{From: from, To: to}) {
		if n, d := of.metric.count(r.at(o, of.reasons)); d > 0 {
			all = append(all, Counted{o.id, o.date, n, d})
		}
	}
	slices.SortFunc(all, func(a, b Counted) int { return cmp.Or(cmp.Compare(b.Date, a.Date), cmp.Compare(a.OrderID, b.OrderID)) })
	return all
}
