package windows

import (
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"sellerpulse/pkg/events"
)

const start events.Millis = 1_767_225_600_000 // 2026-01-01

// anyEvent draws an event of one order. Times and values are few, so that ties are common.
func anyEvent(t *rapid.T) events.Event {
	e := events.Event{
		Kind:       events.Kind(rapid.IntRange(int(events.OrderPlaced), int(events.NumKinds)-1).Draw(t, "kind")),
		OccurredAt: start + rapid.Int64Range(0, 6).Draw(t, "at")*12*3_600_000,
		PartID:     rapid.SampledFrom([]string{"a", "b", "c"}).Draw(t, "part"),
		OrderDate:  start + rapid.Int64Range(0, 2).Draw(t, "date")*dayMillis,
		Channel:    rapid.SampledFrom([]events.Channel{events.MFN, events.AFN}).Draw(t, "channel"),
		Pending:    rapid.Bool().Draw(t, "pending"),
		ShipBy:     rapid.SampledFrom([]events.Millis{events.None, start, start + dayMillis}).Draw(t, "ship by"),
		DeliverBy:  rapid.SampledFrom([]events.Millis{events.None, start + dayMillis, start + 2*dayMillis}).Draw(t, "deliver by"),
		Items: rapid.SliceOfN(rapid.Custom(func(t *rapid.T) events.Item {
			return events.Item{ItemID: rapid.SampledFrom([]string{"1", "2"}).Draw(t, "item"), ProductLine: rapid.SampledFrom([]string{"", "toys", "books"}).Draw(t, "line"), Quantity: 1}
		}), 0, 3).Draw(t, "items"),
		Marketplace: rapid.SampledFrom([]string{"", "DE", "FR"}).Draw(t, "marketplace"),
		ShipCountry: rapid.SampledFrom([]string{"", "AT"}).Draw(t, "country"),
		Metrics:     rapid.SliceOfN(rapid.SampledFrom([]string{"late", "lost"}), 0, 3).Draw(t, "metrics"),
		Excused:     rapid.Bool().Draw(t, "excused"),

		CancelledBy:      events.Party(rapid.IntRange(1, 3).Draw(t, "party")),
		RequestedByBuyer: rapid.Bool().Draw(t, "by buyer"),
		Reason:           events.Reason(rapid.IntRange(1, 4).Draw(t, "reason")),
		Carrier:          rapid.SampledFrom([]events.Text{{}, {Value: "s10", Given: true}}).Draw(t, "carrier"),
		TrackingID:       rapid.SampledFrom([]events.Text{{}, {Value: "RB123456785GB", Given: true}, {Value: "x", Given: true}}).Draw(t, "tracking id"),
		Rating:           int32(rapid.IntRange(1, 5).Draw(t, "rating")),
		Category:         events.Category(rapid.IntRange(1, 2).Draw(t, "category")),
		Answer:           events.Answer(rapid.IntRange(1, 4).Draw(t, "answer")),
		InPolicy:         rapid.Bool().Draw(t, "in policy"),
		Negative:         rapid.Bool().Draw(t, "negative"),
	}
	if e.Kind == events.OrderAmended && e.ShipBy == events.None {
		e.DeliverBy = start + dayMillis // One without either is not valid.
	}
	e.Topic = e.Kind.Topic()
	if e.Kind == events.ClaimOpened || e.Kind == events.ReturnRequested {
		e.BuyerReason = events.BuyerReason(rapid.IntRange(0, 6).Draw(t, "buyer's reason"))
	}
	return e
}

// placedEvent is an event and where it is.
type placedEvent struct {
	events.Event
	offset int64
}

// anyPlaced draws an event with an offset; two may have the same, and some have none.
func anyPlaced(t *rapid.T) placedEvent {
	return placedEvent{anyEvent(t), rapid.Int64Range(NoOffset, 60).Draw(t, "offset")}
}

// applied is an order of events.
func applied(all []placedEvent) *Order {
	o := fresh()
	for i := range all {
		o.Apply(&all[i].Event, all[i].offset)
	}
	return o
}

func fresh() *Order {
	o := new(Order)
	o.Reset()
	return o
}

// Any order of arrival, and any repetition, makes the same row: of an event that is read again, and of one that was sent again and so has another offset.
func TestOrderOfArrivalDoesNotMatter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all := rapid.SliceOfN(rapid.Custom(anyPlaced), 1, 30).Draw(t, "events")
		again := slices.Clone(all)
		for _, sent := range all[:rapid.IntRange(0, len(all)).Draw(t, "sent again")] {
			all = append(all, placedEvent{sent.Event, rapid.Int64Range(NoOffset, 60).Draw(t, "offset")})
		}
		again = append(again, all...)
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
		r.Shuffle(len(again), func(i, j int) { again[i], again[j] = again[j], again[i] })
		if got, want := fmt.Sprintf("%+v", *applied(again)), fmt.Sprintf("%+v", *applied(all)); got != want {
			t.Fatalf("in another order the row is\n%s\nnot\n%s", got, want)
		}
	})
}

// The parts of an order are sorted by their ids, in whatever order they come.
func TestPartsAreSorted(t *testing.T) {
	o := fresh()
	for _, id := range []string{"c", "a", "d", "b", "a"} {
		o.Apply(&events.Event{Topic: events.Claims, Kind: events.ClaimOpened, OccurredAt: start, PartID: id}, NoOffset)
	}
	var ids []string
	for _, c := range o.Claims {
		ids = append(ids, c.ID)
	}
	if want := []string{"a", "b", "c", "d"}; !slices.Equal(ids, want) {
		t.Errorf("claims %v, want %v", ids, want)
	}
}

// A tracking number that was judged otherwise when it was written is judged anew, and that is told.
func TestJudge(t *testing.T) {
	o := fresh()
	for _, id := range []string{"RB123456785GB", "RB123456786GB"} {
		o.Apply(&events.Event{
			Topic: events.Shipments, Kind: events.ShipmentTrackingUpdated, OccurredAt: start, PartID: "p",
			Carrier: events.Text{Value: "s10", Given: true}, TrackingID: events.Text{Value: id, Given: true},
		}, NoOffset)
	}
	pairs := o.Shipments[0].Pairs
	if o.Judge() || !pairs[0].Valid || pairs[1].Valid {
		t.Fatalf("judged anew at once, or not right: %+v", pairs)
	}
	for i := range pairs {
		pairs[i].Valid = !pairs[i].Valid
		if !o.Judge() || !pairs[0].Valid || pairs[1].Valid {
			t.Errorf("number %d is not judged anew: %+v", i, pairs)
		}
	}
}

// Between two due instants no fact changes, and at each one only what is due does.
func TestFactsChangeOnlyWhenDue(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		o := fresh()
		all := rapid.SliceOfN(rapid.Custom(anyEvent), 1, 30).Draw(t, "events")
		for i := range all {
			o.Apply(&all[i], NoOffset)
		}
		due := o.Due([]events.Millis{math.MaxInt64})
		if due[0] != math.MaxInt64 || !slices.IsSorted(due[1:]) || len(slices.Compact(slices.Clone(due))) < len(due) {
			t.Fatalf("due are %v, which is not in order, each once, behind what was there", due)
		}
		for at := start; at < start+8*dayMillis; at += 3_600_000 {
			for _, d := range []events.Millis{at - 1, at, at + 1} {
				if o.Facts(d) != o.Facts(d-1) && !slices.Contains(due, d) {
					t.Fatalf("facts change at %d from %v to %v, which is not due: %v", d, o.Facts(d-1), o.Facts(d), due)
				}
				for f := range NumFacts {
					if due := o.DueOf(nil, FactsOf(f)); changed(o, d).Has(f) && !slices.Contains(due, d) {
						t.Fatalf("%v %v changes at %d, which is not due: %v", f.Unit(), f, d, due)
					}
				}
			}
		}
	})
}

// changed is the facts that an instant changes of an order or of any part of it.
func changed(o *Order, at events.Millis) (facts FactSet) {
	var before, after UnitFacts
	o.FactsAt(&before, at-1, 0)
	o.FactsAt(&after, at, 0)
	facts = before.Order ^ after.Order
	for i := range after.Shipments {
		facts |= before.Shipments[i] ^ after.Shipments[i]
	}
	for i := range after.Returns {
		facts |= before.Returns[i] ^ after.Returns[i]
	}
	return facts
}

// An order's product lines come sorted, each once, behind what was there.
func TestOrderLines(t *testing.T) {
	o := fresh()
	for _, line := range []string{"toys", "", "books", "toys", "", "art"} {
		o.Items = append(o.Items, events.Item{ProductLine: line})
	}
	if got, want := o.Lines([]string{"z"}), []string{"z", "", "art", "books", "toys"}; !slices.Equal(got, want) {
		t.Errorf("lines %q, want %q", got, want)
	}
}

// What an order was is not held by the memory that Reset keeps, and of a very large one no memory is kept.
func TestResetHoldsNothing(t *testing.T) {
	o := partsOrder(10)
	o.Feedbacks, o.Claims, o.Chargebacks = []Feedback{{ID: "f"}}, []ClaimCase{{ID: "c"}}, []ChargebackCase{{ID: "b"}}
	was, pairs := *o, o.Shipments[3].Pairs
	fewer := events.Event{Topic: events.Orders, Kind: events.OrderPlaced, OccurredAt: start + 1, OrderDate: start, Items: []events.Item{{ItemID: "x"}}}
	o.Apply(&fewer, NoOffset)
	o.Reset()
	held := slices.ContainsFunc(was.Items, func(i events.Item) bool { return i != events.Item{} }) ||
		slices.ContainsFunc(was.Shipments, func(s Shipment) bool { s.Pairs = nil; return !reflect.ValueOf(s).IsZero() }) ||
		slices.ContainsFunc(was.Returns, func(r Return) bool { return r != Return{} }) ||
		was.Feedbacks[0] != Feedback{} || was.Claims[0] != ClaimCase{} || was.Chargebacks[0] != ChargebackCase{} || pairs[0] != Pair{}
	if held || cap(o.Items) == 0 || cap(o.Shipments) == 0 || cap(o.Shipments[:4][3].Pairs) == 0 {
		t.Errorf("%v is held, or no memory is kept: %+v", held, was)
	}
	o = partsOrder(maxKept + 1)
	if o.Reset(); cap(o.Items)+cap(o.Shipments)+cap(o.Returns) > 0 {
		t.Errorf("memory for %d items, %d shipments and %d returns is kept", cap(o.Items), cap(o.Shipments), cap(o.Returns))
	}
	o.Items, o.Shipments = make([]events.Item, 0, maxKept), make([]Shipment, 0, maxKept)
	if o.Reset(); cap(o.Items) != maxKept || cap(o.Shipments) != maxKept {
		t.Errorf("memory for %d items and %d shipments is kept, want %d of each", cap(o.Items), cap(o.Shipments), maxKept)
	}
}

// A day begins at its first existing instant, also where clocks are set back over midnight or a day is left out.
func TestCalendar(t *testing.T) {
	for _, name := range []string{"UTC", "America/Sao_Paulo", "America/St_Johns", "Pacific/Apia", "Asia/Kolkata", "Africa/Cairo", "Europe/Stockholm"} {
		zone, err := time.LoadLocation(name)
		if err != nil {
			t.Fatal(err)
		}
		c := NewCalendar(zone)
		for at := time.Date(1985, 1, 1, 0, 0, 0, 0, time.UTC); at.Year() < 2020; at = at.Add(17 * time.Minute * 61) {
			ms := at.UnixMilli()
			local := at.In(zone)
			want := Date(floorDiv(time.Date(local.Year(), local.Month(), local.Day(), 0, 0, 0, 0, time.UTC).Unix(), 86400))
			if got := c.Date(ms); got != want {
				t.Fatalf("%s: date of %v is %v, want %v", name, at, got, want)
			}
			today := c.Today(ms)
			if s := c.Start(today); s > ms {
				t.Fatalf("%s: %v begins at %v, after %v of it", name, today, time.UnixMilli(s).UTC(), at)
			}
			if s := c.Start(today + 1); s <= ms {
				t.Fatalf("%s: %v begins at %v, before %v", name, today+1, time.UnixMilli(s).UTC(), at)
			}
			if s := c.Start(want); c.Date(s) < want || c.Date(s-1) >= want {
				t.Fatalf("%s: %v does not begin at %v", name, want, time.UnixMilli(s).UTC())
			}
		}
	}
}
