package windows

import (
	"fmt"

	"sellerpulse/internal/varint"
	"sellerpulse/pkg/events"
)

// reader reads an order row, whose instants are counted from its order date.
type reader struct {
	varint.Reader
	epoch  events.Millis
	traced bool
	latest bool                     // it is of the newest version
	last   [events.NumTopics]Source // that was read
}

// newReader begins to read a row, of which it knows the version.
func newReader(row []byte) (reader, error) {
	version := -1
	if len(row) > 0 {
		version = int(row[0])
	}
	switch version {
	case versionUntraced, versionTraced, RowVersion, RowVersion | bitUntraced:
		return reader{
			Reader: varint.NewReader(row[1:]), latest: version&^bitUntraced == RowVersion, traced: version == versionTraced || version == RowVersion,
		}, nil
	}
	return reader{}, fmt.Errorf("decode order row: version %d is not known, only those up to %d: run the program that wrote it, or a newer one", version, RowVersion)
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

func (r *reader) excuses(o *Order) {
	for n := r.Count(); n > 0; n-- {
		x := Excuse{Metric: r.Text(), At: r.instant()}
		b := r.Byte()
		x.Excused, x.Source = b&1 != 0, r.sourceUnless(b&bitSame != 0, events.Orders)
		o.Excuses = append(o.Excuses, x)
	}
}

// scan reads whether a shipment was scanned, and when, which older versions do not have.
func (r *reader) scan(s *Shipment) {
	b := r.Byte()
	if !r.latest {
		s.Scanned = b != 0
		return
	}
	s.Scanned = b&bitScanned != 0
	if b&bitTimed != 0 {
		s.ScannedAt = r.instant()
	}
}

func (r *reader) shipments(o *Order) {
	const of = events.Shipments
	for n := r.Count(); n > 0; n-- {
		o.Shipments = grow(o.Shipments)
		s := &o.Shipments[len(o.Shipments)-1]
		*s = Shipment{ID: r.Text(), ConfirmedAt: r.instant(), ScannedAt: events.None, Pairs: s.Pairs[:0]}
		s.ConfirmedSource = r.sourceIf(s.ConfirmedAt != events.None, of)
		s.DeliveredAt = r.instant()
		r.scan(s)
		s.DeliverBy = r.deadline(of)
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
		t := Return{ID: r.Text(), RequestedAt: r.instant(), ReasonAt: events.None}
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

func (r *reader) reasons(o *Order) {
	at := 0
	for n := r.Count(); n > 0 && r.forward(&at, len(o.Claims)); n-- {
		c := &o.Claims[at]
		c.ReasonAt, c.Reason, c.ReasonSource = r.reason(events.Claims)
	}
	at = 0
	for n := r.Count(); n > 0 && r.forward(&at, len(o.Returns)); n-- {
		t := &o.Returns[at]
		t.ReasonAt, t.Reason, t.ReasonSource = r.reason(events.Returns)
	}
}

// forward reads a distance in a list of so many, and tells whether it leads to one of them.
func (r *reader) forward(at *int, length int) bool {
	distance := r.Uint()
	if distance >= uint64(length-*at) {
		r.Fail(errShort)
		return false
	}
	*at += int(distance)
	return true
}

func (r *reader) reason(topic events.Topic) (events.Millis, events.BuyerReason, Source) {
	at, reason := r.instant(), events.BuyerReason(r.Byte())
	if reason.String() == "" {
		r.Fail(errShort)
	}
	return at, reason, r.source(topic)
}
