package windows

import (
	"encoding/binary"

	"sellerpulse/internal/varint"
	"sellerpulse/pkg/events"
)

// writer writes an order row, whose instants are counted from its order date.
type writer struct {
	dst    []byte
	epoch  events.Millis
	traced bool
	last   [events.NumTopics]Source // that was written
}

func (w *writer) byte(b byte) { w.dst = append(w.dst, b) }

func (w *writer) uint(n int) { w.dst = binary.AppendUvarint(w.dst, uint64(n)) }

func (w *writer) text(s string) { w.dst = varint.AppendText(w.dst, s) }

// instant writes a time, and tells whether it is one.
func (w *writer) instant(at events.Millis) bool {
	if at == events.None {
		w.dst = append(w.dst, 0)
		return false
	}
	d := at - w.epoch
	w.dst = binary.AppendUvarint(w.dst, (uint64(d)<<1^uint64(d>>63))+1)
	return true
}

// source writes a source, if the row has any.
func (w *writer) source(topic events.Topic, s Source) {
	switch {
	case !w.traced:
	case s == 0:
		w.byte(0)
	default:
		d := int64(s - w.last[topic])
		w.last[topic] = s
		w.dst = binary.AppendUvarint(w.dst, (uint64(d)<<1^uint64(d>>63))+1)
	}
}

func (w *writer) sourceIf(written bool, topic events.Topic, s Source) {
	if written {
		w.source(topic, s)
	}
}

// same is whether a source is the one that was written before.
func (w *writer) same(topic events.Topic, s Source) bool {
	return w.traced && s != 0 && s == w.last[topic]
}

func (w *writer) deadline(topic events.Topic, d *Deadline) {
	if !w.instant(d.At) {
		return
	}
	same := w.same(topic, d.Source)
	w.byte(kindCode(d.Kind) | bit(same, bitSame))
	w.instant(d.Value)
	w.sourceIf(!same, topic, d.Source)
}

func (w *writer) excuses(excuses []Excuse) {
	w.uint(len(excuses))
	for i := range excuses {
		x := &excuses[i]
		same := w.same(events.Orders, x.Source)
		w.text(x.Metric)
		w.instant(x.At)
		w.byte(bit(x.Excused, 1) | bit(same, bitSame))
		w.sourceIf(!same, events.Orders, x.Source)
	}
}

func (w *writer) shipments(shipments []Shipment) {
	const of = events.Shipments
	w.uint(len(shipments))
	for i := range shipments {
		s := &shipments[i]
		w.text(s.ID)
		if w.instant(s.ConfirmedAt) {
			w.source(of, s.ConfirmedSource)
		}
		w.instant(s.DeliveredAt)
		w.byte(bit(s.Scanned, bitScanned) | bit(s.ScannedAt != events.None, bitTimed))
		if s.ScannedAt != events.None {
			w.instant(s.ScannedAt)
		}
		w.deadline(of, &s.DeliverBy)
		w.uint(len(s.Pairs))
		for j := range s.Pairs {
			p := &s.Pairs[j]
			same := w.same(of, p.Source)
			w.instant(p.At)
			w.byte(kindCode(p.Kind)<<1 | bit(p.Valid, 1) | bit(same, bitSame))
			w.text(p.Carrier)
			w.text(p.TrackingID)
			w.sourceIf(!same, of, p.Source)
		}
		w.sourceIf(s.Scanned, of, s.ScannedSource)
		w.sourceIf(s.DeliveredAt != events.None, of, s.DeliveredSource)
	}
}

func (w *writer) chargebacks(chargebacks []ChargebackCase) {
	const of = events.Chargebacks
	w.uint(len(chargebacks))
	for i := range chargebacks {
		c := &chargebacks[i]
		w.text(c.ID)
		if w.instant(c.At) {
			w.byte(kindCode(c.Kind))
			w.byte(byte(c.Category))
			w.source(of, c.Source)
		}
		w.byte(bit(c.Reversed, 1))
		w.sourceIf(c.Reversed, of, c.ReversedSource)
	}
}

func (w *writer) returns(returns []Return) {
	const of = events.Returns
	w.uint(len(returns))
	for i := range returns {
		r := &returns[i]
		w.text(r.ID)
		if w.instant(r.RequestedAt) {
			w.source(of, r.RequestedSource)
		}
		if w.instant(r.FirstAnswerAt) {
			w.source(of, r.FirstAnswerSource)
		}
		if w.instant(r.AnswerAt) {
			same := w.same(of, r.AnswerSource)
			w.byte(byte(r.Answer)<<1 | bit(r.InPolicy, 1) | bit(same, bitSame))
			w.sourceIf(!same, of, r.AnswerSource)
		}
		if w.instant(r.FeedbackAt) {
			w.byte(bit(r.Negative, 1))
			w.source(of, r.FeedbackSource)
		}
	}
}

// reasons writes why buyers opened claims and asked for returns, of those that have a reason.
func (w *writer) reasons(o *Order) {
	claims, returns := o.reasons()
	before := 0
	w.uint(claims)
	for i := range o.Claims {
		if c := &o.Claims[i]; c.Reason != 0 {
			w.reason(events.Claims, i-before, c.ReasonAt, c.Reason, c.ReasonSource)
			before = i
		}
	}
	before = 0
	w.uint(returns)
	for i := range o.Returns {
		if r := &o.Returns[i]; r.Reason != 0 {
			w.reason(events.Returns, i-before, r.ReasonAt, r.Reason, r.ReasonSource)
			before = i
		}
	}
}

func (w *writer) reason(topic events.Topic, distance int, at events.Millis, reason events.BuyerReason, s Source) {
	w.uint(distance)
	w.instant(at)
	w.byte(byte(reason))
	w.source(topic, s)
}
