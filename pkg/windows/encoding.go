package windows

import (
	"encoding/binary"

	"sellerpulse/internal/varint"
	"sellerpulse/pkg/events"
)

// RowVersion is the newest version of an order row's compact form.
//
// Numbers are varints (unsigned, or zig-zag where they can be negative), a text is its length and its bytes, a list its length and its
// elements. An instant is its distance in milliseconds from the order date, zig-zag, plus one after the zig-zag, so that 0 says "never
// written". A source is its distance from the source before it in the row that is of the same topic, or from 0, zig-zag, plus one after
// the zig-zag; 0 says "not known". It is there where its register was written.
//
//	version 2
//	order date (ms, zig-zag), placed at, source; channel|pending|confirmed|refunded bits, items (item id, product line, quantity)
//	ship by and deliver by: at, and when written: kind|same, value, source unless same
//	cancelled: at, and when written: by, requested by buyer, reason in one byte, source
//	sources of confirmed and refunded
//	shipments: id, confirmed at, source, delivered at, scanned, deliver by, pairs (at, kind|valid|same, carrier, tracking id, source unless same),
//	sources of scanned and delivered
//	feedbacks: id, at, kind, rating, source; claims: id, at, kind, source
//	chargebacks: id, at, and when written: kind, category, source; reversed, source
//	returns: id, requested at, source, first answer at, source, answer at, and when written: answer|in policy|same, source unless same;
//	feedback at, and when written: negative, source
//
// Same is the highest bit of its byte, and says that the source is the one before it of the same topic, or not known where there is none: most events
// write several registers.
//
// Version 1 is the same without sources and without that bit. A row of which no source is known is still written so: what an older program
// wrote takes no more bytes until an event is applied to it.
const RowVersion = 2

const versionUntraced = 1

const (
	bitMFN = 1 << iota
	bitPending
	bitConfirmed
	bitRefunded
)

const bitSame = 1 << 7 // above every kind and answer

// Append appends the compact form of a placed order.
func (o *Order) Append(dst []byte) []byte {
	w := writer{dst: dst, epoch: o.OrderDate, traced: o.traced}
	if w.traced {
		w.byte(RowVersion)
	} else {
		w.byte(versionUntraced)
	}
	w.dst = binary.AppendVarint(w.dst, o.OrderDate)
	if w.instant(o.PlacedAt) {
		w.source(events.Orders, o.PlacedSource)
	}
	w.byte(bit(o.Channel == events.MFN, bitMFN) | bit(o.Pending, bitPending) | bit(o.Confirmed, bitConfirmed) | bit(o.Refunded, bitRefunded))
	w.uint(len(o.Items))
	for i := range o.Items {
		w.text(o.Items[i].ItemID)
		w.text(o.Items[i].ProductLine)
		w.dst = binary.AppendVarint(w.dst, int64(o.Items[i].Quantity))
	}
	w.deadline(events.Orders, &o.ShipBy)
	w.deadline(events.Orders, &o.DeliverBy)
	if c := &o.Cancelled; w.instant(c.At) {
		w.byte(byte(c.By)<<4 | bit(c.RequestedByBuyer, 1<<3) | byte(c.Reason))
		w.source(events.Orders, c.Source)
	}
	w.sourceIf(o.Confirmed, events.Orders, o.ConfirmedSource)
	w.sourceIf(o.Refunded, events.Orders, o.RefundedSource)
	w.shipments(o.Shipments)
	w.uint(len(o.Feedbacks))
	for i := range o.Feedbacks {
		f := &o.Feedbacks[i]
		w.text(f.ID)
		w.instant(f.At)
		w.byte(kindCode(f.Kind))
		w.byte(byte(f.Rating))
		w.source(events.Feedback, f.Source)
	}
	w.uint(len(o.Claims))
	for i := range o.Claims {
		c := &o.Claims[i]
		w.text(c.ID)
		w.instant(c.At)
		w.byte(kindCode(c.Kind))
		w.source(events.Claims, c.Source)
	}
	w.chargebacks(o.Chargebacks)
	w.returns(o.Returns)
	return w.dst
}

// kindCode is how rows have a kind: as kinds were numbered when there was no EXCUSED, which writes no register that has its kind.
func kindCode(k events.Kind) byte {
	if k > events.OrderExcused {
		k--
	}
	return byte(k)
}

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
		w.byte(bit(s.Scanned, 1))
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

func bit(b bool, mask byte) byte {
	if b {
		return mask
	}
	return 0
}
