package simulate

import (
	"bytes"
	"fmt"
	"hash/crc32"
	"slices"
	"testing"

	"sellerpulse/pkg/events"
)

func TestRandomMarketplaceIsTheSameForASeed(t *testing.T) {
	o := RandomOptions{Seed: 1, Start: now}
	if !bytes.Equal(encode(RandomMarketplace(o)), encode(RandomMarketplace(o))) {
		t.Error("one seed makes different events")
	}
	if bytes.Equal(encode(RandomMarketplace(o)), encode(RandomMarketplace(RandomOptions{Seed: 2, Start: now}))) {
		t.Error("two seeds make the same events")
	}
}

func TestRandomMarketplaceIsValid(t *testing.T) {
	for seed := range uint64(20) {
		var kinds [events.NumKinds]int
		list := RandomMarketplace(RandomOptions{Seed: seed, Start: now, Events: 2000, Everything: true})
		for i := range list {
			if err := events.Validate(&list[i]); err != nil {
				t.Fatalf("%+v: %v", list[i], err)
			}
			checkRoundTrip(t, &list[i])
			kinds[list[i].Kind]++
		}
		if len(list) != 2000 || slices.Min(kinds[events.OrderPlaced:]) == 0 {
			t.Errorf("seed %d: %d events, of each kind %v", seed, len(list), kinds)
		}
	}
}

// With the option things happen that do not without, and without it a seed makes the same lines as ever.
func TestRandomMarketplaceOfBefore(t *testing.T) {
	var lines []byte
	for _, e := range RandomMarketplace(RandomOptions{Seed: 1, Start: now}) {
		lines = append(events.AppendJSON(lines, &e, true), '\n')
	}
	if got, want := crc32.ChecksumIEEE(lines), uint32(0xca83a918); got != want {
		t.Errorf("the lines have the checksum %08x, want %08x", got, want)
	}
	happened := map[string]int{}
	for _, e := range RandomMarketplace(RandomOptions{Seed: 1, Start: now, Everything: true}) {
		for what, is := range map[string]bool{
			"marketplace": e.Marketplace != "", "country": e.ShipCountry != "", "placed without a marketplace": e.Kind == events.OrderPlaced && e.Marketplace == "",
			"reason of a claim": e.Topic == events.Claims && e.BuyerReason != 0, "reason of a return": e.Topic == events.Returns && e.BuyerReason != 0,
			"none": e.Kind == events.ClaimOpened && e.BuyerReason == 0, "excused": e.Excused, "taken back": e.Kind == events.OrderExcused && !e.Excused,
			"excused for all": e.Excused && len(e.Metrics) == 0, "for several": len(e.Metrics) > 1,
		} {
			if is {
				happened[what]++
			} else {
				happened[what] += 0
			}
		}
	}
	for what, n := range happened {
		if n < 3 {
			t.Errorf("%d events are %s", n, what)
		}
	}
}

// checkRoundTrip fails if an event is not the same once written and read: it would have fields that its kind has not.
func checkRoundTrip(t *testing.T, e *events.Event) {
	t.Helper()
	var read events.Event
	line := events.AppendJSON(nil, e, true)
	if err := events.ParseLine(line, &read); err != nil {
		t.Fatalf("%s: %v", line, err)
	}
	if written, again := fmt.Sprintf("%+v", *e), fmt.Sprintf("%+v", read); written != again {
		t.Fatalf("%s\nbecomes\n%s", written, again)
	}
}

// The sequence has what it promises, and not just now and then.
func TestRandomMarketplaceIsAwkward(t *testing.T) {
	type order struct{ seller, id string }
	type sellerTopic struct {
		seller string
		topic  events.Topic
	}
	var parked, again, twice, sameID, late, ties, orphans int
	placed, waiting := map[order]*events.Event{}, map[order]bool{}
	last := map[sellerTopic]events.Millis{}
	byID := map[string]*events.Event{}
	list := RandomMarketplace(RandomOptions{Seed: 4, Start: now})
	for i := range list {
		e := &list[i]
		key, stream := order{e.SellerID, e.OrderID}, sellerTopic{e.SellerID, e.Topic}
		before := placed[key]
		switch {
		case e.Kind == events.OrderPlaced && before != nil && before.OrderDate != e.OrderDate:
			again++
		case e.Kind != events.OrderPlaced && before == nil:
			parked++
			waiting[key] = true
		}
		if e.Kind == events.OrderPlaced {
			placed[key] = e
		}
		if other := byID[e.EventID]; other != nil && bytes.Equal(encode([]events.Event{*other}), encode([]events.Event{*e})) {
			twice++
		} else if other != nil {
			sameID++
		}
		byID[e.EventID] = e
		if at, any := last[stream]; any && at > e.OccurredAt {
			late++
		} else if any && at == e.OccurredAt {
			ties++
		}
		last[stream] = e.OccurredAt
	}
	for key := range waiting {
		if placed[key] == nil {
			orphans++
		}
	}
	for what, n := range map[string]int{
		"parked": parked, "placed again with other values": again, "twice": twice, "same id, other content": sameID,
		"out of order": late, "at equal times": ties,
	} {
		if n < 20 {
			t.Errorf("%d of 1,000 events are %s", n, what)
		}
	}
	if orphans == 0 {
		t.Error("every order is placed sooner or later")
	}
}
