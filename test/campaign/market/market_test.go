package market_test

import (
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"

	"sellerpulse/test/campaign/market"
)

// Over another number of partitions each seller has one place again; what was elsewhere still is, and nothing is lost, neither of what waits nor of
// what was handed out.
func TestDeal(t *testing.T) {
	m := market.New(market.Options{Seed: 7, Sellers: 40, Partitions: 4})
	m.Arrive(4000)
	out := m.One()
	misplaced := wrong(out, 4)
	again := m.Deal(7, out)
	waiting := m.All()
	if len(again) != len(out) || len(again)+len(waiting) != 4000 {
		t.Errorf("%d records of %d, and %d that waited, want 4000", len(again), len(out), len(waiting))
	}
	if misplaced == 0 || wrong(again, 7) != misplaced || wrong(waiting, 7) == 0 || wrong(out, 4) != misplaced {
		t.Errorf("%d records are elsewhere, %d were; %d of those that waited", wrong(again, 7), misplaced, wrong(waiting, 7))
	}
	for _, r := range append(again, waiting...) {
		if r.Partition < 0 || r.Partition >= 7 {
			t.Errorf("partition %d of 7", r.Partition)
		}
	}
}

// wrong is how many records are not where their seller is.
func wrong(records []market.Record, partitions int) (n int) {
	partitioner := kgo.StickyKeyPartitioner(nil).ForTopic("any")
	for _, r := range records {
		if partitioner.Partition(&kgo.Record{Key: []byte(r.Event.SellerID)}, partitions) != r.Partition {
			n++
		}
	}
	return n
}
