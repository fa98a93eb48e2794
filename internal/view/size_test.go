package view

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"testing"
	"time"

	"sellerpulse/pkg/outputs"
	"sellerpulse/pkg/rules"
)

const manySellers = 100_000

// fill gives a view the reports of many sellers, a third of which recovered, and more alerts than are kept.
func fill(f *feed) {
	random := rand.New(rand.NewPCG(1, 1))
	for i := range manySellers {
		id := fmt.Sprintf("A%013dSELLER", random.Int64N(1e13))
		r := reportOf(random, id, noon+random.Int64N(day/2))
		f.report(r, int64(i))
		if i%3 == 0 {
			a := alertOf(id, "cancellation", 1, r.AsOf, rules.Breached, rules.OK)
			for len(a.OrderIDs) < outputs.MaxOrderIDs {
				a.OrderIDs = append(a.OrderIDs, fmt.Sprintf("404-%07d-%07d", random.IntN(1e7), random.IntN(1e7)))
			}
			f.alert(a, int64(i))
		}
	}
	f.settle()
}

// heap is the bytes that are in use.
func heap() uint64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.GC() // The first may leave what pools hold.
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// A view of 100,000 sellers, with as many recent alerts as there may be, is small, also after all of them have changed.
func TestMemoryOfManySellers(t *testing.T) {
	const most = 64 << 20
	before := heap()
	f := newFeed(Options{}, 4, 4)
	fill(f)
	filled := heap() - before
	f.refreshAll(1)
	changed := heap() - before
	t.Logf("%d sellers: %.1f MiB, after all have changed %.1f MiB; %d alerts of %.1f MiB", f.Overview(0).Sellers, mib(filled), mib(changed), f.recent.byPlace.Len(), mib(uint64(f.recent.bytes)))
	if filled > most || changed > most {
		t.Errorf("more than %d MiB", most>>20)
	}
	if told := uint64(f.Bytes()); told < changed || told > 2*changed {
		t.Errorf("it tells %.1f MiB", mib(told))
	}
	if n := f.recent.byPlace.Len(); n < 10_000/2 || f.recent.bytes > 8<<20 {
		t.Errorf("%d alerts of %d bytes are not what there is room for", n, f.recent.bytes)
	}
	runtime.KeepAlive(f)
}

func mib(bytes uint64) float64 { return float64(bytes) / (1 << 20) }

// refreshAll gives every nth seller another report.
func (f *feed) refreshAll(nth int) {
	random := rand.New(rand.NewPCG(2, 2))
	for i, s := range f.table.orders[ByID].Items() {
		if i%nth == 0 {
			f.report(reportOf(random, s.id, s.asOf+1000), int64(i))
		}
	}
}

// BenchmarkSellers makes pages of 50 of 100,000 sellers, with nothing else to do and while reports come in.
func BenchmarkSellers(b *testing.B) {
	f := newFeed(Options{}, 4, 4)
	fill(f)
	middle, err := f.Sellers(Query{Limit: MaxLimit})
	if err != nil {
		b.Fatal(err)
	}
	for _, updates := range []bool{false, true} {
		for name, q := range map[string]Query{
			"first":          {},
			"further":        {After: middle.Next},
			"recovered":      {Sort: ByRecovery},
			"of a status":    {Status: []rules.Status{rules.StatusAtRisk}},
			"of a state":     {Rule: "late-shipment-30d", States: []rules.State{rules.AtRisk}},
			"of a text":      {Text: "77s", Sort: ByID},
			"of all filters": {Text: "7", Status: []rules.Status{rules.StatusAtRisk, rules.StatusUnderReview}, Rule: "odr", States: []rules.State{rules.OK, rules.AtRisk}},
			"overview":       {Limit: -1},
		} {
			b.Run(fmt.Sprintf("%s/updates=%v", name, updates), func(b *testing.B) { f.benchmark(b, q, updates) })
		}
	}
}

func (f *feed) benchmark(b *testing.B, q Query, updates bool) {
	stop, stopped := make(chan struct{}), make(chan int)
	go func() {
		reports := 0
		for random, all := rand.New(rand.NewPCG(3, 3)), f.table.orders[ByID].Items(); updates; {
			select {
			case <-stop:
				stopped <- reports
				return
			default:
				s := all[random.IntN(len(all))]
				f.report(reportOf(random, s.id, s.asOf+1000), 1)
				reports++
			}
		}
		<-stop
		stopped <- reports
	}()
	var slowest time.Duration
	for b.Loop() {
		begun := time.Now()
		if q.Limit < 0 {
			f.Overview(20)
		} else if page, err := f.Sellers(q); err != nil || len(page.Sellers) != DefaultLimit {
			b.Fatalf("%d sellers, error %v", len(page.Sellers), err)
		}
		slowest = max(slowest, time.Since(begun))
	}
	close(stop)
	b.ReportMetric(float64(slowest.Microseconds())/1000, "slowest-ms")
	b.ReportMetric(float64(<-stopped)/b.Elapsed().Seconds(), "reports/s")
}
