// Package enginetest has what tests of the engine and of services share: random events, marketplaces, and texts to compare by.
package enginetest

import (
	"fmt"
	"iter"
	"math/rand/v2"
	"strconv"
	"time"

	"sellerpulse/pkg/events"
)

// Day is a day in milliseconds.
const Day = 24 * 60 * 60 * 1000

// RandomEvents makes events of few sellers and orders over many days, in about the order of time, with everything that may go wrong; each with the
// time at which it arrives.
func RandomEvents(r *rand.Rand, n int) iter.Seq2[events.Millis, events.Event] {
	return func(yield func(events.Millis, events.Event) bool) {
		start := time.Date(2016, 1, 1, 0, 0, 0, 0, time.UTC).UnixMilli()
		placed := map[string]events.Millis{} // order dates, by seller and order
		now := start
		for range n {
			if r.IntN(3) == 0 {
				now += r.Int64N(3 * Day)
			} else {
				now += r.Int64N(6 * 3_600_000)
			}
			if !yield(now, randomEvent(r, now, start, placed)) {
				return
			}
		}
	}
}

func randomEvent(r *rand.Rand, now, start events.Millis, placed map[string]events.Millis) events.Event {
	seller, order := fmt.Sprintf("S%d", r.IntN(3)), ""
	if r.IntN(4) == 0 || len(placed) == 0 {
		order = fmt.Sprintf("O%d", len(placed)+r.IntN(2))
	} else {
		order = fmt.Sprintf("O%d", max(0, len(placed)-1-r.IntN(40)))
	}
	e := events.Event{
		EventID: strconv.Itoa(r.IntN(1 << 30)), SellerID: seller, OrderID: order, OccurredAt: now,
		PartID: fmt.Sprintf("p%d", r.IntN(2)), OrderDate: events.None, ShipBy: events.None, DeliverBy: events.None,
	}
	switch r.IntN(20) {
	case 0:
		e.OccurredAt -= r.Int64N(40 * Day) // Late.
	case 1:
		e.OccurredAt = start + (now-start)/Day*Day // At midnight.
	}
	id := seller + "/" + order
	if _, ok := placed[id]; !ok && r.IntN(5) > 0 || r.IntN(25) == 0 {
		randomPlaced(r, &e)
		placed[id] = e.OrderDate
		return e
	}
	randomFact(r, &e)
	return e
}

func randomPlaced(r *rand.Rand, e *events.Event) {
	e.Topic, e.Kind, e.PartID = events.Orders, events.OrderPlaced, ""
	e.OrderDate = e.OccurredAt
	switch r.IntN(15) {
	case 0:
		e.OrderDate -= r.Int64N(130 * Day)
	case 1:
		e.OrderDate += r.Int64N(Day)
	}
	e.Channel = events.Channel(1 + r.IntN(2))
	e.Pending = r.IntN(4) == 0
	for range r.IntN(3) {
		e.Items = append(e.Items, events.Item{ItemID: "1", ProductLine: []string{"toys", "books", ""}[r.IntN(3)], Quantity: 1})
	}
	if r.IntN(10) > 0 {
		e.ShipBy = e.OrderDate + r.Int64N(5*Day)
		e.DeliverBy = e.OrderDate + (2+r.Int64N(9))*Day/2
		if r.IntN(2) == 0 {
			e.DeliverBy = e.DeliverBy/Day*Day - 1 // Due at midnight.
		}
	}
}

func randomFact(r *rand.Rand, e *events.Event) {
	kinds := []events.Kind{
		events.ShipmentConfirmed, events.ShipmentConfirmed, events.ShipmentConfirmed, events.ShipmentScanned, events.ShipmentScanned, events.ShipmentDelivered,
		events.ShipmentTrackingUpdated, events.OrderConfirmed, events.OrderAmended, events.OrderCancelled, events.OrderRefunded,
		events.FeedbackLeft, events.FeedbackLeft, events.FeedbackRemoved, events.ClaimOpened, events.ClaimReopened, events.ClaimGranted, events.ClaimDenied,
		events.ClaimWithdrawn, events.ClaimMarketplaceFunded, events.ClaimAppealGranted, events.ChargebackOpened, events.ChargebackReclassified,
		events.ChargebackReversed, events.ReturnRequested, events.ReturnRequested, events.ReturnAnswered, events.ReturnAnswered, events.ReturnFeedback,
	}
	e.Kind = kinds[r.IntN(len(kinds))]
	e.Topic = e.Kind.Topic()
	switch e.Kind {
	case events.ShipmentConfirmed, events.ShipmentTrackingUpdated:
		if e.Kind == events.ShipmentTrackingUpdated || r.IntN(4) > 0 {
			e.Carrier = events.Text{Value: []string{"s10", "nobody"}[r.IntN(8)/7], Given: true}
			e.TrackingID = events.Text{Value: []string{"RB123456785GB", "RB 1234 5678 5US", "wrong"}[r.IntN(7)/3], Given: true}
		}
		if e.Kind == events.ShipmentConfirmed && r.IntN(3) == 0 {
			e.DeliverBy = e.OccurredAt + r.Int64N(5*Day)
		}
	case events.OrderAmended:
		e.PartID, e.ShipBy = "", e.OccurredAt+r.Int64N(3*Day)
	case events.OrderCancelled:
		e.PartID = ""
		e.CancelledBy, e.RequestedByBuyer, e.Reason = events.Party(1+r.IntN(3)), r.IntN(4) == 0, events.Reason(1+r.IntN(4))
	case events.OrderConfirmed, events.OrderRefunded:
		e.PartID = ""
	case events.FeedbackLeft:
		e.Rating = int32(1 + r.IntN(5))
	case events.ChargebackOpened, events.ChargebackReclassified:
		e.Category = events.Category(1 + r.IntN(2))
	case events.ReturnAnswered:
		e.Answer, e.InPolicy = events.Answer(1+r.IntN(4)), r.IntN(2) == 0
	case events.ReturnFeedback:
		e.Negative = r.IntN(2) == 0
	}
}
