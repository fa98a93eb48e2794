package state

import (
	"fmt"
	"slices"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"pgregory.net/rapid"

	"sellerpulse/pkg/events"
)

// Whatever is set and deleted, and whenever it is saved and read anew, what falls due is what a plain set says.
func TestTimersAreThoseSet(t *testing.T) {
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
		anew := func() *Store {
			s := NewStore(p, StoreOptions{})
			s.timers = newTimers(2, 5)
			return s
		}
		s := anew()
		model := map[ahead]bool{}
		draw := func() ahead {
			kind := TimerKind(rapid.IntRange(0, 1).Draw(t, "kind"))
			return ahead{
				events.Millis(rapid.IntRange(0, 30).Draw(t, "at")),
				Timer{kind, fmt.Sprint(rapid.IntRange(0, 2).Draw(t, "seller")), fmt.Sprint(rapid.IntRange(0, 2).Draw(t, "order"))},
			}
		}
		now := events.Millis(-1)
		t.Repeat(map[string]func(*rapid.T){
			"set": func(*rapid.T) {
				if a := draw(); a.at > now && (a.Kind == OrphanDue || !model[a]) {
					s.SetTimer(a.at, a.Timer)
					model[a] = true
				}
			},
			"delete": func(*rapid.T) {
				a := draw()
				s.DeleteTimer(a.at, a.Timer)
				delete(model, a)
			},
			"save": func(*rapid.T) { commitTimers(t, s) },
			"read anew": func(*rapid.T) {
				commitTimers(t, s)
				s = anew()
			},
			"fall due": func(*rapid.T) {
				upTo := now + events.Millis(rapid.IntRange(0, 3).Draw(t, "more"))
				var want, got []ahead
				for a := range model {
					if a.at <= upTo {
						want = append(want, a)
						delete(model, a)
					}
				}
				slices.SortFunc(want, ahead.compare)
				for {
					at, ok, err := s.NextTimer(upTo)
					if err != nil {
						t.Fatal(err)
					}
					if !ok {
						break
					}
					timer, due, err := s.NextDue(at)
					if !due || err != nil {
						t.Fatalf("nothing is due at %d: %v", at, err)
					}
					s.DeleteTimer(at, timer)
					got = append(got, ahead{at, timer})
				}
				if now = upTo; !slices.Equal(got, want) {
					t.Fatalf("up to %d fell due %v, want %v", upTo, got, want)
				}
			},
		})
	})
}

func commitTimers(t *rapid.T, s *Store) {
	s.Take(Clock{})
	s.Committed()
	if err := s.Checkpoint(Saved{Position: 1}); err != nil {
		t.Fatal(err)
	}
}

// However many timers there are of one instant, and though nothing was there before, few are in memory at a time.
func TestTimersOfOneInstantAreReadByPages(t *testing.T) {
	n, unsaved := 1_000_000, 4<<20
	if testing.Short() {
		n, unsaved = 100_000, 1<<20
	}
	db := open(t, Options{FileSystem: vfs.NewMem()})
	defer db.Close()
	p := partition(t, db, 0)
	defer p.Close()
	s := newStore(p)
	s.timers = newTimers(256, 1024)
	near, changed := 0, 0
	after := func() {
		near, changed = max(near, len(s.timers.near)), max(changed, len(s.timers.far)+len(s.timers.changes))
		if s.Full(unsaved) {
			commit(t, s, Saved{Position: 1})
		}
	}
	const at = 1000
	if _, ok, err := s.NextTimer(at); ok || err != nil {
		t.Fatal("something is due of nothing", err)
	}
	timer := func(i int) Timer {
		return Timer{Seller: fmt.Sprint(i % 10), Order: fmt.Sprintf("%07d", i*7919%n)}
	}
	for i := range n {
		s.SetTimer(at, timer(i))
		after()
	}
	last := Timer{}
	for i := range n {
		due, ok, err := s.NextDue(at)
		if !ok || err != nil || ahead.compare(ahead{at, last}, ahead{at, due}) >= 0 {
			t.Fatalf("after %d of %d, %+v, comes %+v, %v, %v", i, n, last, due, ok, err)
		}
		s.DeleteTimer(at, due)
		last = due
		after()
	}
	if due, ok, err := s.NextDue(at); ok || err != nil {
		t.Errorf("more than was set: %+v, %v", due, err)
	}
	if most := unsaved / 100; near > 1024 || changed > 2*most {
		t.Errorf("%d timers were in memory, and %d that were not saved, want at most 1024 and %d", near, changed, 2*most)
	}
}

// However many of the timers of an instant are saved, and whether they are set before or after it is known that nothing is due, all fall due in
// their order.
func TestTimersThatAreNotSavedFallDueInTheirOrder(t *testing.T) {
	const n, at = 100, 1000
	for _, saved := range []int{0, 3, 50, n} {
		for _, early := range []bool{false, true} {
			db := open(t, Options{FileSystem: vfs.NewMem()})
			p := partition(t, db, 0)
			s := newStore(p)
			s.timers = newTimers(4, 16)
			if early {
				if _, ok, err := s.NextTimer(at); ok || err != nil {
					t.Fatal("something is due of nothing", err)
				}
			}
			for i := range n {
				if i == saved {
					commit(t, s, Saved{Position: 1})
				}
				s.SetTimer(at, Timer{Seller: "S", Order: fmt.Sprintf("%02d", i*37%n)})
			}
			for i := range n {
				due, ok, err := s.NextDue(at)
				if want := fmt.Sprintf("%02d", i); !ok || err != nil || due.Order != want {
					t.Fatalf("%d saved, early %v: %+v, %v, %v falls due, want %s", saved, early, due, ok, err, want)
				}
				s.DeleteTimer(at, due)
			}
			if due, ok, err := s.NextDue(at); ok || err != nil {
				t.Errorf("more than was set: %+v, %v", due, err)
			}
			if err := p.Close(); err != nil {
				t.Error(err)
			}
			if err := db.Close(); err != nil {
				t.Error(err)
			}
		}
	}
}
