package windows

import (
	"cmp"
	"fmt"
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
	switch {
	case e.Kind <= events.OrderRefunded:
		e.Topic = events.Orders
	case e.Kind <= events.ShipmentDelivered:
		e.Topic = events.Shipments
	case e.Kind <= events.FeedbackRemoved:
		e.Topic = events.Feedback
	case e.Kind <= events.ClaimAppealGranted:
		e.Topic = events.Claims
	case e.Kind <= events.ChargebackReversed:
		e.Topic = events.Chargebacks
	default:
		e.Topic = events.Returns
	}
	return e
}

func fresh() *Order {
	o := new(Order)
	o.Reset()
	return o
}

// Any order of arrival, and any repetition, makes the same row.
func TestOrderOfArrivalDoesNotMatter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all := rapid.SliceOfN(rapid.Custom(anyEvent), 1, 30).Draw(t, "events")
		one, other := fresh(), fresh()
		for i := range all {
			one.Apply(&all[i])
		}
		again := append(slices.Clone(all), all[:rapid.IntRange(0, len(all)).Draw(t, "repeated")]...)
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
		r.Shuffle(len(again), func(i, j int) { again[i], again[j] = again[j], again[i] })
		for i := range again {
			other.Apply(&again[i])
		}
		if got, want := fmt.Sprintf("%+v", *other), fmt.Sprintf("%+v", *one); got != want {
			t.Fatalf("in another order the row is\n%s\nnot\n%s", got, want)
		}
	})
}

// A row reads back as it was written, into memory used before too.
func TestOrderEncoding(t *testing.T) {
	scratch := fresh()
	rapid.Check(t, func(t *rapid.T) {
		o := fresh()
		all := rapid.SliceOfN(rapid.Custom(anyEvent), 0, 30).Draw(t, "events")
		placed := events.Event{Kind: events.OrderPlaced, OccurredAt: start, OrderDate: start, Channel: events.MFN, ShipBy: events.None, DeliverBy: events.None}
		o.Apply(&placed)
		for i := range all {
			o.Apply(&all[i])
		}
		row := o.Append(nil)
		if err := scratch.Decode(row); err != nil {
			t.Fatal(err)
		}
		if got, want := fmt.Sprintf("%+v", *scratch), fmt.Sprintf("%+v", *o); got != want {
			t.Fatalf("read back\n%s\nnot\n%s", got, want)
		}
		for n := range row {
			if err := scratch.Decode(row[:n]); err == nil {
				t.Fatalf("the first %d of %d bytes were accepted", n, len(row))
			}
		}
	})
}

// Between two due instants no fact changes, and at each one only what is due does.
func TestFactsChangeOnlyWhenDue(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		o := fresh()
		all := rapid.SliceOfN(rapid.Custom(anyEvent), 1, 30).Draw(t, "events")
		for i := range all {
			o.Apply(&all[i])
		}
		due := o.Due(nil)
		if !slices.IsSorted(due) || len(slices.Compact(slices.Clone(due))) != len(due) {
			t.Fatalf("due %v, want each once and in order", due)
		}
		for at := start; at < start+8*dayMillis; at += 3_600_000 {
			for _, d := range []events.Millis{at - 1, at, at + 1} {
				if o.Facts(d) != o.Facts(d-1) && !slices.Contains(due, d) {
					t.Fatalf("facts change at %d from %v to %v, which is not due: %v", d, o.Facts(d-1), o.Facts(d), due)
				}
			}
		}
	})
}

// The sums of windows, and the buckets, are those of a recomputation from all changes.
func TestSellerSumsAreThoseOfItsChanges(t *testing.T) {
	spans := []Window{{7, 0}, {10, 0}, {30, 10}, {60, 30}}
	rapid.Check(t, func(t *rapid.T) {
		layout := NewLayout(spans)
		today := Date(20_000)
		s := layout.NewSeller(today)
		type change struct {
			date    Date
			channel events.Channel
			lines   []string
			counts  Counts
		}
		var changes []change
		stored := map[[2]int]Bucket{}
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			switch rapid.IntRange(0, 4).Draw(t, "step") {
			case 0:
				today += Date(rapid.IntRange(0, 40).Draw(t, "days"))
				s.Slide(today)
			case 1:
				s.Flush(func(d Date, part uint16, b Bucket) {
					if key := [2]int{int(d), int(part)}; len(b) == 0 {
						delete(stored, key)
					} else {
						stored[key] = b
					}
				})
			default:
				c := change{
					date: today + 1 - Date(rapid.IntRange(0, 100).Draw(t, "age")), channel: rapid.SampledFrom([]events.Channel{events.MFN, events.AFN}).Draw(t, "channel"),
					lines: rapid.SampledFrom([][]string{nil, {""}, {"books", "toys"}, {"toys"}}).Draw(t, "lines"),
				}
				if len(changes) > 0 && rapid.Bool().Draw(t, "undo") {
					i := rapid.IntRange(0, len(changes)-1).Draw(t, "which")
					c = changes[i]
					changes = slices.Delete(changes, i, i+1)
					negative := Counts{}
					negative.Sub(&c.counts)
					s.Change(c.date, c.channel, c.lines, &negative)
					continue
				}
				c.counts[Orders], c.counts[rapid.IntRange(1, int(NumMeasures)-1).Draw(t, "measure")] = 1, int32(rapid.IntRange(1, 200).Draw(t, "n"))
				changes = append(changes, c)
				s.Change(c.date, c.channel, c.lines, &c.counts)
			}
		}
		check := func(s *Seller, name string) {
			for i, w := range spans {
				var want [2]Counts
				lines := map[string]*[2]Counts{}
				for _, c := range changes {
					if w.contains(today, c.date) {
						want[c.channel-events.AFN].Add(&c.counts)
						for _, l := range c.lines {
							if lines[l] == nil {
								lines[l] = new([2]Counts)
							}
							lines[l][c.channel-events.AFN].Add(&c.counts)
						}
					}
				}
				if s.sums[i] != want {
					t.Fatalf("%s: window %v has %v, want %v", name, w, s.sums[i], want)
				}
				from, to := w.Range(today)
				if got := s.Totals(from, to); got != want {
					t.Fatalf("%s: totals %v, want %v", name, got, want)
				}
				if got := s.Lines(from, to); !reflect.DeepEqual(got, lines) {
					t.Fatalf("%s: lines %v, want %v", name, got, lines)
				}
			}
		}
		check(s, "in memory")
		s.Flush(func(d Date, part uint16, b Bucket) {
			if key := [2]int{int(d), int(part)}; len(b) == 0 {
				delete(stored, key)
			} else {
				stored[key] = b
			}
		})
		read := layout.NewSeller(today)
		for _, key := range slices.SortedFunc(keys(stored), func(a, b [2]int) int { return slices.Compare(a[:], b[:]) }) {
			if err := CheckBucket(stored[key]); err != nil {
				t.Fatal(err)
			}
			read.Load(Date(key[0]), uint16(key[1]), stored[key])
		}
		check(read, "stored")
	})
}

func keys(m map[[2]int]Bucket) func(func([2]int) bool) {
	return func(yield func([2]int) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}

// More product lines than one part of a bucket takes go into further parts, and so do those whose counts grow: no part is over its bound,
// whatever was stored before.
func TestBucketParts(t *testing.T) {
	const lines = 5000
	var names []string
	for i := range lines {
		names = append(names, fmt.Sprintf("line %04d", i))
	}
	layout := NewLayout([]Window{{7, 0}})
	s := layout.NewSeller(100)
	orders := 0
	for _, count := range []int32{1, 200, 20_000, 3_000_000, -3_020_000} {
		var counts Counts
		for m := range counts {
			counts[m] = count
		}
		orders += int(count)
		s.Change(100, events.MFN, names, &counts)
		stored := map[[2]int]Bucket{}
		s.Flush(func(date Date, part uint16, b Bucket) {
			if stored[[2]int{int(date), int(part)}] = b; len(b) > MaxBucketBytes || len(b) == 0 {
				t.Errorf("after %d each part %d has %d bytes", count, part, len(b))
			}
		})
		if len(stored) < 2 {
			t.Errorf("after %d each there are %d parts", count, len(stored))
		}
		s = layout.NewSeller(100)
		for _, key := range slices.SortedFunc(keys(stored), func(a, b [2]int) int { return cmp.Compare(a[1], b[1]) }) {
			s.Load(Date(key[0]), uint16(key[1]), stored[key])
		}
		if got := s.Sum(0, 0, Orders); got != int64(orders) {
			t.Errorf("%d orders, want %d", got, orders)
		}
		for _, line := range s.Lines(100, 100) {
			if got := line[1][Orders]; got != int32(orders) {
				t.Fatalf("%d orders of a line, want %d", got, orders)
			}
		}
		if got := len(s.Lines(100, 100)); got != lines {
			t.Errorf("%d lines, want %d", got, lines)
		}
	}
}

// However many product lines an order has, each part of its date's bucket is written once for all of them, not once for each: an event of 200 KB
// held its partition up for half a minute.
func TestLinesOfAnOrderChangeABucketTogether(t *testing.T) {
	const lines = 25_000
	var o Order
	for i := range lines {
		line := fmt.Sprintf("%x", lines-i)
		o.Items = append(o.Items, events.Item{ItemID: "i", ProductLine: line}, events.Item{ItemID: "j", ProductLine: line})
	}
	names := o.Lines(nil)
	if len(names) != lines || !slices.IsSorted(names) {
		t.Fatalf("%d lines, want %d in their order", len(names), lines)
	}
	s := NewLayout([]Window{{7, 0}}).NewSeller(100)
	one := Counts{Orders: 1}
	s.Change(100, events.AFN, names, &one)
	allocations := testing.AllocsPerRun(1, func() { s.Change(100, events.MFN, names, &one) }) // It runs twice.
	if allocations > lines/10 {
		t.Errorf("%v allocations", allocations)
	}
	for line, sums := range s.Lines(100, 100) {
		if sums[0][Orders] != 1 || sums[1][Orders] != 2 {
			t.Fatalf("%d and %d orders of line %s, want 1 and 2", sums[0][Orders], sums[1][Orders], line)
		}
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
