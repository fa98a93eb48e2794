package diff

import (
	"slices"
	"testing"

	"sellerpulse/pkg/events"
	"sellerpulse/pkg/windows"
)

// Orders do not differ for the offsets of the events behind them, nor for these being known; they do for what the events say.
func TestOffsetsAreNoDifference(t *testing.T) {
	order := func(first, step int64, shipBy events.Millis) *windows.Order {
		o := new(windows.Order)
		o.Reset()
		for i, e := range []events.Event{
			{Topic: events.Orders, Kind: events.OrderPlaced, OrderDate: 1, Channel: events.MFN, ShipBy: shipBy, DeliverBy: 20},
			{Topic: events.Shipments, Kind: events.ShipmentConfirmed, PartID: "s", DeliverBy: events.None},
			{Topic: events.Returns, Kind: events.ReturnAnswered, PartID: "r", Answer: events.Closed},
			{Topic: events.Chargebacks, Kind: events.ChargebackReversed, PartID: "b"},
			{Topic: events.Shipments, Kind: events.ShipmentScanned, PartID: "s"},
			{Topic: events.Orders, Kind: events.OrderExcused, Metrics: []string{"late"}, Excused: true},
			{Topic: events.Claims, Kind: events.ClaimOpened, PartID: "c", BuyerReason: events.Damaged},
		} {
			e.OccurredAt = int64(i)
			o.Apply(&e, first+step*int64(i))
		}
		return o
	}
	changed := func(change func(*windows.Order)) *windows.Order {
		o := order(0, 1, 10)
		change(o)
		return o
	}
	for _, c := range []struct {
		name      string
		candidate *windows.Order
		want      []string
	}{
		{"other offsets", order(1_000, 7, 10), nil},
		{"offsets that are not known", order(windows.NoOffset, 0, 10), nil},
		{"another promise", order(0, 1, 11), []string{"ship_by"}},
		{"a scan of which it is not known when it was", changed(func(o *windows.Order) { o.Shipments[0].ScannedAt = events.None }), nil},
		{"another scan", changed(func(o *windows.Order) { o.Shipments[0].ScannedAt++ }), []string{"shipment s scanned_at"}},
		{"no scan", changed(func(o *windows.Order) { o.Shipments[0].Scanned, o.Shipments[0].ScannedAt = false, events.None }), []string{"shipment s scanned", "shipment s scanned_at"}},
		{"a site", changed(func(o *windows.Order) { o.Marketplace, o.ShipCountry = "DE", "AT" }), []string{"marketplace", "ship_country"}},
		{"an excuse taken back", changed(func(o *windows.Order) { o.Excuses[0].Excused = false }), []string{"excused late"}},
		{"one for all", changed(func(o *windows.Order) { o.Excuses = append(o.Excuses, windows.Excuse{Excused: true}) }), []string{"excused"}},
		{"no reason", changed(func(o *windows.Order) { o.Claims[0].Reason = 0 }), []string{"claim c reason"}},
	} {
		var got []string
		for _, r := range registersThatDiffer(order(0, 1, 10), c.candidate) {
			got = append(got, r.Name)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %v differ, want %v", c.name, got, c.want)
		}
	}
}
