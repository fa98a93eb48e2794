package simulate

import (
	"strconv"

	"sellerpulse/pkg/events"
)

// order is one order while all that will happen to it is thought of.
type order struct {
	seller *seller
	id     string
	placed events.Millis
	push   func(pending)
	doomed bool // to be defective

	byMarketplace     bool
	shipBy, deliverBy events.Millis // as they stand
	firstLine         bool          // every item is of the seller's first product line
	arrived           events.Millis // the last parcel, or when it should have
	late              bool          // a parcel was shipped or delivered late
	thought           int           // events thought of
}

// live thinks of an order's whole life.
func (o *order) live() {
	s := o.seller
	o.byMarketplace = s.happens(byMarketplace)
	o.shipBy, o.deliverBy = o.placed+2*day, o.placed+7*day
	placed := o.placedEvent()
	paid := o.placed
	if placed.Pending = s.happens(pendingFirst); placed.Pending {
		if s.happens(neverPaid) {
			return
		}
		paid += s.after(1, 6)
		o.think(paid, events.Orders, events.OrderConfirmed)
	}
	switch {
	case s.happens(buyerCancels):
		o.cancelForBuyer(paid + s.after(0.2, 3))
		return
	case !o.byMarketplace && s.happens(sellerCancels):
		o.cancelBySeller(paid)
		return
	case !o.byMarketplace && s.happens(amended):
		o.amend(paid + s.after(0.5, 3))
	}
	o.ship(paid)
	o.turnOut()
	if o.late {
		o.beExcused()
	}
}

// think adds an event to what is to come; the caller fills it in.
func (o *order) think(at events.Millis, topic events.Topic, kind events.Kind) *events.Event {
	o.thought++
	o.seller.thought++
	e := &events.Event{
		Topic: topic, Kind: kind, OccurredAt: at, SellerID: o.seller.id, OrderID: o.id,
		EventID:   o.id + "/" + strconv.Itoa(o.thought),
		OrderDate: events.None, ShipBy: events.None, DeliverBy: events.None,
	}
	o.push(pending{at: at, seller: o.seller, sequence: o.seller.thought, event: e})
	return e
}

// part is think for an event about a part of the order: its first shipment is "s1", its first claim "c1".
func (o *order) part(at events.Millis, topic events.Topic, kind events.Kind, part string) *events.Event {
	e := o.think(at, topic, kind)
	e.PartID = o.id + "-" + part
	return e
}

func (o *order) placedEvent() *events.Event {
	e := o.think(o.placed, events.Orders, events.OrderPlaced)
	e.OrderDate, e.ShipBy, e.DeliverBy, e.Channel = o.placed, o.shipBy, o.deliverBy, events.MFN
	if o.byMarketplace {
		e.Channel = events.AFN
	}
	e.Marketplace, e.ShipCountry = o.seller.nextSite()
	random := o.seller.random
	line := random.IntN(len(o.seller.lines))
	o.firstLine = line == 0
	e.Items = []events.Item{{ItemID: "1", ProductLine: o.seller.lines[line], Quantity: 1 + random.Int32N(3)}}
	if random.IntN(6) == 0 {
		if !o.firstLine { // What is of the first line is of that alone.
			line = 3 - line
		}
		e.Items = append(e.Items, events.Item{ItemID: "2", ProductLine: o.seller.lines[line], Quantity: 1})
	}
	return e
}

func (o *order) cancel(at events.Millis, by events.Party, reason events.Reason) *events.Event {
	e := o.think(at, events.Orders, events.OrderCancelled)
	e.CancelledBy, e.Reason = by, reason
	return e
}

func (o *order) cancelForBuyer(at events.Millis) {
	if o.seller.nextForm(buyerCancelling, 2) == 0 {
		o.cancel(at, events.Buyer, events.BuyerRequest)
		return
	}
	o.cancel(at, events.Seller, events.BuyerRequest).RequestedByBuyer = true
}

func (o *order) cancelBySeller(paid events.Millis) {
	switch o.seller.nextForm(sellerCancelling, 4) {
	case 0, 1:
		o.cancel(paid+o.seller.after(5, 40), events.Seller, events.OutOfStock)
	case 2:
		o.cancel(paid+o.seller.after(5, 40), events.Seller, events.OtherReason)
	case 3:
		o.cancel(o.shipBy+day, events.Marketplace, events.ShipConfirmationMissing)
	}
}

func (o *order) amend(at events.Millis) {
	o.shipBy += day
	o.deliverBy += 2 * day
	e := o.think(at, events.Orders, events.OrderAmended)
	e.ShipBy, e.DeliverBy = o.shipBy, o.deliverBy
}
