package market

import (
	"fmt"
	"testing"

	"sellerpulse/pkg/events"
)

// Every event is valid and reads back as it was written, every kind occurs, and nothing happens after the last day.
func TestEvents(t *testing.T) {
	const start = 1_700_000_000_000
	decoder := events.NewDecoder(events.DecoderOptions{})
	var kinds [events.NumKinds]int
	count := 0
	for _, e := range (Options{Seed: 1, Sellers: 100, Orders: 30, Start: start}).Events() {
		if err := events.Validate(e); err != nil {
			t.Fatalf("%+v: %v", e, err)
		}
		var read events.Event
		if err := decoder.Decode(e.Topic, events.Encoder{}.AppendAvro(nil, e), &read); err != nil {
			t.Fatalf("%+v: %v", e, err)
		}
		if fmt.Sprintf("%+v", *e) != fmt.Sprintf("%+v", read) {
			t.Fatalf("%+v\nbecomes\n%+v", *e, read)
		}
		if e.OccurredAt < start || e.OccurredAt >= start+Days*day {
			t.Fatalf("%+v is not within %d days", e, Days)
		}
		kinds[e.Kind]++
		count++
	}
	for kind := events.OrderPlaced; kind < events.NumKinds; kind++ {
		if kinds[kind] == 0 {
			t.Errorf("no event of kind %d", kind)
		}
	}
	if perOrder := float64(count) / 3000; perOrder < 5.4 || perOrder > 6 {
		t.Errorf("%v events an order, want nearly 6", perOrder)
	}
}

func TestOrdersOfSellers(t *testing.T) {
	for _, c := range []struct {
		o    Options
		want string
	}{
		{Options{Sellers: 4, Orders: 2}, "[2 2 2 2]"},
		{Options{Sellers: 4, Orders: 1.5}, "[1 2 1 2]"},
		{Options{Sellers: 4, Orders: 25, Skew: 1}, "[48 24 16 12]"},
	} {
		var got []int
		for _, n := range c.o.orders() {
			got = append(got, n)
		}
		if fmt.Sprint(got) != c.want {
			t.Errorf("%+v: %v, want %s", c.o, got, c.want)
		}
	}
}

func TestOrdersOfOneDay(t *testing.T) {
	const start = 1_700_000_000_000
	count := 0
	for _, e := range (Options{Seed: 1, Sellers: 10, Orders: 3, Start: start, OneDay: true}).Events() {
		if e.Kind != events.OrderPlaced || e.OccurredAt < start || e.OccurredAt >= start+day {
			t.Errorf("%+v", e)
		}
		count++
	}
	if count != 30 {
		t.Errorf("%d orders, want 30", count)
	}
}
