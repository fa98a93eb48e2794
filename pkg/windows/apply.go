package windows

import (
	"cmp"
	"slices"
	"strings"

	"sellerpulse/pkg/events"
	"sellerpulse/pkg/windows/tracking"
)

// Apply writes into the registers what an event of this order says, which is at an offset of its topic, or [NoOffset]. The strings it keeps are those
// of the event.
func (o *Order) Apply(e *events.Event, offset int64) {
	from := sourceOf(offset)
	o.traced = o.traced || from != 0
	switch e.Topic {
	case events.Orders:
		o.applyOrder(e, from)
	case events.Shipments:
		o.applyShipment(e, from)
	case events.Feedback:
		f := part(&o.Feedbacks, e.PartID, feedbackID, func(id string) Feedback { return Feedback{ID: id, At: events.None} })
		if later(e.OccurredAt, f.At, cmp.Compare(e.Kind, f.Kind), cmp.Compare(e.Rating, f.Rating), from.before(f.Source)) {
			f.At, f.Kind, f.Rating, f.Source = e.OccurredAt, e.Kind, e.Rating, from
		}
	case events.Claims:
		c := part(&o.Claims, e.PartID, claimID, func(id string) ClaimCase { return ClaimCase{ID: id, At: events.None, ReasonAt: events.None} })
		if later(e.OccurredAt, c.At, cmp.Compare(e.Kind, c.Kind), from.before(c.Source)) {
			c.At, c.Kind, c.Source = e.OccurredAt, e.Kind, from
		}
		give(&c.ReasonAt, &c.Reason, &c.ReasonSource, e, from)
	case events.Chargebacks:
		o.applyChargeback(e, from)
	case events.Returns:
		o.applyReturn(e, from)
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

func (o *Order) applyOrder(e *events.Event, from Source) {
	switch e.Kind {
	case events.OrderPlaced:
		if later(e.OccurredAt, o.PlacedAt, cmp.Compare(e.OrderDate, o.OrderDate), cmp.Compare(e.Channel, o.Channel),
			compareBool(e.Pending, o.Pending), slices.CompareFunc(e.Items, o.Items, compareItem), strings.Compare(e.Marketplace, o.Marketplace),
			strings.Compare(e.ShipCountry, o.ShipCountry), from.before(o.PlacedSource)) {
			o.PlacedAt, o.OrderDate, o.Channel, o.Pending, o.PlacedSource = e.OccurredAt, e.OrderDate, e.Channel, e.Pending, from
			o.Items = append(emptied(o.Items), e.Items...)
			o.Marketplace, o.ShipCountry = e.Marketplace, e.ShipCountry
		}
		o.promise(e, from)
	case events.OrderAmended:
		o.promise(e, from)
	case events.OrderConfirmed:
		set(&o.Confirmed, &o.ConfirmedSource, from)
	case events.OrderCancelled:
		c := &o.Cancelled
		if later(e.OccurredAt, c.At, cmp.Compare(e.CancelledBy, c.By), compareBool(e.RequestedByBuyer, c.RequestedByBuyer), cmp.Compare(e.Reason, c.Reason), from.before(c.Source)) {
			*c = Cancellation{At: e.OccurredAt, By: e.CancelledBy, RequestedByBuyer: e.RequestedByBuyer, Reason: e.Reason, Source: from}
		}
	case events.OrderRefunded:
		set(&o.Refunded, &o.RefundedSource, from)
	case events.OrderExcused:
		o.applyExcused(e, from)
	}
}

func (o *Order) applyExcused(e *events.Event, from Source) {
	if len(e.Metrics) == 0 {
		o.excuse("", e, from)
	}
	for _, metric := range e.Metrics {
		o.excuse(metric, e, from)
	}
}

func (o *Order) excuse(metric string, e *events.Event, from Source) {
	x := part(&o.Excuses, metric, excuseID, func(metric string) Excuse { return Excuse{Metric: metric, At: events.None} })
	if later(e.OccurredAt, x.At, compareBool(e.Excused, x.Excused), from.before(x.Source)) {
		x.At, x.Excused, x.Source = e.OccurredAt, e.Excused, from
	}
}

func (o *Order) promise(e *events.Event, from Source) {
	o.ShipBy.write(e, e.ShipBy, from)
	o.DeliverBy.write(e, e.DeliverBy, from)
}

func (d *Deadline) write(e *events.Event, value events.Millis, from Source) {
	if value != events.None && later(e.OccurredAt, d.At, cmp.Compare(e.Kind, d.Kind), cmp.Compare(value, d.Value), from.before(d.Source)) {
		*d = Deadline{At: e.OccurredAt, Kind: e.Kind, Value: value, Source: from}
	}
}

func (o *Order) applyShipment(e *events.Event, from Source) {
	s := part(&o.Shipments, e.PartID, shipmentID, func(id string) Shipment {
		return Shipment{ID: id, ConfirmedAt: events.None, DeliveredAt: events.None, ScannedAt: events.None, DeliverBy: Deadline{At: events.None}}
	})
	switch e.Kind {
	case events.ShipmentConfirmed:
		first(&s.ConfirmedAt, &s.ConfirmedSource, e.OccurredAt, from)
		s.DeliverBy.write(e, e.DeliverBy, from)
		s.supply(e, from)
	case events.ShipmentTrackingUpdated:
		s.supply(e, from)
	case events.ShipmentScanned:
		s.scan(e.OccurredAt, from)
	case events.ShipmentDelivered:
		first(&s.DeliveredAt, &s.DeliveredSource, e.OccurredAt, from)
	}
}

// scan keeps the time of the first scan. Where it is not known of one when it was, it stays so: that may have been the first.
func (s *Shipment) scan(at events.Millis, from Source) {
	if s.Scanned && s.ScannedAt == events.None {
		set(&s.Scanned, &s.ScannedSource, from)
		return
	}
	s.Scanned = true
	first(&s.ScannedAt, &s.ScannedSource, at, from)
}

// give keeps the latest reason that a buyer gave, if the event gives one.
func give(register *events.Millis, reason *events.BuyerReason, source *Source, e *events.Event, from Source) {
	if e.BuyerReason != 0 && later(e.OccurredAt, *register, cmp.Compare(e.BuyerReason, *reason), from.before(*source)) {
		*register, *reason, *source = e.OccurredAt, e.BuyerReason, from
	}
}

// first keeps the earliest time.
func first(register *events.Millis, source *Source, at events.Millis, from Source) {
	if *register == events.None || at < *register || at == *register && from.before(*source) > 0 {
		*register, *source = at, from
	}
}

// set sets a flag, which is never taken back.
func set(flag *bool, source *Source, from Source) {
	if *flag = true; from.before(*source) > 0 {
		*source = from
	}
}

// supply keeps a tracking number, if the event gives both its halves.
func (s *Shipment) supply(e *events.Event, from Source) {
	if !e.Carrier.Given || !e.TrackingID.Given {
		return
	}
	p := Pair{At: e.OccurredAt, Kind: e.Kind, Carrier: e.Carrier.Value, TrackingID: e.TrackingID.Value, Source: from}
	i, found := slices.BinarySearchFunc(s.Pairs, p, comparePair)
	if found && from.before(s.Pairs[i].Source) > 0 {
		s.Pairs[i].Source = from
	}
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

func (o *Order) applyChargeback(e *events.Event, from Source) {
	c := part(&o.Chargebacks, e.PartID, chargebackID, func(id string) ChargebackCase { return ChargebackCase{ID: id, At: events.None} })
	if e.Kind == events.ChargebackReversed {
		set(&c.Reversed, &c.ReversedSource, from)
	} else if later(e.OccurredAt, c.At, cmp.Compare(e.Kind, c.Kind), cmp.Compare(e.Category, c.Category), from.before(c.Source)) {
		c.At, c.Kind, c.Category, c.Source = e.OccurredAt, e.Kind, e.Category, from
	}
}

func (o *Order) applyReturn(e *events.Event, from Source) {
	r := part(&o.Returns, e.PartID, returnID, func(id string) Return {
		return Return{ID: id, RequestedAt: events.None, ReasonAt: events.None, FirstAnswerAt: events.None, AnswerAt: events.None, FeedbackAt: events.None}
	})
	switch e.Kind {
	case events.ReturnRequested:
		first(&r.RequestedAt, &r.RequestedSource, e.OccurredAt, from)
		give(&r.ReasonAt, &r.Reason, &r.ReasonSource, e, from)
	case events.ReturnAnswered:
		first(&r.FirstAnswerAt, &r.FirstAnswerSource, e.OccurredAt, from)
		if later(e.OccurredAt, r.AnswerAt, cmp.Compare(e.Answer, r.Answer), compareBool(e.InPolicy, r.InPolicy), from.before(r.AnswerSource)) {
			r.AnswerAt, r.Answer, r.InPolicy, r.AnswerSource = e.OccurredAt, e.Answer, e.InPolicy, from
		}
	case events.ReturnFeedback:
		if later(e.OccurredAt, r.FeedbackAt, compareBool(e.Negative, r.Negative), from.before(r.FeedbackSource)) {
			r.FeedbackAt, r.Negative, r.FeedbackSource = e.OccurredAt, e.Negative, from
		}
	}
}

// part finds the part of an order with an id, or inserts the one that fresh makes.
func part[P any](parts *[]P, id string, idOf func(*P) string, fresh func(id string) P) *P {
	i, j := 0, len(*parts)
	for i < j {
		h := (i + j) / 2
		switch c := strings.Compare(idOf(&(*parts)[h]), id); {
		case c == 0:
			return &(*parts)[h]
		case c < 0:
			i = h + 1
		default:
			j = h
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
func excuseID(x *Excuse) string             { return x.Metric }

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
