package windows

import (
	"fmt"
	"testing"

	"sellerpulse/pkg/events"
)

// typicalEvents are of an order of two items that was shipped, scanned, delivered and rated.
func typicalEvents() []events.Event {
	const hour = 3_600_000
	all := []events.Event{
		{
			Kind: events.OrderPlaced, OccurredAt: start + hour, OrderDate: start + hour, Channel: events.MFN, ShipBy: start + 48*hour, DeliverBy: start + 150*hour,
			Items: []events.Item{{ItemID: "1", ProductLine: "toys", Quantity: 1}, {ItemID: "2", ProductLine: "books", Quantity: 2}},
		},
		{
			Kind: events.ShipmentConfirmed, OccurredAt: start + 20*hour + 17, PartID: "402-1234567-s1", DeliverBy: events.None,
			Carrier: events.Text{Value: "s10", Given: true}, TrackingID: events.Text{Value: "RB123456785GB", Given: true},
		},
		{Kind: events.ShipmentScanned, OccurredAt: start + 21*hour, PartID: "402-1234567-s1"},
		{Kind: events.ShipmentDelivered, OccurredAt: start + 70*hour + 11, PartID: "402-1234567-s1"},
		{Kind: events.FeedbackLeft, OccurredAt: start + 170*hour, PartID: "402-1234567-f", Rating: 5},
	}
	for i := range all {
		all[i].Topic = all[i].Kind.Topic()
	}
	return all
}

// typicalOrder is the order of typicalEvents, which are some thousands apart in their topics.
func typicalOrder() *Order {
	o := new(Order)
	o.Reset()
	for i, e := range typicalEvents() {
		o.Apply(&e, 1_000_000+int64(i)*7919)
	}
	return o
}

// partsOrder is an order of so many items, shipments and returns.
func partsOrder(n int) *Order {
	o := new(Order)
	o.Reset()
	placed := events.Event{Topic: events.Orders, Kind: events.OrderPlaced, OccurredAt: start, OrderDate: start, Channel: events.MFN, ShipBy: start, DeliverBy: start + dayMillis}
	for i := range n {
		placed.Items = append(placed.Items, events.Item{ItemID: fmt.Sprint(i), ProductLine: fmt.Sprintf("line %d", i*7919%n), Quantity: 1})
	}
	o.Apply(&placed, 0)
	for i := range n {
		for _, kind := range []events.Kind{events.ShipmentConfirmed, events.ShipmentScanned, events.ReturnRequested} {
			o.Apply(&events.Event{
				Topic: kind.Topic(), Kind: kind, OccurredAt: start + int64(i), PartID: fmt.Sprintf("part %d", i*7919%n), DeliverBy: start + int64(i),
				Carrier: events.Text{Value: "s10", Given: true}, TrackingID: events.Text{Value: "RB123456785GB", Given: true},
			}, int64(i))
		}
	}
	return o
}

var orderSizes = []struct {
	name string
	make func() *Order
}{{"typical", typicalOrder}, {"parts=1000", func() *Order { return partsOrder(1000) }}}

func BenchmarkOrderDecode(b *testing.B) {
	for _, c := range orderSizes {
		b.Run(c.name, func(b *testing.B) {
			row := c.make().Append(nil)
			o := new(Order)
			b.ReportAllocs()
			b.SetBytes(int64(len(row)))
			for b.Loop() {
				if err := o.Decode(row); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkOrderAppend(b *testing.B) {
	for _, c := range orderSizes {
		b.Run(c.name, func(b *testing.B) {
			o := c.make()
			var row []byte
			b.ReportAllocs()
			for b.Loop() {
				row = o.Append(row[:0])
			}
		})
	}
}

func BenchmarkOrderDue(b *testing.B) {
	for _, c := range orderSizes {
		b.Run(c.name, func(b *testing.B) {
			o := c.make()
			var due []events.Millis
			for b.Loop() {
				due = o.Due(due[:0])
			}
		})
	}
}

func BenchmarkOrderLines(b *testing.B) {
	for _, c := range orderSizes {
		b.Run(c.name, func(b *testing.B) {
			o := c.make()
			var lines []string
			for b.Loop() {
				lines = o.Lines(lines[:0])
			}
		})
	}
}
