package windows

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"sellerpulse/pkg/events"
)

// register is what a register holds, and its source.
type register struct {
	value  string
	source Source
}

// registersByName is all registers that are written, of which each pair is one.
func registersByName(o *Order) map[string]register {
	all := map[string]register{}
	add := func(written bool, source Source, name string, value ...any) {
		if written {
			all[name] = register{fmt.Sprint(value...), source}
		}
	}
	at := func(t events.Millis) bool { return t != events.None }
	deadline := func(name string, d *Deadline) { add(at(d.At), d.Source, name, d.At, d.Kind, d.Value) }
	add(o.Placed(), o.PlacedSource, "placed", o.PlacedAt, o.OrderDate, o.Channel, o.Pending, o.Items, o.Marketplace, o.ShipCountry)
	add(o.Confirmed, o.ConfirmedSource, "confirmed")
	add(o.Refunded, o.RefundedSource, "refunded")
	for _, x := range o.Excuses {
		add(true, x.Source, "excused "+x.Metric, x.At, x.Excused)
	}
	deadline("ship by", &o.ShipBy)
	deadline("deliver by", &o.DeliverBy)
	add(at(o.Cancelled.At), o.Cancelled.Source, "cancelled", o.Cancelled.At, o.Cancelled.By, o.Cancelled.RequestedByBuyer, o.Cancelled.Reason)
	for _, s := range o.Shipments {
		add(at(s.ConfirmedAt), s.ConfirmedSource, "shipment confirmed "+s.ID, s.ConfirmedAt)
		add(at(s.DeliveredAt), s.DeliveredSource, "shipment delivered "+s.ID, s.DeliveredAt)
		add(s.Scanned, s.ScannedSource, "shipment scanned "+s.ID, s.ScannedAt)
		deadline("shipment deliver by "+s.ID, &s.DeliverBy)
		for _, p := range s.Pairs {
			add(true, p.Source, fmt.Sprint("pair ", s.ID, p.At, p.Kind, p.Carrier, p.TrackingID))
		}
	}
	for _, f := range o.Feedbacks {
		add(true, f.Source, "feedback "+f.ID, f.At, f.Kind, f.Rating)
	}
	for _, c := range o.Claims {
		add(true, c.Source, "claim "+c.ID, c.At, c.Kind)
		add(c.Reason != 0, c.ReasonSource, "claim reason "+c.ID, c.ReasonAt, c.Reason)
	}
	for _, b := range o.Chargebacks {
		add(at(b.At), b.Source, "chargeback "+b.ID, b.At, b.Kind, b.Category)
		add(b.Reversed, b.ReversedSource, "reversed "+b.ID)
	}
	for _, r := range o.Returns {
		add(at(r.RequestedAt), r.RequestedSource, "requested "+r.ID, r.RequestedAt)
		add(r.Reason != 0, r.ReasonSource, "return reason "+r.ID, r.ReasonAt, r.Reason)
		add(at(r.FirstAnswerAt), r.FirstAnswerSource, "first answer "+r.ID, r.FirstAnswerAt)
		add(at(r.AnswerAt), r.AnswerSource, "answer "+r.ID, r.AnswerAt, r.Answer, r.InPolicy)
		add(at(r.FeedbackAt), r.FeedbackSource, "return feedback "+r.ID, r.FeedbackAt, r.Negative)
	}
	return all
}

// The source of a register is, of the events that alone would have it hold what it holds, the one with the least known offset.
func TestSourcesEqualNaiveRecomputation(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all := rapid.SliceOfN(rapid.Custom(anyPlaced), 1, 40).Draw(t, "events")
		var alone []map[string]register
		for i := range all {
			alone = append(alone, registersByName(applied(all[i:i+1])))
		}
		for name, got := range registersByName(applied(all)) {
			least, found := NoOffset, false
			for i, e := range all {
				r, ok := alone[i][name]
				if !ok || r.value != got.value {
					continue
				}
				if found = true; e.offset != NoOffset && (least == NoOffset || e.offset < least) {
					least = e.offset
				}
			}
			if !found || got.source.Offset() != least {
				t.Fatalf("%s %v has the source %d, want %d", name, got.value, got.source.Offset(), least)
			}
		}
	})
}
