package inspect

import (
	"slices"

	"sellerpulse/pkg/events"
	"sellerpulse/pkg/plan"
	"sellerpulse/pkg/rules"
	"sellerpulse/pkg/windows"
)

// OrderRule is whether a rule, or a part of it, counts an order, when, and what of it.
type OrderRule struct {
	Rule        string       `json:"rule"`
	Part        *string      `json:"part" doc:"The value of the field that the rule tells orders apart by; null of a rule that does not, and where it counts the order in no part."`
	Metric      string       `json:"metric"`
	CountsFrom  windows.Date `json:"counts_from"`  // the first and the last day on which its date is in a window of the rule
	CountsUntil windows.Date `json:"counts_until"` // both inclusive
	InWindow    bool         `json:"in_window"`    // in the one that is chosen today
	Numerator   int64        `json:"numerator"`    // what it adds while it is
	Denominator int64        `json:"denominator"`
	Miss        bool         `json:"miss"`
	Excused     bool         `json:"excused"`     // the marketplace takes misses of the metric out
	NotCounted  *NotCounted  `json:"not_counted"` // why it adds nothing today; null where it does
}

// NotCounted is why a rule does not count an order.
type NotCounted string

// The reasons, of which the first that holds is told.
const (
	NotAnOrder   NotCounted = "NOT_AN_ORDER"  // it counts nowhere: it waits for its payment
	OtherChannel NotCounted = "OTHER_CHANNEL" // the rule counts those of another channel
	Filtered     NotCounted = "FILTERED"      // it is not one of those that the rule counts
	Nothing      NotCounted = "NOTHING"       // it has no unit of those that the rule counts, such as a settled shipment
	AllExcused   NotCounted = "EXCUSED"       // its units would be misses, and are excused, which takes them out of the total
	TooEarly     NotCounted = "NOT_YET"       // its date is yet to come into the window
	TooLate      NotCounted = "LEFT"          // its date has left the window
)

// NotCountedReasons lists them.
func NotCountedReasons() []NotCounted {
	return []NotCounted{NotAnOrder, OtherChannel, Filtered, Nothing, AllExcused, TooEarly, TooLate}
}

// orderRules tells of each rule in force, and of each part of it that the order is in, whether it counts the order at hand.
func (p *Partition) orderRules(answer *Order, o *windows.Order, at events.Millis) ([]OrderRule, error) {
	sums := slices.Clone(p.count(at))
	e := explained{head: &answer.Head, date: *answer.OrderDate, order: o, at: at, sums: sums, attributes: p.attributes, rules: []OrderRule{}}
	states, _, err := p.reader.RuleStates(answer.SellerID)
	if err != nil {
		return nil, err
	}
	if e.stands, err = p.stands(e.head, states); err != nil {
		return nil, err
	}
	for i := range p.plan.Versions {
		if v := p.heldBy(answer.SellerID, &p.plan.Versions[i], answer.Today); v != nil {
			e.rule(v)
		}
	}
	return e.rules, nil
}

// explained is an order of which each rule is asked whether it counts it.
type explained struct {
	head       *Head
	date       windows.Date
	order      *windows.Order
	at         events.Millis
	sums       windows.Sums
	attributes windows.Attributes
	stands     []stand
	rules      []OrderRule
}

// rule tells of a rule, or of its parts that have the order.
func (e *explained) rule(v *plan.Version) {
	number := len(e.rules)
	if v.Field == windows.NoField {
		e.add(v, windows.Part{})
		return
	}
	for _, value := range e.attributes.Values(nil, v.Field) {
		if v.Lists(value) && e.whyNot(v) == "" {
			e.add(v, windows.Part{Field: v.Field, Value: value})
		}
	}
	if len(e.rules) == number {
		e.add(v, windows.Part{})
	}
}

func (e *explained) add(v *plan.Version, part windows.Part) {
	r := OrderRule{
		Rule: v.Name, Part: optional(part.Value, part.Field != windows.NoField), Metric: v.Metric.FullName(), Excused: e.order.Excused(v.Metric.Name),
	}
	for i, c := range v.Windows {
		enters, leaves := c.Window.Enters(e.date), c.Window.Leaves(e.date)
		if i == 0 || enters < r.CountsFrom {
			r.CountsFrom = enters
		}
		r.CountsUntil = max(r.CountsUntil, leaves-1)
	}
	from, to := e.window(v, part).Range(e.head.Today)
	r.InWindow = from <= e.date && e.date <= to
	why := e.whyNot(v)
	if why == "" && v.Field != part.Field {
		why = Filtered // Its value is not one of those that the rule lists.
	}
	if why == "" {
		r.Numerator, r.Denominator = int64(e.sums[v.Rate.Numerator]), int64(e.sums[v.Rate.Denominator])
	}
	r.Miss = v.Misses(r.Numerator, r.Denominator) > 0
	switch {
	case why != "":
	case r.Denominator == 0:
		if why = Nothing; r.Excused && e.has(v) {
			why = AllExcused
		}
	case e.date > to:
		why = TooEarly
	case e.date < from:
		why = TooLate
	}
	r.NotCounted = optional(why, why != "")
	e.rules = append(e.rules, r)
}

// window is the one that the rule, or its part, has today; of a part without a place the one that no orders make it choose.
func (e *explained) window(v *plan.Version, part windows.Part) windows.Window {
	for i := range e.stands {
		if s := &e.stands[i]; s.Name == v.Name && s.part == part {
			w, _, _ := s.numbers(e.head.Today)
			return w
		}
	}
	return v.Window()
}

// whyNot is why the rule counts no such order, whatever it has; empty where it counts them.
func (e *explained) whyNot(v *plan.Version) NotCounted {
	w := &v.Where
	in := func(list []string, values ...string) bool {
		return list == nil || slices.ContainsFunc(values, func(value string) bool { return slices.Contains(list, value) })
	}
	lines := e.attributes.Values(nil, windows.LineField)
	switch {
	case e.sums[windows.Orders] == 0:
		return NotAnOrder
	case v.Channel() != rules.AllChannels && v.Channel().Of() != e.order.Channel:
		return OtherChannel
	case !in(w.Channels, e.order.Channel.String()) || !in(w.Marketplaces, e.order.Marketplace) || !in(w.Countries, e.order.ShipCountry) || !in(w.Lines, lines...):
		return Filtered
	default:
		return ""
	}
}

// has is whether the order has units of the total, excused or not.
func (e *explained) has(v *plan.Version) bool {
	var f windows.UnitFacts
	e.order.FactsAt(&f, e.at, v.Where.Reasons)
	all := func(facts windows.FactSet) bool { return facts.HasAll(v.Metric.Total) }
	switch v.Metric.Unit {
	case windows.ShipmentUnit:
		return slices.ContainsFunc(f.Shipments, all)
	case windows.ReturnUnit:
		return slices.ContainsFunc(f.Returns, all)
	default:
		return all(f.Order)
	}
}
