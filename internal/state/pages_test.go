package state

import (
	"fmt"
	"slices"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"pgregory.net/rapid"

	"sellerpulse/pkg/windows"
)

// Whatever is saved and what is not, and however long pages are, sellers of dates and orders of a seller come each once and in order.
func TestPagesHaveEachOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		db, err := Open(Options{FileSystem: vfs.NewMem(), Owner: "test"})
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		p, err := db.Partition(0)
		if err != nil {
			t.Fatal(err)
		}
		defer p.Close()
		s := newStore(p)
		wanted := map[string]bool{}
		var live, expired []DatedOrder
		dates := []windows.Date{3, 5, 4, 9}
		for i := range rapid.IntRange(0, 40).Draw(t, "orders") {
			id := []string{"A", "A\x00", "AB", "B", "C"}[rapid.IntRange(0, 4).Draw(t, "seller")]
			seller, err := s.Seller(id, 10)
			if err != nil {
				t.Fatal(err)
			}
			o, err := s.Order(seller, fmt.Sprintf("%02d", 99-i))
			if err != nil {
				t.Fatal(err)
			}
			date := windows.Date(rapid.IntRange(2, 6).Draw(t, "date"))
			s.SetDate(date, seller)
			s.PutRow(seller, o, date, []byte("row"))
			gone := rapid.Bool().Draw(t, "expires")
			if rapid.IntRange(0, 5).Draw(t, "save") == 0 {
				commitTimers(t, s)
			}
			if gone {
				s.Expire(seller, o)
			}
			if wanted[id] = wanted[id] || slices.Contains(dates, date); id != "A" || date < 3 || date > 5 {
				continue
			}
			if at := (DatedOrder{date, o.ID}); gone {
				expired = append(expired, at)
			} else {
				live = append(live, at)
			}
		}
		page := rapid.IntRange(1, 4).Draw(t, "page")
		checkSellers(t, s, dates, page, wanted)
		checkOrders(t, s, false, page, live)
		checkOrders(t, s, true, page, expired)
	})
}

// Dates that are forgotten are gone at once and for good, saved or not, and others stay.
func TestForgottenDatesAreGone(t *testing.T) {
	db := open(t, Options{FileSystem: vfs.NewMem()})
	defer db.Close()
	p := partition(t, db, 0)
	defer p.Close()
	s := newStore(p)
	seller, err := s.Seller("S", 10)
	if err != nil {
		t.Fatal(err)
	}
	s.SetDate(-2, seller)
	commit(t, s, Saved{Position: 1})
	s.SetDate(4, seller)
	s.SetDate(5, seller)
	s.ForgetDates(5)
	for _, when := range []string{"not saved", "saved"} {
		if date, ok, err := s.NextDate(-100); date != 5 || !ok || err != nil {
			t.Errorf("%s: the first date is %v, %v, %v, want 5", when, date, ok, err)
		}
		commit(t, s, Saved{Position: 2})
	}
}

func checkSellers(t *rapid.T, s *Store, dates []windows.Date, page int, want map[string]bool) {
	sellers := s.SellersOf(dates, page)
	next := ""
	for _, id := range []string{"A", "A\x00", "AB", "B", "C"} {
		if !want[id] {
			continue
		}
		for range 2 { // Until it is asked for one behind.
			if got, ok, err := sellers.From(next); got != id || !ok || err != nil {
				t.Fatalf("from %q comes %q, %v, %v, want %q", next, got, ok, err, id)
			}
		}
		next = AfterSeller(id).Seller
	}
	if got, ok, err := sellers.From(next); ok || err != nil {
		t.Fatalf("from %q comes %q, %v", next, got, err)
	}
}

func checkOrders(t *rapid.T, s *Store, expired bool, page int, want []DatedOrder) {
	slices.SortFunc(want, func(a, b DatedOrder) int {
		return compareOrders(&Order{Date: a.Date, ID: a.ID}, &Order{Date: b.Date, ID: b.ID})
	})
	seller, err := s.Seller("A", 10)
	if err != nil {
		t.Fatal(err)
	}
	var got []DatedOrder
	from := DatedOrder{Date: 3}
	for more := true; more; {
		var orders []*Order
		if orders, from, more, err = s.OrdersFrom(seller, from, 5, expired, page); err != nil || len(orders) > page {
			t.Fatalf("%d orders, %v", len(orders), err)
		}
		for _, o := range orders {
			got = append(got, DatedOrder{o.Date, o.ID})
		}
	}
	if !slices.Equal(got, want) {
		t.Fatalf("expired %v: orders %v, want %v", expired, got, want)
	}
}
