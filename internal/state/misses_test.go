package state

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"testing"

	"sellerpulse/internal/varint"
	"sellerpulse/pkg/windows"
)

// Whatever is set, replaced, forgotten and packed, a list of misses is what a map would be; and with too many it says so and knows nothing.
func TestMissesAreAMap(t *testing.T) {
	type miss struct {
		date  windows.Date
		rules uint64
	}
	r := rand.New(rand.NewPCG(1, 1))
	var m Misses
	m.Set(1, "before it is known", 1)
	m.Reset()
	want := map[string]miss{}
	check := func(when string) {
		t.Helper()
		got := map[string]miss{}
		m.Each(func(date windows.Date, id []byte, rules uint64) { got[string(id)] = miss{date, rules} })
		if !maps.Equal(got, want) || !m.Known() {
			t.Fatalf("%s: %v, want %v", when, got, want)
		}
	}
	for i := range 5_000 {
		id, date, rules := fmt.Sprint("order ", r.IntN(60)), windows.Date(r.IntN(100)-50), r.Uint64N(3)<<r.IntN(63)
		m.Set(date, id, rules)
		if delete(want, id); rules != 0 {
			want[id] = miss{date, rules}
		}
		if i%50 == 0 {
			before := windows.Date(r.IntN(100) - 50)
			m.Forget(before)
			maps.DeleteFunc(want, func(_ string, m miss) bool { return m.date < before })
		}
		if i%70 == 0 {
			packed := varint.NewReader(m.append(nil))
			m = Misses{}
			m.read(&packed)
		}
		check(fmt.Sprint("after change ", i))
	}
	for i := 0; m.Known(); i++ {
		m.Set(1, fmt.Sprint("one more ", i), 1)
		if i > missesMost {
			t.Fatal("the list has no bound")
		}
	}
	if !m.TooMany() || len(m.bytes) > 0 {
		t.Errorf("too many: %v, %d bytes", m.TooMany(), len(m.bytes))
	}
}
