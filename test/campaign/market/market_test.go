package market_test

import (
	"bytes"
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
	m.Deal(5, nil) // Those that were handed out before are of the number before.
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

// Of some sellers every event arrives in the stranger's topic, in another form; directly it says the same as if it had been carried over, or nothing.
func TestStrangers(t *testing.T) {
	const strangePartitions = 3
	m := market.New(market.Options{Seed: 7, Sellers: 40, Partitions: 4, Strangers: 30, StrangePartitions: strangePartitions})
	m.Arrive(4000)
	strangers, values, refused, partitions := map[string]bool{}, map[string]bool{}, 0, map[int]bool{}
	all := m.All()
	for i := range all {
		r := &all[i]
		strange, was := strangers[r.Event.SellerID]
		if strangers[r.Event.SellerID] = r.Strange != nil; was && strange != (r.Strange != nil) {
			t.Fatalf("seller %q arrives in both ways", r.Event.SellerID)
		}
		if r.Strange == nil {
			continue
		}
		partitions[r.Strange.Partition] = true
		if string(r.Strange.Key) == r.Event.SellerID || bytes.Contains(r.Strange.Value, []byte("seller_id")) || values[string(r.Value)] {
			t.Errorf("record %q under the key %q becomes %x, which is another's or in our form", r.Strange.Value, r.Strange.Key, r.Value)
		}
		values[string(r.Value)] = true
		unreadable := r.Strange.Refused != ""
		if unreadable {
			refused++
		}
		if r.Directly(); r.Strange != nil || r.Undecodable != unreadable || r.Bytes != len(r.Value) {
			t.Errorf("directly, of one that was refused: %v, it is %+v", unreadable, r)
		}
	}
	if len(values) < 500 || refused < 3 || len(partitions) != strangePartitions {
		t.Errorf("%d records of strangers, %d refused, in %d partitions", len(values), refused, len(partitions))
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
