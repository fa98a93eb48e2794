package oracle

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"sellerpulse/pkg/events"
)

// buried are the dead letters as "offset reason".
func buried(r *Result) (list []string) {
	for _, d := range r.DeadLetters {
		list = append(list, fmt.Sprint(d.Offset, " ", d.Reason))
	}
	return list
}

func checkBuried(t *testing.T, r *Result, want ...string) {
	t.Helper()
	if got := buried(r); !slices.Equal(got, want) {
		t.Errorf("dead letters %q, want %q", got, want)
	}
}

func TestInvalidEvents(t *testing.T) {
	for name, e := range map[string]events.Event{
		"no seller":             placed(start, ofSeller("")),
		"no order":              placed(start, inOrder("")),
		"no event id":           placed(start, func(e *events.Event) { e.EventID = "" }),
		"no time":               placed(start, func(e *events.Event) { e.OccurredAt = events.None }),
		"unknown kind":          {Topic: events.Orders, Kind: events.NumKinds, EventID: "e", OccurredAt: start, SellerID: "S", OrderID: "O"},
		"kind of another topic": placed(start, func(e *events.Event) { e.Kind = events.ClaimOpened }),
		"no order date":         placed(start, dated(events.None)),
		"order date too late":   placed(start, dated(hours(24)+1)),
		"no channel":            placed(start, func(e *events.Event) { e.Channel = 0 }),
		"nothing amended":       event(events.OrderAmended, start),
		"cancelled by nobody":   event(events.OrderCancelled, start, cancelledBy(0, events.OutOfStock)),
		"cancelled for nothing": event(events.OrderCancelled, start, cancelledBy(events.Seller, 0)),
		"no shipment":           event(events.ShipmentScanned, start, ofPart("")),
		"no tracking number":    event(events.ShipmentTrackingUpdated, start),
		"rated 0":               event(events.FeedbackLeft, start, rated(0)),
		"rated 6":               event(events.FeedbackLeft, start, rated(6)),
		"no category":           event(events.ChargebackOpened, start, func(e *events.Event) { e.Category = 0 }),
		"no item id":            placed(start, func(e *events.Event) { e.Items[0].ItemID = "" }),
		"long carrier":          event(events.ShipmentConfirmed, start, tracked(strings.Repeat("x", 1025), "")),
		"long tracking id":      event(events.ShipmentTrackingUpdated, start, tracked("ups", strings.Repeat("x", 1025))),
		"no answer":             event(events.ReturnAnswered, start, func(e *events.Event) { e.Answer = 0 }),
		"long id":               placed(start, inOrder(strings.Repeat("x", 1025))),
		"long marketplace":      placed(start, at(strings.Repeat("x", 65))),
		"long country":          placed(start, to(strings.Repeat("x", 65))),
		"broken country":        placed(start, to("\xff")),
		"unnamed metric":        event(events.OrderExcused, start, excusing("")),
		"17 metrics":            event(events.OrderExcused, start, excusing(make17()...)),
		"broken text":           placed(start, inOrder("\xff")),
	} {
		t.Run(name, func(t *testing.T) {
			r := run(e)
			checkBuried(t, r, "0 invalid")
			if r.StreamTime != events.None {
				t.Errorf("stream time %d, want none", r.StreamTime)
			}
		})
	}
	checkBuried(t, run(placed(start, at(strings.Repeat("x", 64)), to(strings.Repeat("x", 64))), event(events.OrderExcused, start, excusing(make17()[1:]...))))
	checkBuried(t, run(placed(start, dated(hours(24))), event(events.FeedbackLeft, start, rated(5), inOrder(strings.Repeat("x", 1024)))))
}

func TestReasons(t *testing.T) {
	list := records(placed(start), placed(start), placed(start), placed(start), placed(start), placed(start))
	list[0].Undecodable = true
	list[1].Invalid = true
	list[2].Key = []byte("T")
	list[3].Key = nil
	list[4].Timestamp = start - 10*minute - 1
	list[5].Timestamp = start - 10*minute
	timeless := records(placed(start))
	timeless[0].Timestamp = -1
	checkBuried(t, Run(timeless, Options{}), "0 future")
	checkBuried(t, Run(list, Options{}), "0 undecodable", "1 invalid", "2 misrouted", "3 misrouted", "4 future")
}

// As many events wait for an order as there may be, and as much; a further one is an orphan, moves no time, and comes in again once the
// order is placed, or others have waited too long.
func TestSoManyEventsWait(t *testing.T) {
	waits := func(n int) (list []events.Event) {
		for i := range n {
			list = append(list, event(events.ClaimOpened, start+events.Millis(i)))
		}
		return list
	}
	r := run(append(waits(1000), event(events.ClaimOpened, hours(9)), event(events.ClaimOpened, hours(1), inOrder("P")), placed(hours(2)), event(events.ClaimOpened, hours(3)))...)
	checkBuried(t, r, "1000 orphan")
	if r.StreamTime != hours(3) {
		t.Errorf("stream time %d, want %d: a dead letter moves none", r.StreamTime, hours(3))
	}
	list := records(waits(3)...)
	list[0].Bytes, list[1].Bytes, list[2].Bytes = 4<<20-1, 2, 1
	checkBuried(t, Run(list, Options{}), "1 orphan")
	list = records(append(waits(1000), event(events.ClaimOpened, hours(91*24), inOrder("P")), event(events.ClaimOpened, hours(91*24)))...)
	if r := Run(list, Options{}); len(r.DeadLetters) != 1000 || r.StreamTime != hours(91*24) {
		t.Errorf("%d dead letters at %d, want the 1,000 that waited too long", len(r.DeadLetters), r.StreamTime)
	}
}

func TestMisroutedPartition(t *testing.T) {
	list := records(placed(start, ofSeller("foobar")), placed(start, ofSeller("21")))
	list[0].Partition, list[1].Partition = 6, 6 // Of 10: 1357151166 mod 10, 1173551340 mod 10.
	checkBuried(t, Run(list, Options{Partitions: 10}), "1 misrouted")
	checkBuried(t, Run(list, Options{}))
}

func TestMurmur2IsThatOfJava(t *testing.T) {
	for key, want := range map[string]int32{
		"21": -973932308, "foobar": -790332482, "a-little-bit-long-string": -985981536, "a-little-bit-longer-string": -1486304829,
		"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8": -58897971, "abc": 479470107,
	} {
		if got := int32(murmur2([]byte(key))); got != want {
			t.Errorf("%s: %d, want %d", key, got, want)
		}
	}
}

func TestExpiry(t *testing.T) {
	fact := func(day int64) events.Event { return event(events.OrderRefunded, days(day)) }
	checkBuried(t, run(placed(start), fact(120)))
	checkBuried(t, run(placed(start), fact(121)), "1 expired")
	checkBuried(t, run(placed(start), event(events.OrderRefunded, midnight+121*day-1), event(events.OrderRefunded, midnight+121*day)), "2 expired")
	checkBuried(t, run(placed(days(121), dated(days(1)))))
	checkBuried(t, run(placed(days(122), dated(days(1)))), "0 expired")
	checkBuried(t, run(placed(start), placed(days(121))), "1 expired")
	r := run(placed(start), fact(121))
	if r.StreamTime != start {
		t.Errorf("an expired event moved stream time to %d", r.StreamTime)
	}
	other := placed(days(210), inOrder("P"))
	checkBuried(t, run(placed(start), other, fact(210)), "2 expired")
	checkBuried(t, run(placed(start), placed(days(211), inOrder("P")), fact(211), fact(50)))
	checkBuried(t, run(placed(start), placed(days(211), inOrder("P")), placed(days(211))))
	checkBuried(t, run(placed(start), placed(days(40), inOrder("P"), dated(days(40))), fact(3)))
	retained := Run(records(placed(start), fact(41)), Options{RetentionDays: 40})
	checkBuried(t, retained, "1 expired")
	if got := Run(records(placed(start), placed(days(300), inOrder("P"), ofSeller("T"))), Options{}).Sellers(); !slices.Equal(got, []string{"S", "T"}) {
		t.Errorf("sellers %q; one whose orders expired is still reported", got)
	}
}

func TestOrphans(t *testing.T) {
	parked := event(events.FeedbackLeft, start)
	r := run(parked)
	if r.StreamTime != start {
		t.Errorf("a parked event moved stream time to %d, want %d", r.StreamTime, start)
	}
	r.AsOf(days(90))
	checkBuried(t, r)
	r.AsOf(days(90) + 1)
	checkBuried(t, r, "0 orphan")
	checkBuried(t, run(parked, placed(days(90)+1)), "0 orphan")
	if got := factsAt(0, parked, placed(days(90))); got != "counted negative_feedback defective" {
		t.Errorf("facts %q: the parked event did not join", got)
	}
	late := run(placed(days(50), inOrder("P")), parked) // Arrives at day 50.
	late.AsOf(days(140))
	checkBuried(t, late)
	late.AsOf(days(140) + 1)
	checkBuried(t, late, "1 orphan")
	atMidnight := run(event(events.FeedbackLeft, midnight))
	atMidnight.AsOf(midnight + 90*day) // Stops at that midnight too.
	checkBuried(t, atMidnight)
	if got := run(parked).Sellers(); got != nil {
		t.Errorf("sellers %q, want none without a placed order", got)
	}
}

func TestParkedEventsJoinAsOneApplication(t *testing.T) {
	r := run(event(events.FeedbackLeft, start), event(events.FeedbackRemoved, hours(1)), placed(hours(2)))
	checkAlerts(t, r)
	r = run(event(events.ClaimOpened, start), event(events.FeedbackLeft, hours(1)), placed(hours(2)))
	checkAlerts(t, r, "odr-early/1 NO_DATA>BREACHED 1/1 @14h EVENT 2")
}

func TestLateEventIsAppliedAtStreamTime(t *testing.T) {
	r := run(placed(start), placed(hours(9), inOrder("P"), afn), event(events.FeedbackLeft, hours(1)))
	checkAlerts(t, r, "odr-early/1 OK>BREACHED 1/2 @21h EVENT 2")
}

func TestMerge(t *testing.T) {
	var logs [6][]Record
	add := func(place int64, e events.Event, undecodable bool, key string) {
		logs[e.Topic] = append(logs[e.Topic], Record{Topic: e.Topic, Offset: place, Timestamp: e.OccurredAt, Key: []byte(key), Event: e, Undecodable: undecodable})
	}
	seller := placed(0).SellerID
	add(3, placed(hours(2)), false, seller)
	add(4, placed(hours(1)), false, seller) // Within a topic the log's order counts.
	add(0, event(events.ClaimOpened, hours(9)), false, "another")
	add(2, event(events.ClaimOpened, hours(1)), false, seller)
	add(6, event(events.FeedbackLeft, hours(3)), false, seller)
	add(7, event(events.FeedbackLeft, hours(9)), true, seller)
	add(5, event(events.ShipmentScanned, hours(3)), false, seller)
	add(1, event(events.ReturnRequested, hours(9)), true, seller)
	add(8, event(events.ReturnRequested, hours(9)), false, seller)
	for i, r := range Merge(logs, 0) {
		if r.Offset != int64(i) {
			t.Errorf("place %d: %s %d", i, r.Topic, r.Offset)
		}
	}
}

func TestDaysOfAZone(t *testing.T) {
	for _, c := range []struct{ zone, day, want string }{
		{"UTC", "2026-01-02", "2026-01-02T00:00:00Z"},
		{"Europe/Stockholm", "2026-07-01", "2026-06-30T22:00:00Z"},
		{"America/Sao_Paulo", "2018-11-04", "2018-11-04T03:00:00Z"}, // Begins at 01:00, 00:00 being left out.
		{"Pacific/Apia", "2011-12-30", "2011-12-30T10:00:00Z"},      // Left out as a whole.
		{"Pacific/Apia", "2011-12-31", "2011-12-30T10:00:00Z"},
	} {
		zone, err := time.LoadLocation(c.zone)
		if err != nil {
			t.Fatal(err)
		}
		date, _ := time.Parse(time.DateOnly, c.day)
		want, _ := time.Parse(time.RFC3339, c.want)
		days := calendar{zone: zone, lastAt: events.None}
		number := Day(date.Unix() / 86_400)
		if got := days.start(number); got != want.UnixMilli() {
			t.Errorf("%s %s begins at %s, want %s", c.zone, c.day, time.UnixMilli(got).UTC(), c.want)
		}
		if number.String() != c.day {
			t.Errorf("day %s is written %s", c.day, number)
		}
		if got := days.exists(number); got != (c.day != "2011-12-30") {
			t.Errorf("%s %s exists: %t", c.zone, c.day, got)
		}
		if days.exists(number) && (days.today(want.UnixMilli()) != number || days.today(want.UnixMilli()-1) >= number) {
			t.Errorf("%s %s is not today from its start on", c.zone, c.day)
		}
	}
}
