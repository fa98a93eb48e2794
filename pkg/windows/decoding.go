package windows

import (
	"errors"
	"fmt"

	"sellerpulse/internal/varint"
	"sellerpulse/pkg/events"
)

// What can be wrong with a row of a known version.
var (
	errShort       = errors.New("decode order row: truncated or left-over bytes")
	errUnknownKind = errors.New("decode order row: a kind of event that is not known")
)

// Decode reads the compact form into o, of any version up to [RowVersion]. The strings of o alias row, which must not change.
func (o *Order) Decode(row []byte) error {
	if len(row) == 0 || row[0] != versionUntraced && row[0] != RowVersion {
		return fmt.Errorf("decode order row: version %d is not known, only those up to %d: run the program that wrote it, or a newer one", first1(row), RowVersion)
	}
	r := reader{Reader: varint.NewReader(row[1:]), traced: row[0] == RowVersion}
	o.Reset()
	o.traced = r.traced
	r.epoch = r.Int()
	o.OrderDate = r.epoch
	if o.PlacedAt = r.instant(); o.PlacedAt != events.None {
		o.PlacedSource = r.source(events.Orders)
	}
	bits := r.Byte()
	o.Channel = events.AFN
	if bits&bitMFN != 0 {
		o.Channel = events.MFN
	}
	o.Pending, o.Confirmed, o.Refunded = bits&bitPending != 0, bits&bitConfirmed != 0, bits&bitRefunded != 0
	for n := r.Count(); n > 0; n-- {
		o.Items = append(o.Items, events.Item{ItemID: r.Text(), ProductLine: r.Text(), Quantity: int32(r.Int())})
	}
	o.ShipBy, o.DeliverBy = r.deadline(events.Orders), r.deadline(events.Orders)
	if at := r.instant(); at != events.None {
		b := r.Byte()
		o.Cancelled = Cancellation{At: at, By: events.Party(b >> 4), RequestedByBuyer: b&(1<<3) != 0, Reason: events.Reason(b & 7), Source: r.source(events.Orders)}
	}
	o.ConfirmedSource = r.sourceIf(o.Confirmed, events.Orders)
	o.RefundedSource = r.sourceIf(o.Refunded, events.Orders)
	r.shipments(o)
	for n := r.Count(); n > 0; n-- {
		o.Feedbacks = append(o.Feedbacks, Feedback{
			ID: r.Text(), At: r.instant(), Kind: r.kind(r.Byte()), Rating: int32(r.Byte()), Source: r.source(events.Feedback),
		})
	}
	for n := r.Count(); n > 0; n-- {
		o.Claims = append(o.Claims, ClaimCase{ID: r.Text(), At: r.instant(), Kind: r.kind(r.Byte()), Source: r.source(events.Claims)})
	}
	r.chargebacks(o)
	r.returns(o)
	if err := r.End(); errors.Is(err, errUnknownKind) {
		return err
	} else if err != nil {
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
	epoch  events.Millis
	traced bool
	last   [events.NumTopics]Source // that was read
}

func (r *reader) instant() events.Millis {
	u := r.Uint()
	if u == 0 {
		return events.None
	}
	return r.epoch + varint.Signed(u-1)
}

// kind is the kind of a code, as [kindCode] gives it.
func (r *reader) kind(code byte) events.Kind {
	k := events.Kind(code)
	if k >= events.OrderExcused {
		k++
	}
	if k >= events.NumKinds {
		r.Fail(errUnknownKind)
		return 0
	}
	return k
}

// source reads a source, if the row has any.
func (r *reader) source(topic events.Topic) Source {
	if !r.traced {
		return 0
	}
	u := r.Uint()
	if u == 0 {
		return 0
	}
	s := r.last[topic] + Source(varint.Signed(u-1))
	if s <= 0 {
		r.Fail(errShort)
	}
	r.last[topic] = s
	return s
}

func (r *reader) sourceIf(written bool, topic events.Topic) Source {
	if !written {
		return 0
	}
	return r.source(topic)
}

// sourceUnless reads a source, unless it is the one before.
func (r *reader) sourceUnless(same bool, topic events.Topic) Source {
	if same {
		return r.last[topic]
	}
	return r.source(topic)
}

func (r *reader) deadline(topic events.Topic) Deadline {
	d := Deadline{At: r.instant()}
	if d.At != events.None {
		b := r.Byte()
		d.Kind, d.Value = r.kind(b&^bitSame), r.instant()
		d.Source = r.sourceUnless(b&bitSame != 0, topic)
	}
	return d
}

func (r *reader) shipments(o *Order) {
	const of = events.Shipments
	for n := r.Count(); n > 0; n-- {
		o.Shipments = grow(o.Shipments)
		s := &o.Shipments[len(o.Shipments)-1]
		*s = Shipment{ID: r.Text(), ConfirmedAt: r.instant(), Pairs: s.Pairs[:0]}
		s.ConfirmedSource = r.sourceIf(s.ConfirmedAt != events.None, of)
		s.DeliveredAt, s.Scanned, s.DeliverBy = r.instant(), r.Byte() != 0, r.deadline(of)
		for m := r.Count(); m > 0; m-- {
			p := Pair{At: r.instant()}
			b := r.Byte()
			p.Kind, p.Valid = r.kind(b&^bitSame>>1), b&1 != 0
			p.Carrier, p.TrackingID = r.Text(), r.Text()
			p.Source = r.sourceUnless(b&bitSame != 0, of)
			s.Pairs = append(s.Pairs, p)
		}
		s.ScannedSource = r.sourceIf(s.Scanned, of)
		s.DeliveredSource = r.sourceIf(s.DeliveredAt != events.None, of)
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

func (r *reader) chargebacks(o *Order) {
	const of = events.Chargebacks
	for n := r.Count(); n > 0; n-- {
		c := ChargebackCase{ID: r.Text(), At: r.instant()}
		if c.At != events.None {
			c.Kind, c.Category, c.Source = r.kind(r.Byte()), events.Category(r.Byte()), r.source(of)
		}
		c.Reversed = r.Byte() != 0
		c.ReversedSource = r.sourceIf(c.Reversed, of)
		o.Chargebacks = append(o.Chargebacks, c)
	}
}

func (r *reader) returns(o *Order) {
	const of = events.Returns
	for n := r.Count(); n > 0; n-- {
		t := Return{ID: r.Text(), RequestedAt: r.instant()}
		t.RequestedSource = r.sourceIf(t.RequestedAt != events.None, of)
		t.FirstAnswerAt = r.instant()
		t.FirstAnswerSource = r.sourceIf(t.FirstAnswerAt != events.None, of)
		if t.AnswerAt = r.instant(); t.AnswerAt != events.None {
			b := r.Byte()
			t.Answer, t.InPolicy = events.Answer(b&^bitSame>>1), b&1 != 0
			t.AnswerSource = r.sourceUnless(b&bitSame != 0, of)
		}
		if t.FeedbackAt = r.instant(); t.FeedbackAt != events.None {
			t.Negative, t.FeedbackSource = r.Byte() != 0, r.source(of)
		}
		o.Returns = append(o.Returns, t)
	}
}
