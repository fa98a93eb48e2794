package windows

import (
	"encoding/binary"
	"errors"
	"fmt"

	"sellerpulse/internal/varint"
	"sellerpulse/pkg/events"
)

// The compact form of an order row. Numbers are varints (unsigned, or zig-zag where they can be negative), a text is its length and
// its bytes, a list its length and its elements. An instant is its distance in milliseconds from the order date, zig-zag, plus one
// after the zig-zag, so that 0 says "never written".
//
//	version 1
//	order date (ms, zig-zag), placed at, channel|pending|confirmed|refunded bits, items (item id, product line, quantity)
//	ship by and deliver by: at, and when written: kind, value
//	cancelled: at, and when written: by, requested by buyer, reason in one byte
//	shipments: id, confirmed at, delivered at, scanned, deliver by, pairs (at, kind|valid, carrier, tracking id)
//	feedbacks: id, at, kind, rating; claims: id, at, kind; chargebacks: id, at, and when written: kind, category; reversed
//	returns: id, requested at, first answer at, answer at, and when written: answer|in policy; feedback at, and when written: negative
const orderVersion = 1

const (
	bitMFN = 1 << iota
	bitPending
	bitConfirmed
	bitRefunded
)

// Append appends the compact form of a placed order.
func (o *Order) Append(dst []byte) []byte {
	w := writer{dst: append(dst, orderVersion), epoch: o.OrderDate}
	w.dst = binary.AppendVarint(w.dst, o.OrderDate)
	w.instant(o.PlacedAt)
	w.byte(bit(o.Channel == events.MFN, bitMFN) | bit(o.Pending, bitPending) | bit(o.Confirmed, bitConfirmed) | bit(o.Refunded, bitRefunded))
	w.uint(len(o.Items))
	for i := range o.Items {
		w.text(o.Items[i].ItemID)
		w.text(o.Items[i].ProductLine)
		w.dst = binary.AppendVarint(w.dst, int64(o.Items[i].Quantity))
	}
	w.deadline(&o.ShipBy)
	w.deadline(&o.DeliverBy)
	if c := &o.Cancelled; w.instant(c.At) {
		w.byte(byte(c.By)<<4 | bit(c.RequestedByBuyer, 1<<3) | byte(c.Reason))
	}
	w.shipments(o.Shipments)
	w.uint(len(o.Feedbacks))
	for i := range o.Feedbacks {
		f := &o.Feedbacks[i]
		w.text(f.ID)
		w.instant(f.At)
		w.byte(byte(f.Kind))
		w.byte(byte(f.Rating))
	}
	w.uint(len(o.Claims))
	for i := range o.Claims {
		w.text(o.Claims[i].ID)
		w.instant(o.Claims[i].At)
		w.byte(byte(o.Claims[i].Kind))
	}
	w.uint(len(o.Chargebacks))
	for i := range o.Chargebacks {
		c := &o.Chargebacks[i]
		w.text(c.ID)
		if w.instant(c.At) {
			w.byte(byte(c.Kind))
			w.byte(byte(c.Category))
		}
		w.byte(bit(c.Reversed, 1))
	}
	w.returns(o.Returns)
	return w.dst
}

type writer struct {
	dst   []byte
	epoch events.Millis
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

func (w *writer) deadline(d *Deadline) {
	if w.instant(d.At) {
		w.byte(byte(d.Kind))
		w.instant(d.Value)
	}
}

func (w *writer) shipments(shipments []Shipment) {
	w.uint(len(shipments))
	for i := range shipments {
		s := &shipments[i]
		w.text(s.ID)
		w.instant(s.ConfirmedAt)
		w.instant(s.DeliveredAt)
		w.byte(bit(s.Scanned, 1))
		w.deadline(&s.DeliverBy)
		w.uint(len(s.Pairs))
		for j := range s.Pairs {
			p := &s.Pairs[j]
			w.instant(p.At)
			w.byte(byte(p.Kind)<<1 | bit(p.Valid, 1))
			w.text(p.Carrier)
			w.text(p.TrackingID)
		}
	}
}

func (w *writer) returns(returns []Return) {
	w.uint(len(returns))
	for i := range returns {
		r := &returns[i]
		w.text(r.ID)
		w.instant(r.RequestedAt)
		w.instant(r.FirstAnswerAt)
		if w.instant(r.AnswerAt) {
			w.byte(byte(r.Answer)<<1 | bit(r.InPolicy, 1))
		}
		if w.instant(r.FeedbackAt) {
			w.byte(bit(r.Negative, 1))
		}
	}
}

func bit(b bool, mask byte) byte {
	if b {
		return mask
	}
	return 0
}

var errShort = errors.New("decode order row: truncated or left-over bytes")

// Decode reads the compact form into o. The strings of o alias row, which must not change.
func (o *Order) Decode(row []byte) error {
	if len(row) == 0 || row[0] != orderVersion {
		return fmt.Errorf("decode order row: version %d is not known, only %d", first1(row), orderVersion)
	}
	r := reader{Reader: varint.NewReader(row[1:])}
	o.Reset()
	r.epoch = r.Int()
	o.OrderDate = r.epoch
	o.PlacedAt = r.instant()
	bits := r.Byte()
	o.Channel = events.AFN
	if bits&bitMFN != 0 {
		o.Channel = events.MFN
	}
	o.Pending, o.Confirmed, o.Refunded = bits&bitPending != 0, bits&bitConfirmed != 0, bits&bitRefunded != 0
	for n := r.Count(); n > 0; n-- {
		o.Items = append(o.Items, events.Item{ItemID: r.Text(), ProductLine: r.Text(), Quantity: int32(r.Int())})
	}
	o.ShipBy, o.DeliverBy = r.deadline(), r.deadline()
	if at := r.instant(); at != events.None {
		b := r.Byte()
		o.Cancelled = Cancellation{At: at, By: events.Party(b >> 4), RequestedByBuyer: b&(1<<3) != 0, Reason: events.Reason(b & 7)}
	}
	r.shipments(o)
	for n := r.Count(); n > 0; n-- {
		o.Feedbacks = append(o.Feedbacks, Feedback{ID: r.Text(), At: r.instant(), Kind: events.Kind(r.Byte()), Rating: int32(r.Byte())})
	}
	for n := r.Count(); n > 0; n-- {
		o.Claims = append(o.Claims, ClaimCase{ID: r.Text(), At: r.instant(), Kind: events.Kind(r.Byte())})
	}
	for n := r.Count(); n > 0; n-- {
		c := ChargebackCase{ID: r.Text(), At: r.instant()}
		if c.At != events.None {
			c.Kind, c.Category = events.Kind(r.Byte()), events.Category(r.Byte())
		}
		c.Reversed = r.Byte() != 0
		o.Chargebacks = append(o.Chargebacks, c)
	}
	r.returns(o)
	if r.End() != nil {
		return errShort
	}
	return nil
}

func first1(b []byte) int {
	if len(b) == 0 {
		return -1
	}
	return int(b[0])
}

// reader reads an order row, whose instants are counted from its order date.
type reader struct {
	varint.Reader
	epoch events.Millis
}

func (r *reader) instant() events.Millis {
	u := r.Uint()
	if u == 0 {
		return events.None
	}
	return r.epoch + varint.Signed(u-1)
}

func (r *reader) deadline() Deadline {
	d := Deadline{At: r.instant()}
	if d.At != events.None {
		d.Kind, d.Value = events.Kind(r.Byte()), r.instant()
	}
	return d
}

func (r *reader) shipments(o *Order) {
	for n := r.Count(); n > 0; n-- {
		o.Shipments = grow(o.Shipments)
		s := &o.Shipments[len(o.Shipments)-1]
		*s = Shipment{ID: r.Text(), ConfirmedAt: r.instant(), DeliveredAt: r.instant(), Scanned: r.Byte() != 0, DeliverBy: r.deadline(), Pairs: s.Pairs[:0]}
		for m := r.Count(); m > 0; m-- {
			p := Pair{At: r.instant()}
			b := r.Byte()
			p.Kind, p.Valid = events.Kind(b>>1), b&1 != 0
			p.Carrier, p.TrackingID = r.Text(), r.Text()
			s.Pairs = append(s.Pairs, p)
		}
	}
}

// grow makes a slice one longer, keeping the memory of an element that was there before.
func grow[T any](s []T) []T {
	if len(s) < cap(s) {
		return s[:len(s)+1]
	}
	var zero T
	return append(s, zero)
}

func (r *reader) returns(o *Order) {
	for n := r.Count(); n > 0; n-- {
		t := Return{ID: r.Text(), RequestedAt: r.instant(), FirstAnswerAt: r.instant(), AnswerAt: r.instant()}
		if t.AnswerAt != events.None {
			b := r.Byte()
			t.Answer, t.InPolicy = events.Answer(b>>1), b&1 != 0
		}
		if t.FeedbackAt = r.instant(); t.FeedbackAt != events.None {
			t.Negative = r.Byte() != 0
		}
		o.Returns = append(o.Returns, t)
	}
}
