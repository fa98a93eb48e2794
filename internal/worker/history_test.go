package worker

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"sellerpulse/internal/state"
	"sellerpulse/pkg/events"
	"sellerpulse/pkg/rules"
	"sellerpulse/test/brokertest"
	"sellerpulse/test/enginetest"
	"sellerpulse/test/oracle"
)

// Orders are kept for so many days, and what they counted for more.
const (
	keptDays    = 20
	countedDays = 150
)

// backwardPack looks back over more days than orders are kept for.
const backwardPack = `pack: backward
figures: 2026-11-25
sources: [https://shop.example/policy]
metrics: [{name: loss_rate, bad: [claim, seller_cancelled, refunded]}]
rules:
  - {name: losses, metric: loss_rate, by: ship_country, window: 120d, target: "<= 0.3", class: contractual}
  - {name: whole, metric: order_defect_rate, window: 150d, lag: 0d, target: "<= 0.2", class: contractual}
  - {name: soon, metric: late_shipment_rate, window: 10d, target: "< 0.2", class: advisory}
`

// Counts that have outlived their orders are in the changelog and nowhere else: whoever has nothing and restores them, and a standby that has followed while
// they were frozen, say what one says who has never been interrupted.
func TestFrozenCountsAreHandedOver(t *testing.T) {
	const partitions = 2
	var market []events.Event
	for _, e := range enginetest.RandomSales(rand.New(rand.NewPCG(6, 6)), 1500) {
		market = append(market, e)
	}
	slices.SortStableFunc(market, func(a, b events.Event) int { return cmp.Compare(a.OccurredAt, b.OccurredAt) })
	half, end := len(market)/2, market[len(market)-1].OccurredAt+(30*24*time.Hour).Milliseconds()
	set, err := rules.Parse([]byte(backwardPack), countedDays)
	if err != nil {
		t.Fatal(err)
	}
	want := referenceOf(t, market, partitions, end, oracle.Options{RetentionDays: keptDays, HistoryDays: countedDays, Rules: packOf(t, backwardPack)})
	lasting := func(o *Options) { o.Rules, o.RetentionDays, o.HistoryDays = set, keptDays, countedDays }
	for name, handOver := range map[string]func(*testing.T, *brokertest.Broker, *fixture) (directory string){
		"to one who has nothing": func(t *testing.T, _ *brokertest.Broker, s *fixture) string {
			if err := s.run(t.Context(), t.TempDir(), lasting); err != nil {
				t.Fatal(err)
			}
			return t.TempDir()
		},
		"to a standby": func(t *testing.T, broker *brokertest.Broker, s *fixture) string {
			living := func(o *Options) {
				lasting(o)
				o.Clock, o.Standbys = longAgo, 1
			}
			first := s.workWith(broker, living)
			enginetest.Eventually(t, "all partitions with the first", func() bool { return len(first.runs()) == partitions })
			second := s.workWith(broker, living)
			s.awaitRead()
			enginetest.Eventually(t, "a partition and a standby each", func() bool { return len(first.follows()) == 1 && len(second.follows()) == 1 })
			first.crash()
			s.evict(broker.Addresses)
			enginetest.Eventually(t, "all partitions with the second", func() bool { return len(second.runs()) == partitions })
			second.stop()
			return second.directory
		},
	} {
		t.Run(name, func(t *testing.T) {
			brokertest.Each(t, func(t *testing.T, broker *brokertest.Broker) {
				s := newFixture(t, broker, partitions)
				s.produce(market[:half])
				directory := handOver(t, broker, s)
				if frozen := s.frozen(); frozen == 0 {
					t.Error("nothing was frozen before the hand-over")
				}
				s.produce(market[half:])
				if err := s.run(t.Context(), directory, func(o *Options) {
					lasting(o)
					o.AsOf = end
				}); err != nil {
					t.Fatal(err)
				}
				if kinds := s.compareWithReference(want); !kinds["backward/losses"] || !kinds["backward/whole"] {
					t.Errorf("alerts of %v: nothing that looks back may go without", kinds)
				}
			})
		})
	}
}

// frozen is how many counts that have outlived their orders the changelog has.
func (s *fixture) frozen() (n int) {
	s.t.Helper()
	for _, r := range s.records(s.topics.Changelog, s.partitions) {
		if state.Kind(r.Key[0]) == state.FrozenKey {
			n++
		}
	}
	return n
}
