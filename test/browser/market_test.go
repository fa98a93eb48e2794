package browser

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"sellerpulse/internal/simulate"
	"sellerpulse/pkg/events"
)

const day = 24 * 60 * 60 * 1000 // milliseconds

// moment is an instant, before which things happened.
type moment events.Millis

// present is when settled sites are.
var present = moment(time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC).UnixMilli())

// market is the history of a simulated marketplace of so many sellers, up to the present, and whatever else happens.
func market(sellers int, more ...events.Event) []events.Event {
	var all []events.Event
	for e := range simulate.New(simulate.Options{Sellers: sellers, Seed: 1, Now: events.Millis(present)}).History() {
		all = append(all, e)
	}
	all = append(all, more...)
	slices.SortStableFunc(all, func(a, b events.Event) int { return cmp.Compare(a.OccurredAt, b.OccurredAt) })
	return all
}

// happened is an event of an order so many days ago, changed in some way.
func (m moment) happened(kind events.Kind, seller, order string, daysAgo float64, change func(*events.Event)) events.Event {
	at := events.Millis(m) - int64(daysAgo*day)
	e := events.Event{
		Topic: kind.Topic(), Kind: kind, EventID: order + "-" + kind.String(), OccurredAt: at, SellerID: seller, OrderID: order,
		OrderDate: events.None, ShipBy: events.None, DeliverBy: events.None,
	}
	if kind == events.OrderPlaced {
		e.OrderDate, e.Channel, e.ShipBy, e.DeliverBy = at, events.MFN, at+2*day, at+6*day
		e.Items = []events.Item{{ItemID: "1", ProductLine: "toys", Quantity: 1}}
	} else if e.Topic != events.Orders {
		e.PartID = order + "-1"
	}
	if change != nil {
		change(&e)
	}
	return e
}

// edges are sellers and orders in the states that a marketplace seldom has: "edge" has an order with everything, one that has expired and one that was never
// placed; "pending" has none that counts.
func edges() []events.Event {
	const seller = "edge"
	return []events.Event{
		present.happened(events.OrderPlaced, seller, "long-ago", 150, nil),
		present.happened(events.OrderPlaced, seller, "everything", 20, func(e *events.Event) {
			e.Items = append(e.Items, events.Item{ItemID: "2", ProductLine: "books", Quantity: 3})
		}),
		present.happened(events.ShipmentConfirmed, seller, "everything", 16, func(e *events.Event) {
			e.Carrier, e.TrackingID = events.Text{Value: "ups", Given: true}, events.Text{Value: "1Z5R89390357567127", Given: true}
		}),
		present.happened(events.ShipmentScanned, seller, "everything", 15, nil),
		present.happened(events.ShipmentDelivered, seller, "everything", 12, nil),
		present.happened(events.FeedbackLeft, seller, "everything", 11, func(e *events.Event) { e.Rating = 1 }),
		present.happened(events.ClaimOpened, seller, "everything", 10, nil),
		present.happened(events.ChargebackOpened, seller, "everything", 9, func(e *events.Event) { e.Category = events.Service }),
		present.happened(events.ReturnRequested, seller, "everything", 8, nil),
		present.happened(events.ReturnAnswered, seller, "everything", 7, func(e *events.Event) { e.Answer = events.Authorized }),
		present.happened(events.OrderPlaced, seller, "cancelled", 5, nil),
		present.happened(events.OrderCancelled, seller, "cancelled", 4, func(e *events.Event) { e.CancelledBy, e.Reason = events.Seller, events.OutOfStock }),
		present.happened(events.OrderRefunded, seller, "everything", 3, nil),
		present.happened(events.FeedbackLeft, seller, "never-placed", 2, func(e *events.Event) { e.Rating = 5 }),
		present.happened(events.OrderPlaced, "pending", "not-paid", 1, func(e *events.Event) { e.Pending = true }),
	}
}

// crowd are so many sellers, of an order each, that lists have pages.
func crowd() (all []events.Event) {
	for i := range 50 {
		seller := fmt.Sprintf("small-%03d", i)
		all = append(all, present.happened(events.OrderPlaced, seller, seller+"-1", 3, nil))
	}
	return all
}
