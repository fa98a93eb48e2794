package inspect

import (
	"iter"

	"sellerpulse/pkg/events"
	"sellerpulse/pkg/rules"
	"sellerpulse/pkg/windows"
)

// Fact is something that counts of an order, and the part of the order that makes it so.
type Fact struct {
	Fact string  `json:"fact"` // a measure's name: late_shipped
	Of   string  `json:"of"`   // order, shipment, feedback, claim, chargeback or return
	ID   *string `json:"id"`   // of the part; null for the order itself
	Since

	// Without is what the part would have to count too, and does not; null but for a miss of a rate that is to be high.
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

// piece is a part of an order as an order of its own, which counts what that part makes the whole count; or the order itself, which does so without
// its parts.
type piece struct {
	of, id string
	order  windows.Order
	own    func(windows.Measure) bool // what it can make count
}

// pieces gives the order itself, then each part.
func pieces(o *windows.Order) iter.Seq[piece] {
	return func(yield func(piece) bool) {
		if !yield(itself(o)) {
			return
		}
		bare := windows.Order{ // It counts, whatever is paid.
			PlacedAt: o.PlacedAt, OrderDate: o.OrderDate, Channel: o.Channel, ShipBy: o.ShipBy, DeliverBy: o.DeliverBy,
			Cancelled: windows.Cancellation{At: events.None},
		}
		part := func(of, id string, set func(*windows.Order)) bool {
			p := piece{of, id, bare, func(m windows.Measure) bool { return m != windows.Orders }}
			set(&p.order)
			return yield(p)
		}
		for i := range o.Shipments {
			if !part(ofShipment, o.Shipments[i].ID, func(w *windows.Order) { w.Shipments = o.Shipments[i : i+1] }) {
				return
			}
		}
		for i := range o.Feedbacks {
			if !part(ofFeedback, o.Feedbacks[i].ID, func(w *windows.Order) { w.Feedbacks = o.Feedbacks[i : i+1] }) {
				return
			}
		}
		for i := range o.Claims {
			if !part(ofClaim, o.Claims[i].ID, func(w *windows.Order) { w.Claims = o.Claims[i : i+1] }) {
				return
			}
		}
		for i := range o.Chargebacks {
			if !part(ofChargeback, o.Chargebacks[i].ID, func(w *windows.Order) { w.Chargebacks = o.Chargebacks[i : i+1] }) {
				return
			}
		}
		for i := range o.Returns {
			if !part(ofReturn, o.Returns[i].ID, func(w *windows.Order) { w.Returns = o.Returns[i : i+1] }) {
				return
			}
		}
	}
}

// itself is an order without its parts, but for the shipment that was confirmed first: by it a pending order counts, and a cancellation does not.
func itself(o *windows.Order) piece {
	w := *o
	w.Shipments, w.Feedbacks, w.Claims, w.Chargebacks, w.Returns = nil, nil, nil, nil, nil
	for i := range o.Shipments {
		if at := o.Shipments[i].ConfirmedAt; at != events.None && (w.Shipments == nil || at < w.Shipments[0].ConfirmedAt) {
			w.Shipments = o.Shipments[i : i+1]
		}
	}
	return piece{ofOrder, "", w, func(m windows.Measure) bool {
		return m == windows.Orders || m == windows.SellerCancelled || m == windows.Refunded
	}}
}

// factsOf lists what an order counts at an instant, by measure, then as the parts come, of those measures that are wanted; so many at most, and how
// many it left out.
func factsOf(o *windows.Order, at events.Millis, most int, wanted func(windows.Measure) bool) (facts []Fact, omitted int) {
	facts = []Fact{}
	whole := o.Facts(at)
	var byMeasure [windows.NumMeasures][]Fact
	number := 0
	for p := range pieces(o) {
		for m, n := range p.order.Facts(at) {
			m := windows.Measure(m)
			if n == 0 || whole[m] == 0 || !p.own(m) || !wanted(m) {
				continue
			}
			if number == most {
				omitted++
				continue
			}
			number++
			byMeasure[m] = append(byMeasure[m], p.fact(m, at))
		}
	}
	for m := range byMeasure {
		facts = append(facts, byMeasure[m]...)
	}
	return facts, omitted
}

func (p *piece) fact(m windows.Measure, at events.Millis) Fact {
	return Fact{Fact: m.String(), Of: p.of, ID: optional(p.id, p.of != ofOrder), Since: sinceOf(&p.order, m, at)}
}

// reasons are the measures that tell why any of some facts counts an order: of a defect the kinds of defects.
func reasons(facts windows.FactSet) func(windows.Measure) bool {
	if facts.Has(windows.OrderDefective) {
		facts &^= windows.FactsOf(windows.OrderDefective)
		facts |= windows.FactsOf(windows.OrderNegativeFeedback, windows.OrderClaimCounts, windows.OrderChargebackCounts)
	}
	return func(m windows.Measure) bool { return facts.Has(m.Fact()) }
}

// totalOf is what counts a unit for a metric, without what each unit has that also has the rest.
func totalOf(m *rules.Metric) windows.FactSet {
	each := windows.FactsOf(windows.OrderCounted, windows.ShipmentConfirmed, windows.ReturnRequested)
	if rest := m.Total &^ each; rest != 0 {
		return rest
	}
	return m.Total
}

// firstOf is the first measure that counts any of some facts; false where orders are shown by none.
func firstOf(facts windows.FactSet) (windows.Measure, bool) {
	for m := range windows.NumMeasures {
		if facts.Has(m.Fact()) {
			return m, true
		}
	}
	return 0, false
}

// lacking lists the parts that count for a metric's denominator and not for its numerator.
func lacking(o *windows.Order, at events.Millis, metric *rules.Metric, most int) (facts []Fact, omitted int) {
	facts = []Fact{}
	numerator, known := firstOf(metric.Facts)
	denominator, counted := firstOf(totalOf(metric))
	if !known || !counted {
		return facts, 0
	}
	without := numerator.String()
	whole := o.Facts(at)
	for p := range pieces(o) {
		counts := p.order.Facts(at)
		if counts[denominator] == 0 || counts[numerator] > 0 || whole[denominator] == 0 || !p.own(denominator) {
			continue
		}
		if len(facts) == most {
			omitted++
			continue
		}
		f := p.fact(denominator, at)
		f.Without = &without
		facts = append(facts, f)
	}
	return facts, omitted
}
