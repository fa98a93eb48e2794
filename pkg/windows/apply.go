package windows

import (
	"cmp"
	"slices"
	"strings"

	"sellerpulse/pkg/events"
	"sellerpulse/pkg/windows/tracking"
)

// Apply writes into the registers what an event of this order says. The strings it keeps are those of the event.
func (o *Order) Apply(e *events.Event) {
	switch e.Topic {
	case events.Orders:
		o.applyOrder(e)
	case events.Shipments:
		o.applyShipment(e)
	case events.Feedback:
		f := part(&o.Feedbacks, e.PartID, feedbackID, func(id string) Feedback { return Feedback{ID: id, At: events.None} })
		if later(e.OccurredAt, f.At, cmp.Compare(e.Kind, f.Kind), cmp.Compare(e.Rating, f.Rating)) {
			f.At, f.Kind, f.Rating = e.OccurredAt, e.Kind, e.Rating
		}
	case events.Claims:
		c := part(&o.Claims, e.PartID, claimID, func(id string) ClaimCase { return ClaimCase{ID: id, At: events.None} })
		if later(e.OccurredAt, c.At, cmp.Compare(e.Kind, c.Kind)) {
			c.At, c.Kind = e.OccurredAt, e.Kind
		}
	case events.Chargebacks:
		o.applyChargeback(e)
	case events.Returns:
		o.applyReturn(e)
	}
}

// later is whether a value written at a time is to replace one written before: by time, then by what breaks the tie.
func later(at, before events.Millis, ties ...int) bool {
	if at != before {
		return at > before
	}
	for _, c := range ties {
		if c != 0 {
			return c > 0
		}
	}
	return false
}

func (o *Order) applyOrder(e *events.Event) {
	switch e.Kind {
	case events.OrderPlaced:
		if later(e.OccurredAt, o.PlacedAt, cmp.Compare(e.OrderDate, o.OrderDate), cmp.Compare(e.Channel, o.Channel),
			compareBool(e.Pending, o.Pending), slices.CompareFunc(e.Items, o.Items, compareItem)) {
			o.PlacedAt, o.OrderDate, o.Channel, o.Pending = e.OccurredAt, e.OrderDate, e.Channel, e.Pending
			o.Items = append(o.Items[:0], e.Items...)
		}
		o.promise(e)
	case events.OrderAmended:
		o.promise(e)
	case events.OrderConfirmed:
		o.Confirmed = true
	case events.OrderCancelled:
		c := &o.Cancelled
		if later(e.OccurredAt, c.At, cmp.Compare(e.CancelledBy, c.By), compareBool(e.RequestedByBuyer, c.RequestedByBuyer), cmp.Compare(e.Reason, c.Reason)) {
			*c = Cancellation{At: e.OccurredAt, By: e.CancelledBy, RequestedByBuyer: e.RequestedByBuyer, Reason: e.Reason}
		}
	case events.OrderRefunded:
		o.Refunded = true
	}
}

func (o *Order) promise(e *events.Event) {
	o.ShipBy.write(e, e.ShipBy)
	o.DeliverBy.write(e, e.DeliverBy)
}

func (d *Deadline) write(e *events.Event, value events.Millis) {
	if value != events.None && later(e.OccurredAt, d.At, cmp.Compare(e.Kind, d.Kind), cmp.Compare(value, d.Value)) {
		*d = Deadline{At: e.OccurredAt, Kind: e.Kind, Value: value}
	}
}

func (o *Order) applyShipment(e *events.Event) {
	s := part(&o.Shipments, e.PartID, shipmentID, func(id string) Shipment {
		return Shipment{ID: id, ConfirmedAt: events.None, DeliveredAt: events.None, DeliverBy: Deadline{At: events.None}}
	})
	switch e.Kind {
	case events.ShipmentConfirmed:
		first(&s.ConfirmedAt, e.OccurredAt)
		s.DeliverBy.write(e, e.DeliverBy)
		s.supply(e)
	case events.ShipmentTrackingUpdated:
		s.supply(e)
	case events.ShipmentScanned:
		s.Scanned = true
	case events.ShipmentDelivered:
		first(&s.DeliveredAt, e.OccurredAt)
	}
}

// first keeps the earliest time.
func first(register *events.Millis, at events.Millis) {
	if *register == events.None || at < *register {
		*register = at
	}
}

// supply keeps a tracking number, if the event gives both its halves.
func (s *Shipment) supply(e *events.Event) {
	if !e.Carrier.Given || !e.TrackingID.Given {
		return
	}
	p := Pair{At: e.OccurredAt, Kind: e.Kind, Carrier: e.Carrier.Value, TrackingID: e.TrackingID.Value}
	i, found := slices.BinarySearchFunc(s.Pairs, p, comparePair)
	if found || i == 0 && len(s.Pairs) == maxPairs {
		return
	}
	p.Valid = tracking.Valid(p.Carrier, p.TrackingID)
	s.Pairs = slices.Insert(s.Pairs, i, p)
	if len(s.Pairs) > maxPairs {
		s.Pairs = slices.Delete(s.Pairs, 0, 1)
	}
}

// Judge judges the kept tracking numbers anew, and tells whether any is judged otherwise: the row of an older version of the facts may say so.
func (o *Order) Judge() (changed bool) {
	for i := range o.Shipments {
		for j := range o.Shipments[i].Pairs {
			p := &o.Shipments[i].Pairs[j]
			valid := tracking.Valid(p.Carrier, p.TrackingID)
			changed = changed || valid != p.Valid
			p.Valid = valid
		}
	}
	return changed
}

func (o *Order) applyChargeback(e *events.Event) {
	c := part(&o.Chargebacks, e.PartID, chargebackID, func(id string) ChargebackCase { return ChargebackCase{ID: id, At: events.None} })
	if e.Kind == events.ChargebackReversed {
		c.Reversed = true
	} else if later(e.OccurredAt, c.At, cmp.Compare(e.Kind, c.Kind), cmp.Compare(e.Category, c.Category)) {
		c.At, c.Kind, c.Category = e.OccurredAt, e.Kind, e.Category
	}
}

func (o *Order) applyReturn(e *events.Event) {
	r := part(&o.Returns, e.PartID, returnID, func(id string) Return {
		return Return{ID: id, RequestedAt: events.None, FirstAnswerAt: events.None, AnswerAt: events.None, FeedbackAt: events.None}
	})
	switch e.Kind {
	case events.ReturnRequested:
		first(&r.RequestedAt, e.OccurredAt)
	case events.ReturnAnswered:
		first(&r.FirstAnswerAt, e.OccurredAt)
		if later(e.OccurredAt, r.AnswerAt, cmp.Compare(e.Answer, r.Answer), compareBool(e.InPolicy, r.InPolicy)) {
			r.AnswerAt, r.Answer, r.InPolicy = e.OccurredAt, e.Answer, e.InPolicy
		}
	case events.ReturnFeedback:
		if later(e.OccurredAt, r.FeedbackAt, compareBool(e.Negative, r.Negative)) {
			r.FeedbackAt, r.Negative = e.OccurredAt, e.Negative
		}
	}
}

// part finds the part of an order with an id, or inserts the one that fresh makes.
func part[P any](parts *[]P, id string, idOf func(*P) string, fresh func(id string) P) *P {
	i := 0
	for ; i < len(*parts); i++ {
		if c := strings.Compare(idOf(&(*parts)[i]), id); c == 0 {
			return &(*parts)[i]
		} else if c > 0 {
			break
		}
	}
	*parts = slices.Insert(*parts, i, fresh(id))
	return &(*parts)[i]
}

func shipmentID(s *Shipment) string         { return s.ID }
func feedbackID(f *Feedback) string         { return f.ID }
func claimID(c *ClaimCase) string           { return c.ID }
func chargebackID(c *ChargebackCase) string { return c.ID }
func returnID(r *Return) string             { return r.ID }

func comparePair(a, b Pair) int {
	return cmp.Or(cmp.Compare(a.At, b.At), cmp.Compare(a.Kind, b.Kind), strings.Compare(a.Carrier, b.Carrier), strings.Compare(a.TrackingID, b.TrackingID))
}

func compareItem(a, b events.Item) int {
	return cmp.Or(strings.Compare(a.ItemID, b.ItemID), strings.Compare(a.ProductLine, b.ProductLine), cmp.Compare(a.Quantity, b.Quantity))
}

func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	}
	return -1
}
