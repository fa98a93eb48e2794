package state

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"sellerpulse/pkg/events"
)

// What timers cost an event: each sets one some days ahead and looks whether anything is due; most are taken back before they fire, and a
// checkpoint, which is not counted, is written now and then.
func BenchmarkTimers(b *testing.B) {
	db := open(b, Options{FileSystem: vfs.NewMem()})
	defer db.Close()
	p := partition(b, db, 0)
	defer p.Close()
	s := newStore(p)
	random := rand.New(rand.NewPCG(1, 2))
	sellers := make([]string, 10_000)
	for i := range sellers {
		sellers[i] = fmt.Sprintf("seller-%06d", i)
	}
	orders := make([]string, 1<<16)
	for i := range orders {
		orders[i] = fmt.Sprintf("order-%09d", i)
	}
	const step, days = 17, 4 * 24 * 60 * 60 * 1000 / 10
	type pending struct {
		at    events.Millis
		timer Timer
	}
	recent := make([]pending, 0, 4096)
	b.ReportAllocs()
	b.ResetTimer()
	for i := range b.N {
		now := events.Millis(i) * step
		for {
			at, ok, err := s.NextTimer(now)
			if err != nil {
				b.Fatal(err)
			}
			if !ok {
				break
			}
			t, _, err := s.NextDue(at)
			if err != nil {
				b.Fatal(err)
			}
			s.DeleteTimer(at, t)
		}
		t := pending{now + days/2 + random.Int64N(days), Timer{Seller: sellers[random.IntN(len(sellers))], Order: orders[i&(1<<16-1)]}}
		s.SetTimer(t.at, t.timer)
		if len(recent) < cap(recent) {
			recent = append(recent, t)
		} else if j := random.IntN(len(recent)); i%3 > 0 {
			s.DeleteTimer(recent[j].at, recent[j].timer)
			recent[j] = t
		}
		if i%200_000 == 199_999 {
			b.StopTimer() // Which writes them, at a pace that is not theirs.
			commit(b, s, Saved{Position: int64(i)})
			b.StartTimer()
		}
	}
}
