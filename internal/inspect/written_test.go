package inspect

import (
	"fmt"
	"testing"

	"sellerpulse/pkg/events"
	"sellerpulse/pkg/windows"
)

// The events behind an order are listed with what they wrote, those of which the offset is not known once a topic, and no more than asked for.
func TestWrittenBy(t *testing.T) {
	var o windows.Order
	o.Reset()
	o.Apply(&events.Event{Topic: events.Orders, Kind: events.OrderPlaced, OccurredAt: 1, OrderDate: 1, ShipBy: 2, DeliverBy: events.None}, 40)
	o.Apply(&events.Event{Topic: events.Feedback, Kind: events.FeedbackLeft, PartID: "f1", OccurredAt: 3, Rating: 1}, windows.NoOffset)
	o.Apply(&events.Event{Topic: events.Claims, Kind: events.ClaimOpened, PartID: "c1", OccurredAt: 4}, 7)
	text := func(all []WrittenBy) (s string) {
		for _, w := range all {
			s += fmt.Sprint(w.Topic, "/", w.Partition)
			if w.Offset != nil {
				s += fmt.Sprint("@", *w.Offset)
			}
			for _, r := range w.Registers {
				s += " " + r.Name
				if r.Part != nil {
					s += "/" + *r.Part
				}
			}
			s += ";"
		}
		return s
	}
	all, omitted := writtenBy(&o, 3, 10)
	if want := "orders/3@40 placed ship_by;feedback/3 rating/f1;claims/3@7 status/c1;"; text(all) != want || omitted != 0 {
		t.Errorf("%s, %d omitted; want %s", text(all), omitted, want)
	}
	if all, omitted = writtenBy(&o, 3, 1); text(all) != "orders/3@40 placed ship_by;" || omitted != 2 {
		t.Errorf("one alone: %s, %d omitted", text(all), omitted)
	}
}
