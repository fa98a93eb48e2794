package windows

import "sellerpulse/pkg/events"

// Order is one order as registers (metrics.md, section 2): whatever the order in which its events arrive, and however often, the
// registers end up the same. A register holds the value with the greatest time; of equal times that of the greatest kind, then the
// greatest value. Some hold the first time instead, and say so. A time of [events.None] is a register that was never written.
//
// Each register has beside it the [Source] of the event that wrote it: of the events that say the same at the same time, or of those that set a
// flag, which have no time, the one with the least offset. So sources do not depend on the order of arrival either.
//
// The parts of an order are sorted by their ids.
type Order struct {
	PlacedAt     events.Millis // of the PLACED that wrote the next seven, which are one register
	OrderDate    events.Millis
	Channel      events.Channel
	Pending      bool
	Items        []events.Item
	Marketplace  string // empty for none
	ShipCountry  string // empty for none
	PlacedSource Source

	Confirmed       bool // a pending order was paid
	ConfirmedSource Source
	ShipBy          Deadline
	DeliverBy       Deadline
	Cancelled       Cancellation
	Refunded        bool
	RefundedSource  Source
	Excuses         []Excuse // sorted by metric

	Shipments   []Shipment
	Feedbacks   []Feedback
	Claims      []ClaimCase
	Chargebacks []ChargebackCase
	Returns     []Return

	traced bool // an event with a known offset was applied; until then there is no source to write
}

// Deadline is a register that holds a promised instant.
type Deadline struct {
	At     events.Millis
	Kind   events.Kind
	Value  events.Millis
	Source Source
}

// Cancellation is the register of an order's cancellation.
type Cancellation struct {
	At               events.Millis
	By               events.Party
	RequestedByBuyer bool
	Reason           events.Reason
	Source           Source
}

// Shipment is a parcel of an order.
type Shipment struct {
	ID              string
	ConfirmedAt     events.Millis // first
	ConfirmedSource Source
	DeliveredAt     events.Millis // first
	DeliveredSource Source
	Scanned         bool
	ScannedAt       events.Millis // first; None where it is not known, as in rows of before it was kept
	ScannedSource   Source
	DeliverBy       Deadline
	Pairs           []Pair // sorted by time, kind, carrier, tracking id; the last maxPairs
}

// Pair is a tracking number as supplied. Valid is whether the id is of the carrier's format; it follows from the two.
type Pair struct {
	At         events.Millis
	Kind       events.Kind
	Carrier    string
	TrackingID string
	Valid      bool
	Source     Source
}

// maxPairs is how many tracking numbers of a shipment are kept.
const maxPairs = 8

// Feedback is a buyer's rating of an order: its latest revision. Rating is 0 when that was a removal.
type Feedback struct {
	ID     string
	At     events.Millis
	Kind   events.Kind
	Rating int32
	Source Source
}

// ClaimCase is a buyer's guarantee claim; Kind is its latest status, Reason the latest that was given, 0 for none.
type ClaimCase struct {
	ID           string
	At           events.Millis
	Kind         events.Kind
	Source       Source
	ReasonAt     events.Millis
	Reason       events.BuyerReason
	ReasonSource Source
}

// ChargebackCase is a payment that the buyer's bank took back. Its category is a register; that it was reversed never ends.
type ChargebackCase struct {
	ID             string
	At             events.Millis
	Kind           events.Kind
	Category       events.Category
	Source         Source // of the category
	Reversed       bool
	ReversedSource Source
}

// Return is a buyer's request to send something back.
type Return struct {
	ID                string
	RequestedAt       events.Millis // first
	RequestedSource   Source
	ReasonAt          events.Millis
	Reason            events.BuyerReason // the latest that was given, 0 for none
	ReasonSource      Source
	FirstAnswerAt     events.Millis // first
	FirstAnswerSource Source
	AnswerAt          events.Millis
	Answer            events.Answer
	InPolicy          bool
	AnswerSource      Source
	FeedbackAt        events.Millis
	Negative          bool
	FeedbackSource    Source
}

// maxKept is how many elements of a list Reset keeps memory for.
const maxKept = 4096

// Reset makes o an order of which nothing is known, keeping its memory but for that of very large orders. Nothing of what o was is held.
func (o *Order) Reset() {
	for i := range o.Shipments {
		o.Shipments[i] = Shipment{Pairs: emptied(o.Shipments[i].Pairs)}
	}
	shipments := o.Shipments[:0]
	if cap(shipments) > maxKept {
		shipments = nil
	}
	*o = Order{
		PlacedAt: events.None, OrderDate: events.None,
		ShipBy: Deadline{At: events.None}, DeliverBy: Deadline{At: events.None}, Cancelled: Cancellation{At: events.None},
		Items: emptied(o.Items), Excuses: emptied(o.Excuses), Shipments: shipments, Feedbacks: emptied(o.Feedbacks),
		Claims: emptied(o.Claims), Chargebacks: emptied(o.Chargebacks), Returns: emptied(o.Returns),
	}
}

// emptied is the memory of a list, cleared; nil if it is much.
func emptied[T any](list []T) []T {
	if cap(list) > maxKept {
		return nil
	}
	clear(list)
	return list[:0]
}

// Placed is whether the order has a PLACED event; without one it has no order date and nothing of it counts.
func (o *Order) Placed() bool { return o.PlacedAt != events.None }
