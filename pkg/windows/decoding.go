package windows

import (
	"errors"

	"sellerpulse/pkg/events"
)

// What can be wrong with a row of a known version.
var (
	errShort       = errors.New("decode order row: truncated or left-over bytes")
	errUnknownKind = errors.New("decode order row: a kind of event that is not known")
)

// Decode reads the compact form into o, of any version up to [RowVersion]. The strings of o alias row, which must not change.
func (o *Order) Decode(row []byte) error {
	r, err := newReader(row)
	if err != nil {
		return err
	}
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
	if !r.latest {
		bits &= bitSited - 1
	}
	for n := r.Count(); n > 0; n-- {
		o.Items = append(o.Items, events.Item{ItemID: r.Text(), ProductLine: r.Text(), Quantity: int32(r.Int())})
	}
	if bits&bitSited != 0 {
		o.Marketplace, o.ShipCountry = r.Text(), r.Text()
	}
	o.ShipBy, o.DeliverBy = r.deadline(events.Orders), r.deadline(events.Orders)
	if at := r.instant(); at != events.None {
		b := r.Byte()
		o.Cancelled = Cancellation{At: at, By: events.Party(b >> 4), RequestedByBuyer: b&(1<<3) != 0, Reason: events.Reason(b & 7), Source: r.source(events.Orders)}
	}
	o.ConfirmedSource = r.sourceIf(o.Confirmed, events.Orders)
	o.RefundedSource = r.sourceIf(o.Refunded, events.Orders)
	if bits&bitExcused != 0 {
		r.excuses(o)
	}
	r.shipments(o)
	for n := r.Count(); n > 0; n-- {
		o.Feedbacks = append(o.Feedbacks, Feedback{
			ID: r.Text(), At: r.instant(), Kind: r.kind(r.Byte()), Rating: int32(r.Byte()), Source: r.source(events.Feedback),
		})
	}
	for n := r.Count(); n > 0; n-- {
		o.Claims = append(o.Claims, ClaimCase{ID: r.Text(), At: r.instant(), Kind: r.kind(r.Byte()), Source: r.source(events.Claims), ReasonAt: events.None})
	}
	r.chargebacks(o)
	r.returns(o)
	if bits&bitReasoned != 0 {
		r.reasons(o)
	}
	if err := r.End(); errors.Is(err, errUnknownKind) {
		return err
	} else if err != nil {
		return errShort
	}
	return nil
}
