package oracle

import (
	"slices"

	"sellerpulse/pkg/events"
)

const (
	maxPairs     = 8
	answerWithin = 48 * hour
)

// facts are what is true of an order at a stream time.
type facts struct {
	date    Day
	channel events.Channel
	lines   []string // product lines, each once

	counted, sellerCancelled, lateShipped, refunded bool
	negativeFeedback, claim, claimCounts            bool
	chargeback, chargebackCounts, defective         bool
	shipments, validTracking, settled, onTime       int // shipments: confirmed ones
	returns, negativeReturns                        int // returns: requested ones

	due []events.Millis // instants at which time alone may change them
}

// factsOf finds the facts of a placed order as of a stream time.
func (r *Result) factsOf(o *order, now events.Millis) *facts {
	h := o.events
	placed := h.of(events.OrderPlaced).register(byPlaced)
	f := &facts{date: r.dateOf(o), channel: placed.Channel, lines: linesOf(placed)}
	shipped := f.ship(h, now, r.options.ValidTracking)
	f.cancel(h)
	f.complain(h)
	f.giveBack(h, now)
	f.counted = !placed.Pending || len(h.of(events.OrderConfirmed)) > 0 || shipped || f.sellerCancelled
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
func (f *facts) ship(h history, now events.Millis, validTracking func(carrier, id string) bool) (shipped bool) {
	lastShip, hasLastShip := h.of(events.OrderPlaced, events.OrderAmended).deadline(shipBy)
	promise, promised := h.of(events.OrderPlaced, events.OrderAmended).deadline(deliverBy)
	for _, s := range h.parts(events.Shipments) {
		at, confirmed := s.of(events.ShipmentConfirmed).first()
		if !confirmed {
			continue
		}
		shipped = true
		f.lateShipped = f.lateShipped || hasLastShip && at > lastShip
		f.shipments++
		if own, given := s.of(events.ShipmentConfirmed).deadline(deliverBy); given {
			f.track(s, now, own, true, validTracking)
		} else {
			f.track(s, now, promise, promised, validTracking)
		}
	}
	return shipped
}

// track finds the facts of a confirmed shipment that its tracking decides.
func (f *facts) track(s history, now, promise events.Millis, promised bool, validTracking func(carrier, id string) bool) {
	pair := pairThatCounts(s)
	scanned := len(s.of(events.ShipmentScanned, events.ShipmentDelivered)) > 0
	if pair == nil || !scanned || validTracking == nil || !validTracking(pair.Carrier.Value, pair.TrackingID.Value) {
		return
	}
	f.validTracking++
	if !promised {
		return
	}
	f.due = append(f.due, promise+1)
	delivered, hasDelivered := s.of(events.ShipmentDelivered).first()
	if hasDelivered || now > promise {
		f.settled++
	}
	if hasDelivered && delivered <= promise {
		f.onTime++
	}
}

// pairThatCounts is the event that supplied the tracking number which counts, nil if none does.
func pairThatCounts(s history) *events.Event {
	pairs := s.of(events.ShipmentConfirmed, events.ShipmentTrackingUpdated).
		where(func(e *events.Event) bool { return e.Carrier.Given && e.TrackingID.Given }).sorted(byPair)
	pairs = slices.CompactFunc(pairs, func(a, b events.Event) bool {
		return a.OccurredAt == b.OccurredAt && a.Kind == b.Kind && byPair(&a, &b) == 0
	})
	pairs = pairs[max(0, len(pairs)-maxPairs):]
	if delivered, some := s.of(events.ShipmentDelivered).first(); some {
		pairs = pairs.where(func(e *events.Event) bool { return e.OccurredAt < delivered })
	}
	return pairs.register(byPair)
}

func (f *facts) cancel(h history) {
	f.refunded = len(h.of(events.OrderRefunded)) > 0
	c := h.of(events.OrderCancelled).register(byCancelled)
	if c == nil {
		return
	}
	first, shipped := h.of(events.ShipmentConfirmed).first()
	shippedBefore := shipped && first <= c.OccurredAt
	bySeller := c.CancelledBy == events.Seller || c.CancelledBy == events.Marketplace && c.Reason == events.ShipConfirmationMissing
	f.sellerCancelled = bySeller && !c.RequestedByBuyer && !shippedBefore
	f.refunded = f.refunded || shippedBefore
}

func (f *facts) complain(h history) {
	for _, p := range h.parts(events.Feedback) {
		e := p.register(by(func(e *events.Event) int32 { return e.Rating }))
		f.negativeFeedback = f.negativeFeedback || e.Kind == events.FeedbackLeft && e.Rating <= 2
	}
	for _, p := range h.parts(events.Claims) {
		f.claim = true
		harmless := []events.Kind{events.ClaimDenied, events.ClaimWithdrawn, events.ClaimMarketplaceFunded, events.ClaimAppealGranted}
		f.claimCounts = f.claimCounts || !isOneOf(p.register(byNothing).Kind, harmless)
	}
	for _, p := range h.parts(events.Chargebacks) {
		f.chargeback = true
		e := p.of(events.ChargebackOpened, events.ChargebackReclassified).
			register(by(func(e *events.Event) events.Category { return e.Category }))
		reversed := len(p.of(events.ChargebackReversed)) > 0
		f.chargebackCounts = f.chargebackCounts || e != nil && e.Category == events.Service && !reversed
	}
	f.defective = f.negativeFeedback || f.claimCounts || f.chargebackCounts
}

func (f *facts) giveBack(h history, now events.Millis) {
	for _, p := range h.parts(events.Returns) {
		requested, some := p.of(events.ReturnRequested).first()
		if !some {
			continue
		}
		f.returns++
		f.due = append(f.due, requested+answerWithin+1)
		answered, some := p.of(events.ReturnAnswered).first()
		if !some {
			answered = now
		}
		tooLate := answered > requested+answerWithin
		feedback := p.of(events.ReturnFeedback).register(func(a, b *events.Event) int { return compareBool(a.Negative, b.Negative) })
		answer := p.of(events.ReturnAnswered).register(byAnswer)
		rejected := answer != nil && answer.Answer == events.Rejected && answer.InPolicy
		f.negativeReturns += oneIf(feedback != nil && feedback.Negative || tooLate || rejected)
	}
}
