package windows

import (
	"cmp"
	"slices"

	"sellerpulse/pkg/events"
)

// FactsVersion is the version of what follows from an order's row: of [Order.FactsAt], [Order.DueOf], [Order.Excused], [Order.Lines] and, what is kept in
// the row but follows from it, [Pair].Valid. Raise it whenever any of them gives something else for the same row, a change of the formats of
// tracking numbers included: states that were built with another are then rebuilt from their rows.
const FactsVersion = 1

// AnswerWithin is how long a seller has to answer a return request, from the request on.
const AnswerWithin events.Millis = 48 * 60 * 60 * 1000

// HandoverWithin is how long after ship_by a carrier may take to have a shipment before the order counts as handed over late.
const HandoverWithin events.Millis = 24 * 60 * 60 * 1000

// UnitFacts is the facts of an order and of its shipments and returns, which are in the order's order. Those of a shipment that is not confirmed, of a
// return that was not requested, and all of an order that does not count are none.
type UnitFacts struct {
	Order     FactSet
	Shipments []FactSet
	Returns   []FactSet
}

// FactsAt replaces dst by the facts at a stream time, using its memory. With reasons given, the order is judged as if claims and returns of other
// reasons, or of none, had not been.
func (o *Order) FactsAt(dst *UnitFacts, at events.Millis, reasons ReasonSet) {
	dst.Order, dst.Shipments, dst.Returns = o.factsOf(at, reasons), dst.Shipments[:0], dst.Returns[:0]
	counted := dst.Order.Has(OrderCounted)
	for i := range o.Shipments {
		var facts FactSet
		if counted {
			facts = o.factsOfShipment(&o.Shipments[i], at)
		}
		dst.Shipments = append(dst.Shipments, facts)
	}
	for i := range o.Returns {
		var facts FactSet
		if r := &o.Returns[i]; counted && reasons.Holds(r.Reason) {
			facts = r.facts(at)
		}
		dst.Returns = append(dst.Returns, facts)
	}
}

// factsOf is the facts of the order itself; none unless it counts.
func (o *Order) factsOf(at events.Millis, reasons ReasonSet) FactSet {
	if !o.Placed() {
		return 0
	}
	facts, confirmed, shippedBeforeCancel := o.factsByShipments(at)
	cancelled := o.Cancelled.At != events.None
	if cancelled && !shippedBeforeCancel {
		sellers := o.Cancelled.sellersFault()
		facts |= OrderSellerCancelled.when(sellers) | OrderBuyerCancelled.when(!sellers)
	}
	if o.Pending && !o.Confirmed && !confirmed && !facts.Has(OrderSellerCancelled) {
		return 0
	}
	facts |= 1<<OrderCounted | OrderRefunded.when(o.Refunded || cancelled && shippedBeforeCancel)
	facts |= o.factsByFeedback() | o.factsByClaims(reasons) | o.factsByChargebacks()
	for i := range o.Returns {
		r := &o.Returns[i]
		facts |= OrderHasReturn.when(r.RequestedAt != events.None && reasons.Holds(r.Reason))
	}
	const defects = 1<<OrderNegativeFeedback | 1<<OrderClaimCounts | 1<<OrderChargebackCounts
	return facts | OrderDefective.when(facts.HasAny(defects))
}

// factsByShipments is what the shipments make of the order, whether any was confirmed, and any at or before the cancellation.
func (o *Order) factsByShipments(at events.Millis) (facts FactSet, confirmed, beforeCancel bool) {
	for i := range o.Shipments {
		s := &o.Shipments[i]
		facts |= OrderHandedOver.when(s.handedOver())
		if s.ConfirmedAt == events.None {
			continue
		}
		confirmed = true
		beforeCancel = beforeCancel || s.ConfirmedAt <= o.Cancelled.At
		if o.ShipBy.At != events.None {
			facts |= OrderLateShipped.when(s.ConfirmedAt > o.ShipBy.Value) | OrderHandoverLate.when(s.handedOverLate(o.ShipBy.Value, at))
		}
	}
	return facts, confirmed, beforeCancel
}

func (o *Order) factsByFeedback() (facts FactSet) {
	for i := range o.Feedbacks {
		f := &o.Feedbacks[i]
		if f.Kind == events.FeedbackLeft {
			facts |= 1<<OrderRated | OrderNegativeFeedback.when(f.Negative()) | (OrderRating1 + Fact(f.Rating-1)).when(f.Rating >= 1 && f.Rating <= 5)
		}
	}
	return facts
}

func (o *Order) factsByClaims(reasons ReasonSet) (facts FactSet) {
	for i := range o.Claims {
		c := &o.Claims[i]
		if reasons.Holds(c.Reason) {
			facts |= 1<<OrderClaim | OrderClaimCounts.when(c.Counts()) | OrderClaimLost.when(c.Kind == events.ClaimGranted)
		}
	}
	return facts
}

func (o *Order) factsByChargebacks() (facts FactSet) {
	for i := range o.Chargebacks {
		facts |= 1<<OrderChargeback | OrderChargebackCounts.when(o.Chargebacks[i].Counts())
	}
	return facts
}

func (o *Order) factsOfShipment(s *Shipment, at events.Millis) FactSet {
	if s.ConfirmedAt == events.None {
		return 0
	}
	tracked, delivered := s.ValidTracking(), s.DeliveredAt != events.None
	facts := 1<<ShipmentConfirmed | ShipmentValidTracking.when(tracked) | ShipmentDelivered.when(delivered)
	if promise, promised := o.PromiseOf(s); promised && (delivered || at > promise) {
		facts |= 1<<ShipmentPromiseDue | ShipmentSettled.when(tracked) | ShipmentOnTime.when(tracked && delivered && s.DeliveredAt <= promise)
	}
	return facts
}

// handedOver is whether the carrier has, or had, the shipment.
func (s *Shipment) handedOver() bool { return s.Scanned || s.DeliveredAt != events.None }

// handedOverLate is whether the carrier got the shipment after ship_by, or has not got it at a stream time though it is long past. A first scan of
// which the time is not known was in time.
func (s *Shipment) handedOverLate(shipBy, at events.Millis) bool {
	inTime := s.DeliveredAt != events.None && s.DeliveredAt <= shipBy || s.Scanned && (s.ScannedAt == events.None || s.ScannedAt <= shipBy)
	return !inTime && (s.handedOver() || at > shipBy+HandoverWithin)
}

func (r *Return) facts(at events.Millis) FactSet {
	if r.RequestedAt == events.None {
		return 0
	}
	return 1<<ReturnRequested | ReturnNegative.when(r.Dissatisfied(at)) | ReturnAnswered.when(r.FirstAnswerAt != events.None) |
		ReturnAnsweredLate.when(r.answeredLate(at)) | ReturnRejectedInPolicy.when(r.rejectedInPolicy())
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
	return r.RequestedAt != events.None && (r.FeedbackAt != events.None && r.Negative || r.answeredLate(at) || r.rejectedInPolicy())
}

// answeredLate is whether a return that was requested had no answer in time.
func (r *Return) answeredLate(at events.Millis) bool {
	answeredBy := r.FirstAnswerAt
	if answeredBy == events.None {
		answeredBy = at
	}
	return answeredBy > r.RequestedAt+AnswerWithin
}

func (r *Return) rejectedInPolicy() bool {
	return r.AnswerAt != events.None && r.Answer == events.Rejected && r.InPolicy
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
