package inspect

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"sellerpulse/pkg/events"
	"sellerpulse/pkg/windows"
)

const hour events.Millis = 3_600_000

// history is events of one order that write each register once, at most.
func history(r *rand.Rand) (all []events.Event) {
	at := func() events.Millis { return hour * r.Int64N(121) }
	maybe := func() bool { return r.IntN(2) == 0 }
	add := func(kind events.Kind, part string, fill func(*events.Event)) {
		e := events.Event{
			Topic: kind.Topic(), Kind: kind, OccurredAt: at(), PartID: part, OrderDate: events.None, ShipBy: events.None, DeliverBy: events.None,
		}
		if fill != nil {
			fill(&e)
		}
		all = append(all, e)
	}
	amended := maybe()
	promises := func(e *events.Event) { e.ShipBy, e.DeliverBy = at(), at() }
	add(events.OrderPlaced, "", func(e *events.Event) {
		e.OrderDate, e.Channel, e.Pending = 0, events.MFN, maybe()
		if !amended {
			promises(e)
		}
	})
	if amended {
		add(events.OrderAmended, "", promises)
	}
	for _, kind := range []events.Kind{events.OrderConfirmed, events.OrderRefunded} {
		if r.IntN(4) == 0 {
			add(kind, "", nil)
		}
	}
	if maybe() {
		add(events.OrderCancelled, "", func(e *events.Event) { e.CancelledBy, e.Reason = events.Seller, events.OutOfStock })
	}
	for i := range r.IntN(3) {
		shipmentHistory(r, fmt.Sprint("s", i), maybe, at, add)
	}
	for i := range r.IntN(3) {
		id := fmt.Sprint("p", i)
		switch r.IntN(4) {
		case 0:
			add(events.FeedbackLeft, id, func(e *events.Event) { e.Rating = int32(1 + r.IntN(4)) })
		case 1:
			add([]events.Kind{events.ClaimOpened, events.ClaimDenied, events.ClaimGranted}[r.IntN(3)], id, nil)
		case 2:
			add(events.ChargebackOpened, id, func(e *events.Event) { e.Category = events.Category(1 + r.IntN(2)) })
			if maybe() {
				add(events.ChargebackReversed, id, nil)
			}
		case 3:
			returnHistory(r, id, maybe, add)
		}
	}
	return all
}

func shipmentHistory(r *rand.Rand, id string, maybe func() bool, at func() events.Millis, add func(events.Kind, string, func(*events.Event))) {
	if maybe() {
		add(events.ShipmentConfirmed, id, func(e *events.Event) {
			if maybe() {
				e.DeliverBy = at()
			}
		})
	}
	for range r.IntN(4) {
		add(events.ShipmentTrackingUpdated, id, func(e *events.Event) {
			e.Carrier = events.Text{Value: "s10", Given: true}
			e.TrackingID = events.Text{Value: []string{"RB123456785GB", "wrong"}[r.IntN(2)], Given: true}
		})
	}
	for _, kind := range []events.Kind{events.ShipmentScanned, events.ShipmentDelivered} {
		if maybe() {
			add(kind, id, nil)
		}
	}
}

func returnHistory(r *rand.Rand, id string, maybe func() bool, add func(events.Kind, string, func(*events.Event))) {
	add(events.ReturnRequested, id, nil)
	if maybe() {
		add(events.ReturnAnswered, id, func(e *events.Event) {
			e.Answer, e.InPolicy = events.Answer(1+r.IntN(4)), maybe()
		})
	}
	if maybe() {
		add(events.ReturnFeedback, id, func(e *events.Event) { e.Negative = maybe() })
	}
}

// replay is the order that the events up to an instant make, or the part of it that a fact is of.
func replay(all []events.Event, f *Fact, at events.Millis) *windows.Order {
	o := new(windows.Order)
	o.Reset()
	for _, e := range all {
		promise := e.Kind == events.OrderPlaced || e.Kind == events.OrderAmended
		if e.OccurredAt > at || f.ID == nil && e.Topic != events.Orders && e.Topic != events.Shipments || f.ID != nil && e.PartID != *f.ID && !promise {
			continue
		}
		e.Pending = e.Pending && f.ID == nil
		o.Apply(&e, windows.NoOffset)
	}
	return o
}

// trueSince is since when a fact has been so without a break: it tries each instant at which it may have become so.
func trueSince(all []events.Event, f *Fact, m windows.Measure, now events.Millis) events.Millis {
	since := events.None
	for at := now; ; at -= hour {
		// All happens at whole hours, and falls due a millisecond later.
		for _, t := range []events.Millis{at + 1, at} {
			if t > now {
				continue
			}
			if counts := replay(all, f, t).Facts(t); counts[m] == 0 {
				return since
			}
			since = t
		}
	}
}

// Where each register was written once, a fact is told to be so since when it was; where something is kept without its time, between the bounds.
func TestSinceEqualsReplay(t *testing.T) {
	exact, bounded := map[string]int{}, map[string]int{}
	for seed := range uint64(2_000) {
		r := rand.New(rand.NewPCG(seed, 53))
		all := history(r)
		now := hour * (120 + r.Int64N(80))
		o := new(windows.Order)
		o.Reset()
		for _, i := range r.Perm(len(all)) {
			o.Apply(&all[i], windows.NoOffset)
		}
		for i := range o.Shipments {
			if r.IntN(3) == 0 {
				o.Shipments[i].ScannedAt = events.None // As a former version left it.
			}
		}
		told := finding{at: now}
		facts, omitted := told.of(o, standardFacts, 1000)
		if omitted != 0 {
			t.Fatalf("%d facts omitted", omitted)
		}
		for i := range facts {
			f := &facts[i]
			m := measureOf(f.Fact)
			want := trueSince(all, f, m, now)
			switch {
			case f.Since.Since != nil:
				if exact[f.Fact]++; int64(*f.Since.Since) != want {
					t.Fatalf("%s of %s %v since %v, want %v\n%+v", f.Fact, f.Of, f.ID, f.Since.Since, Instant(want), o)
				}
			case f.NotBefore == nil || int64(*f.NotBefore) > want || f.NotAfter != nil && int64(*f.NotAfter) < want:
				t.Fatalf("%s of %s not before %v nor after %v, want %v\n%+v", f.Fact, f.Of, f.NotBefore, f.NotAfter, Instant(want), o)
			default:
				bounded[f.Fact]++
			}
		}
	}
	for m := range windows.NumMeasures {
		if exact[m.String()] == 0 {
			t.Errorf("no %v was since a known instant: the test tests nothing", m)
		}
	}
	if bounded["shipments_valid_tracking"] == 0 || bounded["refunded"] == 0 || bounded["orders"] == 0 {
		t.Errorf("bounded are %v: the test tests nothing", bounded)
	}
}

func measureOf(name string) windows.Measure {
	for m := range windows.NumMeasures {
		if m.String() == name {
			return m
		}
	}
	panic("no such measure")
}
