package inspect

import (
	"cmp"
	"slices"

	"sellerpulse/pkg/events"
	"sellerpulse/pkg/rules"
	"sellerpulse/pkg/windows"
)

// Fact is something that counts of an order, and the part of the order that makes it so.
type Fact struct {
	Fact string  `json:"fact"` // a measure's name, such as late_shipped or shipments_on_time; of a fact that none counts its own, such as handover_late
	Of   string  `json:"of"`   // order, shipment, feedback, claim, chargeback or return
	ID   *string `json:"id"`   // of the part; null for the order itself
	Since

	// Without is what the part would have to have too, and has not; null but for a miss of a rate that is to be high.
	Without *string `json:"without"`
}

// Since is since when something is so without a break, as far as what is kept tells, in event time: of a value that was written again that is the last
// time. Of some events it is kept that they were, but not when (REFUNDED, CONFIRMED of an order, REVERSED, and SCANNED in rows of former versions): where one
// of them decides, since is null, and the other two are the bounds that there are.
type Since struct {
	Since     *Instant `json:"since"`
	NotBefore *Instant `json:"not_before"`
	NotAfter  *Instant `json:"not_after"`
}

// Of what a fact can be.
const (
	ofOrder      = "order"
	ofShipment   = "shipment"
	ofFeedback   = "feedback"
	ofClaim      = "claim"
	ofChargeback = "chargeback"
	ofReturn     = "return"
)

// shown are the facts in the order in which they are listed: as the measures have them, then those that no measure counts.
var shown = func() (all []windows.Fact) {
	for m := range windows.NumMeasures {
		all = append(all, m.Fact())
	}
	for f := range windows.NumFacts {
		if !slices.Contains(all, f) {
			all = append(all, f)
		}
	}
	return all
}()

// nameOf is what a fact is called in answers.
func nameOf(fact windows.Fact) string {
	for m := range windows.NumMeasures {
		if m.Fact() == fact {
			return m.String()
		}
	}
	return fact.String()
}

// standardFacts are those that measures count, which are told of every order.
var standardFacts = func() (all windows.FactSet) {
	for m := range windows.NumMeasures {
		all |= windows.FactsOf(m.Fact())
	}
	return all
}()

// factsTold are the facts that are told of orders under rules: those of the measures, and those that a metric asks for.
func factsTold(set *rules.Set) windows.FactSet {
	told := standardFacts
	for _, m := range set.Metrics() {
		told |= m.Facts | m.Unless | m.Total
	}
	return told
}

// finding finds the facts of orders at an instant.
type finding struct {
	at      events.Millis
	reasons windows.ReasonSet // of claims and returns, those of others being as if they had not been; none stands for all
	scratch windows.UnitFacts
}

// all is the facts of an order, of its shipments and of its returns, together.
func (f *finding) all(o *windows.Order) windows.FactSet {
	o.FactsAt(&f.scratch, f.at, f.reasons)
	all := f.scratch.Order
	for _, list := range [...][]windows.FactSet{f.scratch.Shipments, f.scratch.Returns} {
		for _, facts := range list {
			all |= facts
		}
	}
	return all
}

// of lists some facts of an order, in the order in which they are listed, then as the parts come; so many at most, and how many it left out.
func (f *finding) of(o *windows.Order, wanted windows.FactSet, most int) (facts []Fact, omitted int) {
	whole := f.all(o) & wanted
	return f.list(o, most, func(p *piece) windows.FactSet { return f.all(&p.order) & whole })
}

// list lists the facts that each piece is to be listed with.
func (f *finding) list(o *windows.Order, most int, of func(*piece) windows.FactSet) (facts []Fact, omitted int) {
	var byFact [windows.NumFacts][]Fact
	number := 0
	for p := range pieces(o) {
		for _, fact := range (of(&p) & p.own).Facts() {
			if number == most {
				omitted++
				continue
			}
			number++
			byFact[fact] = append(byFact[fact], f.fact(&p, fact))
		}
	}
	facts = []Fact{}
	for _, fact := range shown {
		facts = append(facts, byFact[fact]...)
	}
	return facts, omitted
}

func (f *finding) fact(p *piece, fact windows.Fact) Fact {
	return Fact{Fact: nameOf(fact), Of: p.of, ID: optional(p.id, p.of != ofOrder), Since: sinceOf(&p.order, fact, f.at, f.reasons)}
}

// kinds are the facts that tell why any of some facts holds: of a defect the kinds of defects.
func kinds(facts windows.FactSet) windows.FactSet {
	if facts.Has(windows.OrderDefective) {
		facts &^= windows.FactsOf(windows.OrderDefective)
		facts |= windows.FactsOf(windows.OrderNegativeFeedback, windows.OrderClaimCounts, windows.OrderChargebackCounts)
	}
	return facts
}

// implied are the facts that each unit has which counts.
const implied windows.FactSet = 1<<windows.OrderCounted | 1<<windows.ShipmentConfirmed | 1<<windows.ReturnRequested

// totalOf is what counts a unit for a metric, without what each unit has that also has the rest.
func totalOf(m *rules.Metric) windows.FactSet {
	return cmp.Or(m.Total&^implied, m.Total)
}

// lacking lists what makes an order a miss of a metric that counts what is wanted: each unit of the total that has none of it, by the first fact that makes it
// one of the total; each that has what keeps it out, by that.
func (f *finding) lacking(o *windows.Order, metric *rules.Metric, most int) (facts []Fact, omitted int) {
	if metric.Unit == windows.OrderUnit {
		return f.orderLacking(o, metric, most)
	}
	first, unit := totalOf(metric).Facts()[0], metric.Unit.String()
	facts, omitted = f.list(o, most, func(p *piece) windows.FactSet {
		has := f.all(&p.order)
		switch {
		case p.of != unit || !has.HasAll(metric.Total):
			return 0
		case !has.HasAny(metric.Facts):
			return windows.FactsOf(first)
		default:
			return has & metric.Unless
		}
	})
	return without(facts, first, metric), omitted
}

// orderLacking is lacking where the order itself is what the metric counts: it has a fact by any of its parts.
func (f *finding) orderLacking(o *windows.Order, metric *rules.Metric, most int) (facts []Fact, omitted int) {
	first, has := totalOf(metric).Facts()[0], f.all(o)
	switch {
	case !has.HasAll(metric.Total):
		return []Fact{}, 0
	case has.HasAny(metric.Facts):
		return f.of(o, metric.Unless, most)
	default:
		return without([]Fact{{Fact: nameOf(first), Of: ofOrder, Since: sinceOf(o, first, f.at, f.reasons)}}, first, metric), 0
	}
}

// without notes of those facts that are the one of the total what their units would have to have.
func without(facts []Fact, total windows.Fact, metric *rules.Metric) []Fact {
	wanted := nameOf(metric.Facts.Facts()[0])
	for i := range facts {
		facts[i].Without = optional(wanted, facts[i].Fact == nameOf(total))
	}
	return facts
}
