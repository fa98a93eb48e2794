package windows

import (
	"cmp"
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
		c[ReturnsNegative] += count(r.Dissatisfied(at))
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
		if !s.ValidTracking() {
			continue
		}
		c[ShipmentsValidTracking]++
		delivered := s.DeliveredAt != events.None
		if promise, promised := o.PromiseOf(s); promised && (delivered || at > promise) {
			c[ShipmentsSettled]++
			c[ShipmentsOnTime] += count(delivered && s.DeliveredAt <= promise)
		}
	}
	return confirmed, beforeCancel
}

func (o *Order) countDefects(c *Counts) {
	for i := range o.Feedbacks {
		if o.Feedbacks[i].Negative() {
			c[NegativeFeedback] = 1
		}
	}
	for i := range o.Claims {
		c[Claim] = 1
		if o.Claims[i].Counts() {
			c[ClaimCounts] = 1
		}
	}
	for i := range o.Chargebacks {
		c[Chargeback] = 1
		if o.Chargebacks[i].Counts() {
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

// ValidTracking is whether the tracking number that counts is valid and the carrier scanned the confirmed shipment.
func (s *Shipment) ValidTracking() bool {
	if s.ConfirmedAt == events.None || !s.Scanned && s.DeliveredAt == events.None {
		return false
	}
	i := s.Counting()
	return i >= 0 && s.Pairs[i].Valid
}

// Counting is the index of the tracking number that counts: the latest that was supplied strictly before the delivery, if there was one; -1 for
// none.
func (s *Shipment) Counting() int {
	i := len(s.Pairs) - 1
	for i >= 0 && s.DeliveredAt != events.None && s.Pairs[i].At >= s.DeliveredAt {
		i--
	}
	return i
}

// PromiseOf is the shipment's promised delivery, else the order's; false for neither.
func (o *Order) PromiseOf(s *Shipment) (events.Millis, bool) {
	if s.DeliverBy.At != events.None {
		return s.DeliverBy.Value, true
	}
	return o.DeliverBy.Value, o.DeliverBy.At != events.None
}

// Negative is whether the latest revision of the feedback is negative.
func (f *Feedback) Negative() bool { return f.Kind == events.FeedbackLeft && f.Rating <= 2 }

// Counts is whether the claim counts as a defect: while undecided, and when decided against the seller.
func (c *ClaimCase) Counts() bool {
	switch c.Kind {
	case events.ClaimDenied, events.ClaimWithdrawn, events.ClaimMarketplaceFunded, events.ClaimAppealGranted:
		return false
	}
	return true
}

// Counts is whether the chargeback counts as a defect.
func (c *ChargebackCase) Counts() bool { return c.Category == events.Service && !c.Reversed }

// Dissatisfied is whether the return is negative at a stream time: the buyer was let down.
func (r *Return) Dissatisfied(at events.Millis) bool {
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

// Due appends the instants at which time alone changes the facts, sorted: one millisecond after the promise of a tracked parcel that is
// not delivered, and one after the time to answer an unanswered return. Each stands once.
func (o *Order) Due(dst []events.Millis) []events.Millis {
	if !o.Placed() {
		return dst
	}
	n := len(dst)
	for i := range o.Shipments {
		s := &o.Shipments[i]
		if promise, promised := o.PromiseOf(s); promised && s.DeliveredAt == events.None && s.ValidTracking() {
			dst = append(dst, promise+1)
		}
	}
	for i := range o.Returns {
		if r := &o.Returns[i]; r.RequestedAt != events.None && r.FirstAnswerAt == events.None {
			dst = append(dst, r.RequestedAt+AnswerWithin+1)
		}
	}
	return distinct(dst, n)
}

// Lines appends the product lines of the order's items, sorted, each once.
func (o *Order) Lines(dst []string) []string {
	n := len(dst)
	for i := range o.Items {
		dst = append(dst, o.Items[i].ProductLine)
	}
	return distinct(dst, n)
}

// distinct sorts s from n on, and leaves of equal ones one.
func distinct[T cmp.Ordered](s []T, n int) []T {
	if len(s)-n < 2 {
		return s
	}
	slices.Sort(s[n:])
	return s[:n+len(slices.Compact(s[n:]))]
}
