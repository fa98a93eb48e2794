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
		} {
			e.OccurredAt = int64(i)
			o.Apply(&e, first+step*int64(i))
		}
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
