package windows

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// The events behind an order make the same order, and each of them is one that was applied.
func TestEventsMakeTheOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all := rapid.SliceOfN(rapid.Custom(anyEvent), 1, 40).Draw(t, "events")
		for i := range all {
			all[i].Carrier.Given, all[i].TrackingID.Given = true, true // One without them makes a shipment of which no register is written.
		}
		whole, parts := fresh(), fresh()
		for i := range all {
			whole.Apply(&all[i], int64(i))
		}
		behind := whole.Events()
		if !slices.IsSortedFunc(behind, compareWritten) {
			t.Fatalf("the events are not in order: %+v", behind)
		}
		for _, w := range behind {
			if all[w.Offset].Topic != w.Topic || len(w.Registers) == 0 {
				t.Fatalf("no event is at %+v", w)
			}
			parts.Apply(&all[w.Offset], w.Offset)
		}
		if got, want := fmt.Sprintf("%+v", *parts), fmt.Sprintf("%+v", *whole); got != want {
			t.Fatalf("the %d of %d events behind\n%s\nmake\n%s", len(behind), len(all), want, got)
		}
	})
}

func TestEvents(t *testing.T) {
	all := everything()
	known, unknown := fresh(), fresh()
	for i := range all {
		known.Apply(&all[i], 100+int64(i))
		unknown.Apply(&all[i], NoOffset)
	}
	for _, c := range []struct {
		order *Order
		want  string
	}{
		{known, `orders 100: placed, deliver_by
orders 101: confirmed
orders 102: ship_by
orders 116: cancelled
orders 117: refunded
orders 118: late_shipment_rate excused, x excused
orders 119: excused
shipments 103: s confirmed, s deliver_by, s tracking
shipments 104: s tracking
shipments 105: s scanned
shipments 106: s delivered
feedback 107: f rating
claims 108: c reason
claims 109: c status
chargebacks 110: b category
chargebacks 111: b reversed
returns 112: r requested, r reason
returns 113: r first_answer
returns 114: r answer
returns 115: r feedback
`},
		{unknown, `orders -1: placed, ship_by, deliver_by, confirmed, cancelled, refunded, excused, late_shipment_rate excused, x excused
shipments -1: s confirmed, s deliver_by, s tracking, s tracking, s scanned, s delivered
feedback -1: f rating
claims -1: c status, c reason
chargebacks -1: b category, b reversed
returns -1: r requested, r reason, r first_answer, r answer, r feedback
`},
		{fresh(), ""},
	} {
		var text strings.Builder
		for _, w := range c.order.Events() {
			var names []string
			for _, r := range w.Registers {
				names = append(names, strings.TrimPrefix(r.Part+" "+r.Name, " "))
			}
			fmt.Fprintf(&text, "%v %d: %s\n", w.Topic, w.Offset, strings.Join(names, ", "))
		}
		if got := text.String(); got != c.want {
			t.Errorf("the events are\n%swant\n%s", got, c.want)
		}
	}
}
