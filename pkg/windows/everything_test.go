package windows

import "sellerpulse/pkg/events"

// everything is events that write every register of an order, some of them several, each at the offset that is its index.
func everything() []events.Event {
	all := former()
	for i := range all {
		switch e := &all[i]; e.Kind {
		case events.OrderPlaced:
			e.Marketplace, e.ShipCountry = "DE", "AT"
		case events.ClaimOpened:
			e.BuyerReason = events.NotReceived
		case events.ReturnRequested:
			e.BuyerReason = events.ChangedMind
		}
	}
	all = append(
		all, events.Event{Kind: events.OrderExcused, Metrics: []string{"late_shipment_rate", "x"}, Excused: true}, events.Event{Kind: events.OrderExcused},
	)
	return numbered(all)
}

// former is the same of when there were no EXCUSED, sites and reasons.
func former() []events.Event {
	const hour = 3_600_000
	text := func(s string) events.Text { return events.Text{Value: s, Given: true} }
	all := []events.Event{
		{
			Kind: events.OrderPlaced, OrderDate: start, Channel: events.MFN, Pending: true, ShipBy: start + 48*hour, DeliverBy: start + 90*hour,
			Items: []events.Item{{ItemID: "1", ProductLine: "toys", Quantity: 1}},
		},
		{Kind: events.OrderConfirmed},
		{Kind: events.OrderAmended, ShipBy: start + 50*hour, DeliverBy: events.None},
		{Kind: events.ShipmentConfirmed, PartID: "s", DeliverBy: start + 80*hour, Carrier: text("s10"), TrackingID: text("RB123456785GB")},
		{Kind: events.ShipmentTrackingUpdated, PartID: "s", Carrier: text("ups"), TrackingID: text("x")},
		{Kind: events.ShipmentScanned, PartID: "s"},
		{Kind: events.ShipmentDelivered, PartID: "s"},
		{Kind: events.FeedbackLeft, PartID: "f", Rating: 2},
		{Kind: events.ClaimOpened, PartID: "c"},
		{Kind: events.ClaimDenied, PartID: "c"},
		{Kind: events.ChargebackOpened, PartID: "b", Category: events.Service},
		{Kind: events.ChargebackReversed, PartID: "b"},
		{Kind: events.ReturnRequested, PartID: "r"},
		{Kind: events.ReturnAnswered, PartID: "r", Answer: events.Rejected, InPolicy: true},
		{Kind: events.ReturnAnswered, PartID: "r", Answer: events.Closed},
		{Kind: events.ReturnFeedback, PartID: "r", Negative: true},
		{Kind: events.OrderCancelled, CancelledBy: events.Seller, Reason: events.OutOfStock},
		{Kind: events.OrderRefunded},
	}
	return numbered(all)
}

// numbered gives events their topics, and times an hour apart.
func numbered(all []events.Event) []events.Event {
	const hour = 3_600_000
	for i := range all {
		all[i].Topic, all[i].OccurredAt = all[i].Kind.Topic(), start+int64(i)*hour
	}
	return all
}
