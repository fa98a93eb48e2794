package oracle

import (
	"slices"

	"sellerpulse/pkg/events"
)

const (
	maxPairs     = 8
	answerWithin = 48 * hour
	handOverIn   = 24 * hour // after ship_by
)

// facts are what is true of an order at a stream time.
type facts struct {
	date        Day
	channel     events.Channel
	lines       []string // product lines, each once
	marketplace string
	shipCountry string

	order     set
	shipments []set // of confirmed ones
	returns   []set // of requested ones

	excuses history
	due     []events.Millis // instants at which time alone may change them
}

// factsOf finds the facts of a placed order as of a stream time, as if there were no claims and returns but those with some reasons.
func (r *Result) factsOf(o *order, now events.Millis, of reasons) *facts {
	h := o.events.withReasons(of)
	placed := h.of(events.OrderPlaced).register(byPlaced)
	f := &facts{date: r.dateOf(o), channel: placed.Channel, lines: linesOf(placed), excuses: h.of(events.OrderExcused)}
	f.marketplace, f.shipCountry = placed.Marketplace, placed.ShipCountry
	shipped := f.ship(h, now, r.options.ValidTracking)
	f.handOver(h, now)
	f.cancel(h)
	f.review(h)
	f.complain(h)
	f.giveBack(h, now)
	f.order.put(counted, !placed.Pending || len(h.of(events.OrderConfirmed)) > 0 || shipped || f.order.has(sellerCancelled))
	return f
}

func linesOf(placed *events.Event) []string {
	var lines []string
	for _, line := range placed.Items {
		lines = append(lines, line.ProductLine)
	}
	slices.Sort(lines)
	return slices.Compact(lines)
}

// ship tells whether any shipment was confirmed.
func (f *facts) ship(h history, now events.Millis, valid func(carrier, id string) bool) (shipped bool) {
	lastShip, hasLastShip := h.of(events.OrderPlaced, events.OrderAmended).deadline(shipBy)
	promise, promised := h.of(events.OrderPlaced, events.OrderAmended).deadline(deliverBy)
	for _, s := range h.parts(events.Shipments) {
		at, isConfirmed := s.of(events.ShipmentConfirmed).first()
		if !isConfirmed {
			continue
		}
		shipped = true
		f.order.put(lateShipped, hasLastShip && at > lastShip)
		if own, given := s.of(events.ShipmentConfirmed).deadline(deliverBy); given {
			f.track(s, now, own, true, valid)
		} else {
			f.track(s, now, promise, promised, valid)
		}
	}
	return shipped
}

// track finds the facts of a confirmed shipment.
func (f *facts) track(s history, now, promise events.Millis, promised bool, valid func(carrier, id string) bool) {
	var is set
	is.add(confirmed)
	arrived, hasArrived := s.of(events.ShipmentDelivered).first()
	is.put(delivered, hasArrived)
	if promised {
		f.due = append(f.due, promise+1)
		is.put(promiseDue, hasArrived || now > promise)
	}
	pair := pairThatCounts(s)
	scanned := len(s.of(events.ShipmentScanned, events.ShipmentDelivered)) > 0
	if pair != nil && scanned && valid != nil && valid(pair.Carrier.Value, pair.TrackingID.Value) {
		is.add(validTracking)
		is.put(settled, is.has(promiseDue))
		is.put(onTime, promised && hasArrived && arrived <= promise)
	}
	f.shipments = append(f.shipments, is)
}

// pairThatCounts is the event that supplied the tracking number which counts, nil if none does.
func pairThatCounts(s history) *events.Event {
	pairs := s.of(events.ShipmentConfirmed, events.ShipmentTrackingUpdated).
		where(func(e *events.Event) bool { return e.Carrier.Given && e.TrackingID.Given }).sorted(byPair)
	pairs = slices.CompactFunc(pairs, func(a, b events.Event) bool {
		return a.OccurredAt == b.OccurredAt && a.Kind == b.Kind && byPair(&a, &b) == 0
	})
	pairs = pairs[max(0, len(pairs)-maxPairs):]
	if arrived, some := s.of(events.ShipmentDelivered).first(); some {
		pairs = pairs.where(func(e *events.Event) bool { return e.OccurredAt < arrived })
	}
	return pairs.register(byPair)
}

// handOver finds whether the carrier has the parcels, and had them in time.
func (f *facts) handOver(h history, now events.Millis) {
	lastShip, hasLastShip := h.of(events.OrderPlaced, events.OrderAmended).deadline(shipBy)
	for _, s := range h.parts(events.Shipments) {
		at, scanned := s.of(events.ShipmentScanned, events.ShipmentDelivered).first()
		f.order.put(handedOver, scanned)
		if !hasLastShip || len(s.of(events.ShipmentConfirmed)) == 0 {
			continue
		}
		f.order.put(handoverLate, scanned && at > lastShip || !scanned && now > lastShip+handOverIn)
		f.due = append(f.due, lastShip+handOverIn+1)
	}
}

func (f *facts) cancel(h history) {
	f.order.put(refunded, len(h.of(events.OrderRefunded)) > 0)
	c := h.of(events.OrderCancelled).register(byCancelled)
	if c == nil {
		return
	}
	first, shipped := h.of(events.ShipmentConfirmed).first()
	shippedBefore := shipped && first <= c.OccurredAt
	bySeller := c.CancelledBy == events.Seller || c.CancelledBy == events.Marketplace && c.Reason == events.ShipConfirmationMissing
	f.order.put(sellerCancelled, bySeller && !c.RequestedByBuyer && !shippedBefore)
	f.order.put(buyerCancelled, !f.order.has(sellerCancelled) && !shippedBefore)
	f.order.put(refunded, shippedBefore)
}

func (f *facts) review(h history) {
	for _, p := range h.parts(events.Feedback) {
		e := p.register(by(func(e *events.Event) int32 { return e.Rating }))
		if e.Kind != events.FeedbackLeft {
			continue
		}
		f.order.add(ratedAtAll)
		f.order.add([...]fact{rating1, rating2, rating3, rating4, rating5}[e.Rating-1])
		f.order.put(negativeFeedback, e.Rating <= 2)
	}
}

// complain finds the facts of claims and chargebacks, and whether the order is defective by these or by feedback.
func (f *facts) complain(h history) {
	for _, p := range h.parts(events.Claims) {
		status := p.register(byNothing).Kind
		harmless := []events.Kind{events.ClaimDenied, events.ClaimWithdrawn, events.ClaimMarketplaceFunded, events.ClaimAppealGranted}
		f.order.add(claimed)
		f.order.put(claimCounts, !isOneOf(status, harmless))
		f.order.put(claimLost, status == events.ClaimGranted)
	}
	for _, p := range h.parts(events.Chargebacks) {
		e := p.of(events.ChargebackOpened, events.ChargebackReclassified).
			register(by(func(e *events.Event) events.Category { return e.Category }))
		reversed := len(p.of(events.ChargebackReversed)) > 0
		f.order.add(chargedBack)
		f.order.put(chargebackCounts, e != nil && e.Category == events.Service && !reversed)
	}
	f.order.put(defective, f.order.has(negativeFeedback) || f.order.has(claimCounts) || f.order.has(chargebackCounts))
}

func (f *facts) giveBack(h history, now events.Millis) {
	for _, p := range h.parts(events.Returns) {
		asked, some := p.of(events.ReturnRequested).first()
		if !some {
			continue
		}
		var is set
		is.add(requested)
		f.order.add(hasReturn)
		f.due = append(f.due, asked+answerWithin+1)
		at, hasAnswer := p.of(events.ReturnAnswered).first()
		feedback := p.of(events.ReturnFeedback).register(func(a, b *events.Event) int { return compareBool(a.Negative, b.Negative) })
		answer := p.of(events.ReturnAnswered).register(byAnswer)
		is.put(answered, hasAnswer)
		is.put(answeredLate, hasAnswer && at > asked+answerWithin || !hasAnswer && now > asked+answerWithin)
		is.put(rejectedInPolicy, answer != nil && answer.Answer == events.Rejected && answer.InPolicy)
		is.put(negativeReturn, feedback != nil && feedback.Negative || is.has(answeredLate) || is.has(rejectedInPolicy))
		f.returns = append(f.returns, is)
	}
}

// excused is whether misses of the order are taken out of a metric of this name: as was said last of it or of all metrics, a yes
// counting more than a no at the same time.
func (f *facts) excused(metric string) bool {
	e := f.excuses.where(func(e *events.Event) bool { return len(e.Metrics) == 0 || slices.Contains(e.Metrics, metric) }).
		register(func(a, b *events.Event) int { return compareBool(a.Excused, b.Excused) })
	return e != nil && e.Excused
}
