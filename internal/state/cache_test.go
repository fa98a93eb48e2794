package state

import (
	"bytes"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"sellerpulse/pkg/events"
	"sellerpulse/pkg/windows"
)

// What was put is found as it was put last, or not at all; what was put lately is found; and no more memory is taken than allowed.
func TestPacked(t *testing.T) {
	const limit = 64 << 10
	rapid.Check(t, func(t *rapid.T) {
		p, want, putAt, put := newPacked(limit), map[uint64][]byte{}, map[uint64]int{}, 0
		t.Repeat(map[string]func(*rapid.T){
			"put many": func(t *rapid.T) {
				from, size := rapid.Uint64Range(0, 1000).Draw(t, "from"), rapid.IntRange(0, 400).Draw(t, "size")
				for hash := from; hash < from+100; hash++ {
					want[hash] = bytes.Repeat([]byte{byte(put)}, size)
					p.put(hash, want[hash])
					put += packedHead + packedIndex + size
					putAt[hash] = put
				}
			},
			"take": func(t *rapid.T) {
				from := rapid.Uint64Range(0, 1000).Draw(t, "from")
				for hash := from; hash < from+rapid.Uint64Range(1, 200).Draw(t, "n"); hash++ {
					if got := p.take(hash); got != nil && !bytes.Equal(got, want[hash]) {
						t.Fatalf("entry %d is %v, want %v", hash, got, want[hash])
					}
					delete(want, hash)
				}
			},
			"": func(t *rapid.T) {
				if n := p.size(); n > limit {
					t.Fatalf("%d bytes are taken, want at most %d", n, limit)
				}
				for hash := range want {
					if at, ok := p.at[hash]; put-putAt[hash] < limit/8 && (!ok || at>>32 < p.first) {
						t.Fatalf("entry %d, put %d bytes ago, is not there", hash, put-putAt[hash])
					}
				}
			},
		})
	})
}

func TestPackedKeepsNothingLarge(t *testing.T) {
	p := newPacked(0)
	p.put(1, make([]byte, segmentLeast/8-packedHead))
	p.put(2, make([]byte, segmentLeast/8-packedHead+1))
	if p.take(1) == nil || p.take(2) != nil {
		t.Error("an entry of an eighth of a segment is to be kept, and none that is larger")
	}
	p.put(3, []byte("three"))
	p.put(3, make([]byte, segmentLeast))
	if got := p.take(3); got != nil {
		t.Errorf("the entry that was replaced by a large one is still %q", got)
	}
}

// thing is an entry of a cache under a hash that it shares with others.
type thing struct {
	name, value    string
	unsaved        bool
	next           *thing
	weight, length int
}

func (e *thing) link() **thing { return &e.next }
func (e *thing) saved() bool   { return !e.unsaved }
func (e *thing) size() int     { return e.length }
func (e *thing) counted() *int { return &e.weight }

// A cache gives what was put or what is saved, as it is, whatever has one hash; and never lets go of what is not saved.
func TestCacheIsTheDatabaseAndWhatIsUnsaved(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := newCache(8<<10, func(dst []byte, e *thing) []byte { return append(dst, e.name+"="+e.value...) },
			func(_ uint64, packed []byte) *thing {
				name, value, _ := strings.Cut(string(packed), "=")
				return &thing{name: name, value: value, length: 100}
			})
		database := map[string]string{}
		unsaved := map[string]*thing{}
		get := func(n int) *thing {
			name := fmt.Sprint(n)
			e, ok := c.get(uint64(n/2), func(e *thing) bool { return e.name == name })
			if !ok {
				e = &thing{name: name, value: database[name], length: 100}
				c.put(uint64(n/2), e)
			}
			want := database[name]
			if dirty := unsaved[name]; dirty != nil {
				want = dirty.value
				if e != dirty {
					t.Fatalf("%s is not saved, and is there twice", name)
				}
			}
			if e.name != name || e.value != want {
				t.Fatalf("%s is %s=%s, want %s", name, e.name, e.value, want)
			}
			return e
		}
		any := rapid.IntRange(0, 200)
		t.Repeat(map[string]func(*rapid.T){
			"read": func(t *rapid.T) {
				from := any.Draw(t, "from")
				for n := range 30 {
					get(from + n)
				}
			},
			"change": func(t *rapid.T) {
				e := get(any.Draw(t, "n"))
				e.value = rapid.StringMatching("[a-z]{1,8}").Draw(t, "value")
				e.length += rapid.IntRange(0, 200).Draw(t, "longer")
				e.unsaved, unsaved[e.name] = true, e
				before := c.size
				if by := c.grown(e); e.weight != e.length || c.size != before+by {
					t.Fatalf("%d bytes are counted as %d", e.length, e.weight)
				}
			},
			"commit": func(*rapid.T) { c.age() },
			"save": func(*rapid.T) {
				for name, e := range unsaved {
					database[name], e.unsaved = e.value, false
				}
				clear(unsaved)
				c.kept = 0
			},
		})
	})
}

// Orders and sellers are packed and unpacked as they are.
func TestOrdersAndSellersAreWhatWasPacked(t *testing.T) {
	db := open(t, Options{Directory: t.TempDir()})
	s := newStore(partition(t, db, 0))
	defer func() { _, _ = s.Partition.Close(), db.Close() }()
	seller, err := s.Seller("seller", 100)
	if err != nil {
		t.Fatal(err)
	}
	seller.Known, seller.ReportDue, seller.Reported = true, true, 1<<63
	seller.Rules[1] = RuleState{State: 2, Transitions: 300, Since: -5}
	counts := builtIn().Sums()
	counts[windows.Orders] = 200
	if err := seller.Windows.Change(99, &windows.Attributes{Channel: events.MFN, Lines: []string{"books"}}, counts); err != nil {
		t.Fatal(err)
	}
	s.Changed(seller)
	s.SetDate(99, seller)
	var orders []*Order
	for _, put := range []func(*Order){
		func(o *Order) { s.PutRow(seller, o, -3, []byte("row")) },
		func(o *Order) { s.PutRow(seller, o, 99, []byte("row")); s.Expire(seller, o) },
		func(o *Order) { s.SetParked(seller, o, 300, 1<<40) },
		func(o *Order) { s.SetParked(seller, o, 1, unknownBytes) },
	} {
		o, err := s.Order(seller, fmt.Sprint("order ", len(orders)))
		if err != nil {
			t.Fatal(err)
		}
		put(o)
		orders = append(orders, o)
	}
	if seller.saved() || orders[0].saved() {
		t.Fatal("what waits for a commit and a checkpoint is saved")
	}
	commit(t, s, Saved{Position: 1})
	for _, o := range orders {
		got := unpackOrder(0, packOrder(nil, o))
		got.weight, got.next = o.weight, o.next
		if !o.saved() || !reflect.DeepEqual(got, o) {
			t.Errorf("unpacked\n%+v, want\n%+v", got, o)
		}
	}
	if packed := packOrder(nil, &Order{ID: "unknown"}); packed != nil {
		t.Errorf("an order of which nothing is known is packed as %q", packed)
	}
	got := s.unpackSeller(seller.hash, seller.pack(nil))
	again := s.unpackSeller(seller.hash, got.pack(nil))
	if !reflect.DeepEqual(again, got) || got.ID != "seller" || !got.Known || !got.ReportDue || got.Reported != 1<<63 || got.noted != seller.noted ||
		got.hash != seller.hash || !reflect.DeepEqual(got.Rules, seller.Rules) || got.Windows.Sum(0) != 200 {
		t.Errorf("unpacked %+v, want %+v", got, seller)
	}
	for _, s := range []*Seller{{ID: "unknown"}, {Known: true, gone: []namedState{{}}}} {
		if packed := s.pack(nil); packed != nil {
			t.Errorf("%+v is packed as %q", s, packed)
		}
	}
}
