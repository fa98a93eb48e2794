package inspect

import (
	"slices"

	"sellerpulse/pkg/events"
	"sellerpulse/pkg/windows"
)

// sinceOf is since when an order, or a unit of it, has had a fact, as it does at an instant. It tries what was known at each instant at which anything was
// written or fell due, from the last back: once as if each event without a kept time had been there from the beginning, and once without them.
func sinceOf(o *windows.Order, fact windows.Fact, at events.Millis, reasons windows.ReasonSet) Since {
	times := instants(o, at)
	early, late := runFrom(o, fact, reasons, times, true), runFrom(o, fact, reasons, times, false)
	if early == late {
		return Since{Since: instantOf(early)}
	}
	return Since{NotBefore: instantOf(early), NotAfter: instantOf(late)}
}

// runFrom is the first of the times, which go back, from which on a fact held at each; [events.None] where it does not at the last.
func runFrom(o *windows.Order, fact windows.Fact, reasons windows.ReasonSet, times []events.Millis, early bool) events.Millis {
	from, f := events.None, finding{reasons: reasons}
	for _, t := range times {
		w := known(o, t, early)
		if f.at = t; !f.all(&w).Has(fact) {
			break
		}
		from = t
	}
	return from
}

// instants are those up to one at which a register was written or something fell due, the last first.
func instants(o *windows.Order, at events.Millis) (times []events.Millis) {
	add := func(all ...events.Millis) { times = append(times, all...) }
	due := func(d *windows.Deadline) {
		if add(d.At); d.At != events.None {
			add(d.Value + 1)
		}
	}
	add(o.PlacedAt, o.Cancelled.At)
	if due(&o.ShipBy); o.ShipBy.At != events.None {
		add(o.ShipBy.Value + windows.HandoverWithin + 1)
	}
	due(&o.DeliverBy)
	for i := range o.Shipments {
		s := &o.Shipments[i]
		add(s.ConfirmedAt, s.ScannedAt, s.DeliveredAt)
		due(&s.DeliverBy)
		for j := range s.Pairs {
			add(s.Pairs[j].At)
		}
	}
	for i := range o.Feedbacks {
		add(o.Feedbacks[i].At)
	}
	for i := range o.Claims {
		add(o.Claims[i].At)
	}
	for i := range o.Chargebacks {
		add(o.Chargebacks[i].At)
	}
	for i := range o.Returns {
		r := &o.Returns[i]
		if add(r.RequestedAt, r.FirstAnswerAt, r.AnswerAt, r.FeedbackAt); r.RequestedAt != events.None {
			add(r.RequestedAt + windows.AnswerWithin + 1)
		}
	}
	times = slices.DeleteFunc(times, func(t events.Millis) bool { return t == events.None || t > at })
	slices.Sort(times)
	slices.Reverse(times)
	return slices.Compact(times)
}

// known is an order as far as its registers were written up to an instant. What is kept without a time is there from the beginning if early is set,
// else not at all.
func known(o *windows.Order, at events.Millis, early bool) windows.Order {
	w := *o
	w.PlacedAt = upTo(o.PlacedAt, at)
	w.Confirmed, w.Refunded = o.Confirmed && early, o.Refunded && early
	w.ShipBy.At, w.DeliverBy.At, w.Cancelled.At = upTo(o.ShipBy.At, at), upTo(o.DeliverBy.At, at), upTo(o.Cancelled.At, at)
	w.Shipments = slices.Clone(o.Shipments)
	for i := range w.Shipments {
		s := &w.Shipments[i]
		s.ConfirmedAt, s.DeliveredAt, s.DeliverBy.At = upTo(s.ConfirmedAt, at), upTo(s.DeliveredAt, at), upTo(s.DeliverBy.At, at)
		if s.ScannedAt == events.None {
			s.Scanned = s.Scanned && early
		} else {
			s.ScannedAt = upTo(s.ScannedAt, at)
			s.Scanned = s.ScannedAt != events.None
		}
		s.Pairs = slices.DeleteFunc(slices.Clone(s.Pairs), func(p windows.Pair) bool { return p.At > at })
	}
	w.Feedbacks = slices.DeleteFunc(slices.Clone(o.Feedbacks), func(f windows.Feedback) bool { return f.At > at })
	w.Claims = slices.DeleteFunc(slices.Clone(o.Claims), func(c windows.ClaimCase) bool { return c.At > at })
	w.Chargebacks = nil
	for _, c := range o.Chargebacks {
		if c.At == events.None || c.At > at {
			c.At, c.Category = events.None, 0
			if !early || !c.Reversed {
				continue // It is not known yet.
			}
		}
		w.Chargebacks = append(w.Chargebacks, c)
	}
	w.Returns = slices.Clone(o.Returns)
	for i := range w.Returns {
		r := &w.Returns[i]
		r.RequestedAt, r.FirstAnswerAt, r.AnswerAt, r.FeedbackAt = upTo(r.RequestedAt, at), upTo(r.FirstAnswerAt, at), upTo(r.AnswerAt, at), upTo(r.FeedbackAt, at)
	}
	return w
}

// upTo is an instant; none where it is behind another.
func upTo(t, at events.Millis) events.Millis {
	if t > at {
		return events.None
	}
	return t
}
