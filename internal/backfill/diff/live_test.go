package diff_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"sellerpulse/internal/backfill/diff"
	"sellerpulse/internal/worker"
	"sellerpulse/pkg/events"
	"sellerpulse/test/brokertest"
)

// work runs a side until the test ends.
func (f *fixture) work(s side) {
	f.t.Helper()
	ctx, cancel := context.WithCancel(context.WithoutCancel(f.t.Context()))
	done, directory := make(chan struct{}), f.t.TempDir()
	go func() {
		defer close(done)
		f.runUntil(ctx, directory, s, func(o *worker.Options) {
			o.UntilEnd, o.HealthInterval, o.Hooks.OwnClock = false, 20*time.Millisecond, true
			o.Clock = func() time.Time { return time.Now().AddDate(-10, 0, 0) } // It moves no stream time.
		})
	}()
	f.t.Cleanup(func() {
		cancel()
		<-done
	})
}

// traffic is orders of ten sellers, of which some are cancelled, a second apart: what is applied after what does not depend on when it is fetched.
func traffic(t *testing.T, r *rand.Rand, from, n int) (all []events.Event) {
	for i := from; i < from+n; i++ {
		seller, order := fmt.Sprintf("S%d", i%10), fmt.Sprintf("O%d", i)
		e := placed(t, seller, order)
		e.OccurredAt += int64(2*i) * 1000
		all = append(all, e)
		if r.IntN(30) == 0 {
			e = event(t, 0, "orders", "CANCELLED", seller, order, `"cancelled_by":"SELLER","reason":"OUT_OF_STOCK"`)
			e.OccurredAt += int64(2*i+1) * 1000
			all = append(all, e)
		}
	}
	return all
}

// While events come, and two states of the same rules follow them, each as fast as it can, no seller is ever told to differ; once none come any more, none
// moves either.
func TestNothingDiffersWhileEventsCome(t *testing.T) {
	brokertest.Each(t, func(t *testing.T, broker *brokertest.Broker) {
		f := newFixture(t, broker)
		f.work(f.live)
		f.work(f.candidate)
		f.produce(f.live, traffic(t, rand.New(rand.NewPCG(1, 1)), 0, 10))
		for begun := false; !begun; {
			_, sum := f.compare(func(o *diff.Options) { o.Wait = 100 * time.Millisecond })
			begun = sum.Sellers == 10 && sum.LiveOnly+sum.CandidateOnly == 0
		}
		const comparisons, chunks, size = 8, 20, 50
		for i := range comparisons {
			produced := make(chan struct{})
			go func() {
				defer close(produced)
				r := rand.New(rand.NewPCG(3, uint64(i)))
				for chunk := range chunks {
					f.produce(f.live, traffic(t, r, 10+(i*chunks+chunk)*size, size))
				}
			}()
			got, sum := f.compare(func(o *diff.Options) { o.Wait = time.Second })
			<-produced
			if sum.Different != 0 || sum.Sellers != 10 {
				t.Fatalf("comparison %d: %+v\n%s", i, sum, text(got))
			}
		}
		got, sum := f.compare(func(o *diff.Options) { o.Wait = time.Minute })
		check(t, got)
		if sum.Alerts == 0 {
			t.Errorf("%+v; want alerts", sum)
		}
	})
}
