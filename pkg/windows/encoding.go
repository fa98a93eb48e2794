package windows

import (
	"encoding/binary"

	"sellerpulse/pkg/events"
)

// RowVersion is the newest version of an order row's compact form.
//
// Numbers are varints (unsigned, or zig-zag where they can be negative), a text is its length and its bytes, a list its length and its
// elements. An instant is its distance in milliseconds from the order date, zig-zag, plus one after the zig-zag, so that 0 says "never
// written". A source is its distance from the source before it in the row that is of the same topic, or from 0, zig-zag, plus one after
// the zig-zag; 0 says "not known". It is there where its register was written.
//
//	version 3
//	order date (ms, zig-zag), placed at, source; channel|pending|confirmed|refunded|sited|excused|reasoned bits, items (item id, product line, quantity)
//	if sited: marketplace, ship country
//	ship by and deliver by: at, and when written: kind|same, value, source unless same
//	cancelled: at, and when written: by, requested by buyer, reason in one byte, source
//	sources of confirmed and refunded
//	if excused: excuses: metric, at, excused|same, source unless same
//	shipments: id, confirmed at, source, delivered at, scanned|timed, scanned at if timed, deliver by, pairs (at, kind|valid|same, carrier, tracking id, source unless same),
//	sources of scanned and delivered
//	feedbacks: id, at, kind, rating, source; claims: id, at, kind, source
//	chargebacks: id, at, and when written: kind, category, source; reversed, source
//	returns: id, requested at, source, first answer at, source, answer at, and when written: answer|in policy|same, source unless same;
//	feedback at, and when written: negative, source
//	if reasoned: claims with a reason: distance from the one before in the list of claims, reason at, reason, source; returns with a reason likewise
//
// Same is the highest bit of its byte, and says that the source is the one before it of the same topic, or not known where there is none: most events
// write several registers.
//
// A row of which no source is known has the highest bit of the version set, and is the same without sources and without the bit of the same.
//
// Versions 2 and 1 are what version 3 is with sources and without where nothing is sited, excused, reasoned or timed. Such rows are still written so, the
// first without the highest bit: what an older program wrote takes no more bytes until an event is applied to it.
const RowVersion = 3

const (
	versionUntraced = 1
	versionTraced   = 2
	bitUntraced     = 1 << 7 // of the version
)

const (
	bitMFN = 1 << iota
	bitPending
	bitConfirmed
	bitRefunded
	bitSited
	bitExcused
	bitReasoned
)

// Of a shipment's scan.
const (
	bitScanned = 1 << iota
	bitTimed
)

const bitSame = 1 << 7 // above every kind and answer

// Append appends the compact form of a placed order.
func (o *Order) Append(dst []byte) []byte {
	w := writer{dst: dst, epoch: o.OrderDate, traced: o.traced}
	w.byte(o.version())
	w.dst = binary.AppendVarint(w.dst, o.OrderDate)
	if w.instant(o.PlacedAt) {
		w.source(events.Orders, o.PlacedSource)
	}
	w.byte(bit(o.Channel == events.MFN, bitMFN) | bit(o.Pending, bitPending) | bit(o.Confirmed, bitConfirmed) | bit(o.Refunded, bitRefunded) |
		bit(o.sited(), bitSited) | bit(o.excused(), bitExcused) | bit(o.reasoned(), bitReasoned))
	w.uint(len(o.Items))
	for i := range o.Items {
		w.text(o.Items[i].ItemID)
		w.text(o.Items[i].ProductLine)
		w.dst = binary.AppendVarint(w.dst, int64(o.Items[i].Quantity))
	}
	if o.sited() {
		w.text(o.Marketplace)
		w.text(o.ShipCountry)
	}
	w.deadline(events.Orders, &o.ShipBy)
	w.deadline(events.Orders, &o.DeliverBy)
	if c := &o.Cancelled; w.instant(c.At) {
		w.byte(byte(c.By)<<4 | bit(c.RequestedByBuyer, 1<<3) | byte(c.Reason))
		w.source(events.Orders, c.Source)
	}
	w.sourceIf(o.Confirmed, events.Orders, o.ConfirmedSource)
	w.sourceIf(o.Refunded, events.Orders, o.RefundedSource)
	if o.excused() {
		w.excuses(o.Excuses)
	}
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
	if o.reasoned() {
		w.reasons(o)
	}
	return w.dst
}

// version is the first byte of the row: the oldest version that can hold what there is.
func (o *Order) version() byte {
	switch {
	case o.sited() || o.excused() || o.reasoned() || o.timed():
		return RowVersion | bit(!o.traced, bitUntraced)
	case o.traced:
		return versionTraced
	}
	return versionUntraced
}

func (o *Order) sited() bool { return o.Marketplace != "" || o.ShipCountry != "" }

func (o *Order) excused() bool { return len(o.Excuses) > 0 }

func (o *Order) reasoned() bool {
	claims, returns := o.reasons()
	return claims+returns > 0
}

// reasons is how many claims and returns have a reason.
func (o *Order) reasons() (claims, returns int) {
	for i := range o.Claims {
		if o.Claims[i].Reason != 0 {
			claims++
		}
	}
	for i := range o.Returns {
		if o.Returns[i].Reason != 0 {
			returns++
		}
	}
	return claims, returns
}

// timed is whether it is known of any shipment when it was first scanned.
func (o *Order) timed() bool {
	for i := range o.Shipments {
		if o.Shipments[i].ScannedAt != events.None {
			return true
		}
	}
	return false
}

// Growth is at least what an event adds to the row of an order of which a source is known, and is not much more.
func Growth(e *events.Event) int {
	const (
		registers = 256 // more than their instants, flags, lengths and sources take, and the sources behind them, which are written as differences
		element   = 48  // likewise of an item or of an excuse
	)
	n := registers + len(e.PartID) + len(e.Carrier.Value) + len(e.TrackingID.Value) + len(e.Marketplace) + len(e.ShipCountry)
	for i := range e.Items {
		n += element + len(e.Items[i].ItemID) + len(e.Items[i].ProductLine)
	}
	for _, metric := range e.Metrics {
		n += element + len(metric)
	}
	return n
}

// kindCode is how rows have a kind: as kinds were numbered when there was no EXCUSED, which writes no register that has its kind.
func kindCode(k events.Kind) byte {
	if k > events.OrderExcused {
		k--
	}
	return byte(k)
}

func bit(b bool, mask byte) byte {
	if b {
		return mask
	}
	return 0
}
