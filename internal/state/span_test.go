package state

import (
	"cmp"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"pgregory.net/rapid"

	"sellerpulse/pkg/events"
	"sellerpulse/pkg/windows"
)

// ids are those that keys could confuse.
var ids = []string{"", "a", "a\x00", "a\x00\x01", "a\x00\xff", "a\xff", "aa", "b", "ä", "\xff\xff"}

// A span has the orders of its seller and dates, the newest date first, then by id, wherever its reading begins, whatever it passes over; and the
// buckets of its dates.
func TestSpansEqualAllOrders(t *testing.T) {
	db := open(t, Options{FileSystem: vfs.NewMem()})
	defer func() { _ = db.Close() }()
	number := int32(0)
	rapid.Check(t, func(t *rapid.T) {
		number++
		p, err := db.Partition(number)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = p.Close() }()
		date := rapid.Custom(func(t *rapid.T) windows.Date { return windows.Date(rapid.IntRange(-3, 6).Draw(t, "date")) })
		id := rapid.SampledFrom(ids)
		seller := id.Draw(t, "seller")
		var all []DatedOrder
		for range rapid.IntRange(0, 40).Draw(t, "orders") {
			of, o := id.Draw(t, "of"), DatedOrder{date.Draw(t, "date"), id.Draw(t, "id")}
			p.Put(appendOrderKey(nil, of, o.Date, o.ID), []byte(fmt.Sprint(of, o)))
			p.Put(appendBucketKey(nil, of, o.Date, uint16(o.Date&1)), []byte(fmt.Sprint(of, o.Date)))
			if of == seller {
				all = append(all, o)
			}
		}
		if err := p.Checkpoint(Saved{Position: 1}); err != nil {
			t.Fatal(err)
		}
		span := Span{Seller: seller, From: date.Draw(t, "from"), To: date.Draw(t, "to")}
		skipped := rapid.SliceOf(date).Draw(t, "skipped")
		all = slices.DeleteFunc(all, func(o DatedOrder) bool {
			return o.Date < span.From || o.Date > span.To || slices.Contains(skipped, o.Date)
		})
		compare := func(a, b DatedOrder) int { return cmp.Or(cmp.Compare(b.Date, a.Date), strings.Compare(a.ID, b.ID)) }
		slices.SortFunc(all, compare)
		all = slices.Compact(all)
		var behind *DatedOrder
		want := all
		if rapid.Bool().Draw(t, "behind one") {
			behind = &DatedOrder{date.Draw(t, "behind date"), id.Draw(t, "behind id")}
			want = slices.DeleteFunc(slices.Clone(all), func(o DatedOrder) bool { return compare(o, *behind) <= 0 })
		}
		view := db.Snapshot()
		defer view.Close()
		r := view.Partition(number)
		if got := readOrders(t, r, span, behind, func(d windows.Date) bool { return slices.Contains(skipped, d) }); !slices.Equal(got, want) {
			t.Fatalf("of %+v behind %+v without %v there are %+v, want %+v", span, behind, skipped, got, want)
		}
		if len(skipped) == 0 {
			checkBuckets(t, r, span, all)
		}
	})
}

func readOrders(t *rapid.T, r *Reader, s Span, behind *DatedOrder, skip func(windows.Date) bool) (got []DatedOrder) {
	c, err := r.ReadOrders(s, behind, skip)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	for {
		more, err := c.Next()
		if err != nil {
			t.Fatal(err)
		}
		if !more {
			return got
		}
		if want := fmt.Sprint(s.Seller, c.DatedOrder); string(c.Row) != want {
			t.Fatalf("the row of %+v is %q, want %q", c.DatedOrder, c.Row, want)
		}
		got = append(got, c.DatedOrder)
	}
}

// checkBuckets compares the buckets of a span with the dates of its orders.
func checkBuckets(t *rapid.T, r *Reader, s Span, orders []DatedOrder) {
	c, err := r.ReadBuckets(s)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	var want, got []windows.Date
	for i := range orders {
		want = append(want, orders[i].Date)
	}
	slices.Sort(want)
	want = slices.Compact(want)
	for {
		more, err := c.Next()
		if err != nil {
			t.Fatal(err)
		}
		if !more {
			break
		}
		if c.Part != uint16(c.Date&1) || string(c.Value) != fmt.Sprint(s.Seller, c.Date) {
			t.Fatalf("part %d of %v is %q", c.Part, c.Date, c.Value)
		}
		got = append(got, c.Date)
	}
	if !slices.Equal(got, want) {
		t.Fatalf("there are buckets of %v, want %v", got, want)
	}
}

// What is asked of one seller or order alone is what its keys say.
func TestReaderOfOneSeller(t *testing.T) {
	db := open(t, Options{FileSystem: vfs.NewMem()})
	defer func() { _ = db.Close() }()
	p := partition(t, db, 0)
	defer func() { _ = p.Close() }()
	s := newStore(p)
	seller, err := s.Seller("S", 100)
	if err != nil {
		t.Fatal(err)
	}
	seller.Known, seller.Rules[1] = true, RuleState{State: 3, Transitions: 2, Since: 7}
	s.Changed(seller)
	order, err := s.Order(seller, "waits")
	if err != nil {
		t.Fatal(err)
	}
	for i := range int64(3) {
		s.Park("S", "waits", &ParkedEvent{Message: Message{Topic: events.Claims, Offset: 3 - i, Value: []byte("v")}, Arrived: i})
	}
	s.SetParked(seller, order, 3, 3)
	commit(t, s, Saved{Position: 9})
	view := db.Snapshot()
	defer view.Close()
	r := view.Partition(0)
	if saved, err := r.Saved(); err != nil || saved.Position != 9 {
		t.Errorf("saved is %+v, %v", saved, err)
	}
	states, known, err := r.RuleStates("S")
	if want := map[string]RuleState{"cancellation": seller.Rules[1]}; err != nil || !known || !reflect.DeepEqual(states, want) {
		t.Errorf("rule states are %v, %v, %v; want %v", states, known, err, want)
	}
	if _, known, err := r.RuleStates("T"); known || err != nil {
		t.Errorf("a seller that there is not is known: %v, %v", known, err)
	}
	if i, err := r.Index("S", "waits"); err != nil || i != (Index{Status: Parked, Number: 3, Bytes: 3}) {
		t.Errorf("index of a parked order: %+v, %v", i, err)
	}
	if i, err := r.Index("S", "wait"); err != nil || i != (Index{}) {
		t.Errorf("index of no order: %+v, %v", i, err)
	}
	parked, err := r.ParkedEvents("S", "waits", 2)
	if err != nil || len(parked) != 2 || parked[0].Offset != 1 || parked[1].Offset != 2 || parked[0].Arrived != 2 {
		t.Errorf("parked events: %+v, %v", parked, err)
	}
}
