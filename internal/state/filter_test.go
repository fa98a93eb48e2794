package state

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"sellerpulse/pkg/windows"
)

// A filter knows every order that it was given, and takes few others for known.
func TestFilter(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	f := newFilter(100_000)
	f.next = nil
	var known []uint64
	for range 100_000 {
		known = append(known, r.Uint64())
		f.add(known[len(known)-1])
	}
	for _, hash := range known {
		if !f.has(hash) {
			t.Fatalf("%x is not known", hash)
		}
	}
	wrong := 0
	for range 100_000 {
		if f.has(r.Uint64()) {
			wrong++
		}
	}
	if wrong > 3000 {
		t.Errorf("%d of 100,000 others are taken for known", wrong)
	}
}

// Orders are found whatever the filter says of them: while it is being filled, when it outgrows itself, and after a start.
func TestOrdersAreFoundThroughTheFilter(t *testing.T) {
	db := open(t, Options{FileSystem: vfs.NewMem()})
	defer db.Close()
	p := partition(t, db, 1)
	defer p.Close()
	const today, all = windows.Date(20_000), 500
	anew := func() *Store {
		s := newStore(p)
		s.filter = newFilter(10)
		if err := s.Open(); err != nil {
			t.Fatal(err)
		}
		s.Resize(1)
		return s
	}
	find := func(s *Store, i int) (*Seller, *Order) {
		seller, err := s.Seller(fmt.Sprint(i%7), today)
		if err != nil {
			t.Fatal(err)
		}
		o, err := s.Order(seller, fmt.Sprint(i))
		if err != nil {
			t.Fatal(err)
		}
		return seller, o
	}
	s := anew()
	for i := range all {
		seller, o := find(s, i)
		seller.Known = true
		s.Changed(seller)
		s.PutRow(seller, o, today, fmt.Append(nil, "row ", i))
		if i%40 == 0 {
			commit(t, s, Saved{Position: int64(i + 1)})
		}
	}
	commit(t, s, Saved{Position: all})
	for _, s := range []*Store{s, anew()} {
		commit(t, s, Saved{Position: all + 1})
		for i := range all {
			if _, o := find(s, i); string(o.Row) != fmt.Sprint("row ", i) {
				t.Fatalf("order %d is %+v", i, o)
			}
		}
		if s.filter.next != nil {
			t.Error("the filter was never filled")
		}
	}
}
