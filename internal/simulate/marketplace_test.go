package simulate

import (
	"bytes"
	"maps"
	"slices"
	"strings"
	"testing"

	"sellerpulse/pkg/events"
)

// now is 2026-06-01, a quarter past ten.
const now events.Millis = 1780308900000

func TestHistoryIsTheSameEachTime(t *testing.T) {
	o := Options{Seed: 7, Now: now}
	m := New(o)
	first := encode(slices.Collect(m.History()))
	if again := encode(slices.Collect(m.History())); !bytes.Equal(first, again) {
		t.Error("one marketplace has two histories")
	}
	if again := encode(slices.Collect(New(o).History())); !bytes.Equal(first, again) {
		t.Error("marketplaces of one seed have two histories")
	}
	o.Seed = 8
	if other := encode(slices.Collect(New(o).History())); bytes.Equal(first, other) {
		t.Error("another seed has the same history")
	}
}

// encode writes events as messages, one after another.
func encode(list []events.Event) (messages []byte) {
	var encoder events.Encoder
	for i := range list {
		messages = encoder.AppendAvro(messages, &list[i])
	}
	return messages
}

func TestHistoryIsSortedAndValid(t *testing.T) {
	m := New(Options{Seed: 7, Now: now})
	at, topic := m.Start(), events.Orders
	var kinds [events.NumKinds]int
	ids := map[string]bool{}
	for e := range m.History() {
		if err := events.Validate(&e); err != nil {
			t.Fatalf("%+v: %v", e, err)
		}
		if e.OccurredAt < at || e.OccurredAt == at && e.Topic < topic || e.OccurredAt >= now {
			t.Fatalf("%+v comes after an event of %d in %v", e, at, topic)
		}
		at, topic = e.OccurredAt, e.Topic
		if ids[e.EventID] {
			t.Fatalf("two events have the id %s", e.EventID)
		}
		ids[e.EventID] = true
		if kinds[e.Kind]++; kinds[e.Kind] < 100 {
			checkRoundTrip(t, &e)
		}
		if _, known := m.Fate(e.SellerID); !known {
			t.Fatalf("seller %s has no fate", e.SellerID)
		}
	}
	for k := events.OrderPlaced; k < events.NumKinds; k++ {
		if kinds[k] == 0 {
			t.Errorf("no event of %v %v", k.Topic(), k)
		}
	}
	if now-at > hour {
		t.Errorf("the history ends %d ms before now", now-at)
	}
}

// What is to come is bounded by the orders of a few weeks, not by the length of the history.
func TestMemoryIsBounded(t *testing.T) {
	most := func(days int) (n int) {
		o := Options{Seed: 1, Sellers: 10, Now: now, HistoryDays: days}
		sim := newSimulation(o, New(o).Start())
		for sim.nextAt() < now {
			sim.next()
			n = max(n, len(sim.pending))
		}
		return n
	}
	if short, long := most(60), most(240); long > short*3/2 {
		t.Errorf("%d events wait at most in 60 days, %d in 240", short, long)
	}
}

func TestLiveContinues(t *testing.T) {
	const rate = 50.0
	from := now + 7*second
	m := New(Options{Seed: 7, Now: now, Rate: rate})
	ids := map[string]bool{}
	for e := range m.History() {
		ids[e.EventID] = true
	}
	last, n := from, 0
	known, fresh := 0, 0
	for e := range m.Live(from) {
		if err := events.Validate(&e); err != nil {
			t.Fatalf("%+v: %v", e, err)
		}
		if e.OccurredAt < last {
			t.Fatalf("%+v comes after an event of %d", e, last)
		}
		if ids[e.EventID] {
			t.Fatalf("%s comes again", e.EventID)
		}
		ids[e.EventID] = true
		if e.Kind == events.OrderPlaced {
			fresh++
		} else if ids[e.OrderID+"/1"] {
			known++
		}
		last = e.OccurredAt
		if n++; n == 6000 {
			break
		}
	}
	if seconds := float64(last-from) / 1000; seconds < 6000/rate*0.8 || seconds > 6000/rate*1.2 {
		t.Errorf("6,000 events at %v a second take %.1f s", rate, seconds)
	}
	if fresh+known != 6000 {
		t.Errorf("%d events are of orders that nobody placed", 6000-fresh-known)
	}
}

// Live does not need the history to be read first, and a break in reading that does not matter.
func TestLiveIsTheSameWhateverWasRead(t *testing.T) {
	live := func(m *Marketplace) []byte {
		var list []events.Event
		for e := range m.Live(now) {
			if list = append(list, e); len(list) == 100 {
				break
			}
		}
		return encode(list)
	}
	o := Options{Seed: 3, Now: now, HistoryDays: 30}
	unread, read, begun := New(o), New(o), New(o)
	for range read.History() {
	}
	for range begun.History() {
		break
	}
	want := live(unread)
	if !bytes.Equal(live(read), want) || !bytes.Equal(live(begun), want) || !bytes.Equal(live(read), want) {
		t.Error("what happens live depends on how much of the history was read")
	}
}

func TestTenSellersHaveEveryFate(t *testing.T) {
	for _, o := range []Options{{Now: now}, {Now: now, Marketplaces: []string{"SHOP"}}} {
		m := New(o)
		names := map[string]int{}
		for _, id := range m.Sellers() {
			fate, known := m.Fate(id)
			if !known || !strings.HasPrefix(id, fate.Name+"-") {
				t.Errorf("seller %s has the fate %q", id, fate.Name)
			}
			names[fate.Name]++
		}
		fates := m.Fates()
		for _, fate := range fates {
			if names[fate.Name] == 0 || fate.Description == "" {
				t.Errorf("fate %q of %d sellers: %q", fate.Name, names[fate.Name], fate.Description)
			}
		}
		if want := len(courses) + len(o.Marketplaces); len(fates) != want || len(names) != want {
			t.Errorf("on %q there are the fates %v, want %d", o.Marketplaces, fates, want)
		}
	}
	m := New(Options{Now: now})
	if _, known := m.Fate("nobody"); known {
		t.Error("nobody has a fate")
	}
}

func BenchmarkHistory(b *testing.B) {
	n := 0
	for b.Loop() {
		n = 0
		for range New(Options{Seed: 1, Now: now}).History() {
			n++
		}
	}
	b.ReportMetric(float64(n), "events")
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*n), "ns/event")
}

// Where marketplaces and countries are given orders are of these alone.
func TestMarketplacesThatAreGiven(t *testing.T) {
	places := map[[2]string]bool{}
	for e := range New(Options{Now: now, HistoryDays: 10, Marketplaces: []string{"A", "B"}, Countries: []string{"US"}}).History() {
		if e.Kind == events.OrderPlaced {
			places[[2]string{e.Marketplace, e.ShipCountry}] = true
		}
	}
	if want := map[[2]string]bool{{"A", "US"}: true, {"A", ""}: true, {"B", "US"}: true, {"B", ""}: true}; !maps.Equal(places, want) {
		t.Errorf("orders are of %v, want %v", places, want)
	}
}
