package windows

import (
	"cmp"
	"slices"

	"sellerpulse/pkg/events"
)

// Written is an event behind an order: where it is, in the partition of the order's seller, and which registers hold what it wrote.
type Written struct {
	Topic     events.Topic
	Offset    int64 // NoOffset for all events of the topic of which it is not known
	Registers []Register
}

// Register names a register of an order: the fields or the fact that it holds, and the part that it is of.
type Register struct {
	Part string // the id of a shipment, feedback, claim, chargeback or return, or the metric of an excuse; empty for the order itself and for all metrics
	Name string
}

// Events lists the events behind an order, each once, by topic and then by offset; the registers of one in the order of the row's fields. Events that
// nothing is left of, since others took their place, are not among them. Applying those that are makes the same order, if the offsets of all are known.
// The texts are those of the order.
//
// The names are, of an order, placed (order date, channel, pending, items, marketplace and ship country), ship_by, deliver_by, confirmed, cancelled,
// refunded and excused; of a shipment confirmed, deliver_by, tracking, scanned and delivered; of a feedback rating; of a claim status and reason; of a
// chargeback category and reversed; of a return requested, reason, first_answer, answer and feedback.
func (o *Order) Events() []Written {
	var all []Written
	o.registers(func(topic events.Topic, r Register, s Source) {
		all = append(all, Written{topic, s.Offset(), []Register{r}})
	})
	slices.SortStableFunc(all, compareWritten)
	merged := all[:0]
	for _, w := range all {
		if n := len(merged); n > 0 && compareWritten(merged[n-1], w) == 0 {
			merged[n-1].Registers = append(merged[n-1].Registers, w.Registers...)
		} else {
			merged = append(merged, w)
		}
	}
	return merged
}

func compareWritten(a, b Written) int {
	return cmp.Or(cmp.Compare(a.Topic, b.Topic), cmp.Compare(a.Offset, b.Offset))
}

// registers tells of each register that was written, and by which event.
func (o *Order) registers(tell func(events.Topic, Register, Source)) {
	own := func(written bool, name string, s Source) {
		if written {
			tell(events.Orders, Register{Name: name}, s)
		}
	}
	own(o.Placed(), "placed", o.PlacedSource)
	own(o.ShipBy.At != events.None, "ship_by", o.ShipBy.Source)
	own(o.DeliverBy.At != events.None, "deliver_by", o.DeliverBy.Source)
	own(o.Confirmed, "confirmed", o.ConfirmedSource)
	own(o.Cancelled.At != events.None, "cancelled", o.Cancelled.Source)
	own(o.Refunded, "refunded", o.RefundedSource)
	for i := range o.Excuses {
		x := &o.Excuses[i]
		tell(events.Orders, Register{x.Metric, "excused"}, x.Source)
	}
	for i := range o.Shipments {
		o.Shipments[i].registers(tell)
	}
	for i := range o.Feedbacks {
		f := &o.Feedbacks[i]
		tell(events.Feedback, Register{f.ID, "rating"}, f.Source)
	}
	for i := range o.Claims {
		c := &o.Claims[i]
		tell(events.Claims, Register{c.ID, "status"}, c.Source)
		if c.Reason != 0 {
			tell(events.Claims, Register{c.ID, "reason"}, c.ReasonSource)
		}
	}
	for i := range o.Chargebacks {
		c := &o.Chargebacks[i]
		if c.At != events.None {
			tell(events.Chargebacks, Register{c.ID, "category"}, c.Source)
		}
		if c.Reversed {
			tell(events.Chargebacks, Register{c.ID, "reversed"}, c.ReversedSource)
		}
	}
	for i := range o.Returns {
		o.Returns[i].registers(tell)
	}
}

func (s *Shipment) registers(tell func(events.Topic, Register, Source)) {
	own := func(written bool, name string, from Source) {
		if written {
			tell(events.Shipments, Register{s.ID, name}, from)
		}
	}
	own(s.ConfirmedAt != events.None, "confirmed", s.ConfirmedSource)
	own(s.DeliverBy.At != events.None, "deliver_by", s.DeliverBy.Source)
	for i := range s.Pairs {
		own(true, "tracking", s.Pairs[i].Source)
	}
	own(s.Scanned, "scanned", s.ScannedSource)
	own(s.DeliveredAt != events.None, "delivered", s.DeliveredSource)
}

func (r *Return) registers(tell func(events.Topic, Register, Source)) {
	own := func(at events.Millis, name string, from Source) {
		if at != events.None {
			tell(events.Returns, Register{r.ID, name}, from)
		}
	}
	own(r.RequestedAt, "requested", r.RequestedSource)
	own(r.ReasonAt, "reason", r.ReasonSource)
	own(r.FirstAnswerAt, "first_answer", r.FirstAnswerSource)
	own(r.AnswerAt, "answer", r.AnswerSource)
	own(r.FeedbackAt, "feedback", r.FeedbackSource)
}
