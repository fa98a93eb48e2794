package windows

import (
	"slices"

	"sellerpulse/pkg/events"
)

// FactsVersion is the version of the numbers that follow from an order's row: of [Order.Facts], [Order.Due], [Order.Lines] and, what is kept in
// the row but follows from it, [Pair].Valid. Raise it whenever any of them gives something else for the same row, a change of the formats of
// tracking numbers included: states that were built with another are then rebuilt from their rows.
const FactsVersion = 1

// AnswerWithin is how long a seller has to answer a return request, from the request on.
const AnswerWithin events.Millis = 48 * 60 * 60 * 1000

// Facts is what the order adds to the bucket of its date at a stream time: zero counts unless it is placed and counted
// (metrics.md, section 2).
func (o *Order) Facts(at events.Millis) Counts {
	var c Counts
	confirmed, shippedBeforeCancel := o.countShipments(&c, at)
	cancelled := o.Cancelled.At != events.None
	c[SellerCancelled] = count(cancelled && o.Cancelled.sellersFault() && !shippedBeforeCancel)
	if !o.Placed() || o.Pending && !o.Confirmed && !confirmed && c[SellerCancelled] == 0 {
		return Counts{}
	}
	c[Orders] = 1
	c[Refunded] = count(o.Refunded || cancelled && shippedBeforeCancel)
	o.countDefects(&c)
	for i := range o.Returns {
		r := &o.Returns[i]
		c[ReturnsRequested] += count(r.RequestedAt != events.None)
		c[ReturnsNegative] += count(r.negative(at))
	}
	return c
}

// countShipments counts the shipments, and tells whether any was confirmed, and any at or before the cancellation.
func (o *Order) countShipments(c *Counts, at events.Millis) (confirmed, beforeCancel bool) {
	for i := range o.Shipments {
		s := &o.Shipments[i]
		if s.ConfirmedAt == events.None {
			continue
		}
		confirmed = true
		beforeCancel = beforeCancel || s.ConfirmedAt <= o.Cancelled.At
		if o.ShipBy.At != events.None && s.ConfirmedAt > o.ShipBy.Value {
			c[LateShipped] = 1
		}
		c[ShipmentsConfirmed]++
		if !s.validTracking() {
			continue
		}
		c[ShipmentsValidTracking]++
		delivered := s.DeliveredAt != events.None
		if promise, promised := o.promiseOf(s); promised && (delivered || at > promise) {
			c[ShipmentsSettled]++
			c[ShipmentsOnTime] += count(delivered && s.DeliveredAt <= promise)
		}
	}
	return confirmed, beforeCancel
}

func (o *Order) countDefects(c *Counts) {
	for i := range o.Feedbacks {
		if f := &o.Feedbacks[i]; f.Kind == events.FeedbackLeft && f.Rating <= 2 {
			c[NegativeFeedback] = 1
		}
	}
	for i := range o.Claims {
		c[Claim] = 1
		if o.Claims[i].counts() {
			c[ClaimCounts] = 1
		}
	}
	for i := range o.Chargebacks {
		c[Chargeback] = 1
		if b := &o.Chargebacks[i]; b.Category == events.Service && !b.Reversed {
			c[ChargebackCounts] = 1
		}
	}
	c[Defective] = c[NegativeFeedback] | c[ClaimCounts] | c[ChargebackCounts]
}

// sellersFault is whether the cancellation, if no shipment was confirmed before it, is the seller's.
func (c *Cancellation) sellersFault() bool {
	bySeller := c.By == events.Seller || c.By == events.Marketplace && c.Reason == events.ShipConfirmationMissing
	return bySeller && !c.RequestedByBuyer
}

// validTracking is whether the tracking number that counts is valid and the carrier scanned the confirmed shipment.
func (s *Shipment) validTracking() bool {
	if s.ConfirmedAt == events.None || !s.Scanned && s.DeliveredAt == events.None {
		return false
	}
	for i := len(s.Pairs) - 1; i >= 0; i-- { // Latest first.
		if s.DeliveredAt == events.None || s.Pairs[i].At < s.DeliveredAt {
			return s.Pairs[i].Valid
		}
	}
	return false
}

// promiseOf is the shipment's promised delivery, else the order's.
func (o *Order) promiseOf(s *Shipment) (events.Millis, bool) {
	if s.DeliverBy.At != events.None {
		return s.DeliverBy.Value, true
	}
	return o.DeliverBy.Value, o.DeliverBy.At != events.None
}

// counts is whether the claim counts as a defect: while undecided, and when decided against the seller.
func (c *ClaimCase) counts() bool {
	switch c.Kind {
	case events.ClaimDenied, events.ClaimWithdrawn, events.ClaimMarketplaceFunded, events.ClaimAppealGranted:
		return false
	}
	return true
}

// negative is whether the buyer was let down, at a stream time.
func (r *Return) negative(at events.Millis) bool {
	if r.RequestedAt == events.None {
		return false
	}
	answeredBy := r.FirstAnswerAt
	if answeredBy == events.None {
		answeredBy = at
	}
	return r.FeedbackAt != events.None && r.Negative ||
		answeredBy > r.RequestedAt+AnswerWithin ||
		r.AnswerAt != events.None && r.Answer == events.Rejected && r.InPolicy
}

func count(b bool) int32 {
	if b {
		return 1
	}
	return 0
}

// Due appends the instants at which time alone changes the facts: one millisecond after the promise of a tracked parcel that is not
// delivered, and one after the time to answer an unanswered return. They are sorted, and each stands once.
func (o *Order) Due(dst []events.Millis) []events.Millis {
	if !o.Placed() {
		return dst
	}
	n := len(dst)
	for i := range o.Shipments {
		s := &o.Shipments[i]
		if promise, promised := o.promiseOf(s); promised && s.DeliveredAt == events.None && s.validTracking() {
			dst = append(dst, promise+1)
		}
	}
	for i := range o.Returns {
		if r := &o.Returns[i]; r.RequestedAt != events.None && r.FirstAnswerAt == events.None {
			dst = append(dst, r.RequestedAt+AnswerWithin+1)
		}
	}
	slices.Sort(dst[n:])
	return dst[:n+len(slices.Compact(dst[n:]))]
}

// Lines appends the distinct product lines of the order's items, sorted.
func (o *Order) Lines(dst []string) []string {
	n := len(dst)
	for i := range o.Items {
		dst = append(dst, o.Items[i].ProductLine)
	}
	slices.Sort(dst[n:])
	return dst[:n+len(slices.Compact(dst[n:]))]
}
