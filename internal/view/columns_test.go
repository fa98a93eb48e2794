package view

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"

	"sellerpulse/pkg/outputs"
	"sellerpulse/pkg/rules"
)

// manyReports gives a feed reports of so many sellers, with some that are the same in capitals, and more definitions of rules than have columns.
func (n *naive) manyReports(f *feed, random *rand.Rand, sellers int) {
	for i := range sellers {
		id := fmt.Sprintf("Säljare %05d", i/2)
		if i%2 > 0 {
			id = fmt.Sprintf("SELLER/%05d", i/2)
		}
		r := reportOf(random, id, noon+int64(i))
		for j := range r.Rules {
			r.Rules[j].Provisional = i%3 == 0 // of a rule as it was before
			if i%2 > 0 {
				r.Rules[j].Class = rules.Advisory
			}
		}
		f.report(r, int64(i))
		n.reports[id] = r
	}
}

// Filters that find few and that find many, in many chunks, find what a look at every report does, also after sellers have gone and others have their slots.
func TestFiltersOfManySellers(t *testing.T) {
	random := rand.New(rand.NewPCG(4, 4))
	f, published := newFeed(Options{}, 2, 1).settle(), &naive{reports: map[string]outputs.Report{}}
	few, many := 0, 0
	for round := range 3 {
		published.manyReports(f, random, 6*chunkSize*(3-round))
		for id := range published.reports {
			if random.IntN(3) == 0 {
				f.tombstone(id, 1)
				delete(published.reports, id)
			}
		}
		for _, q := range []Query{
			{},
			{Text: "SÄL"},
			{Text: "ä"},
			{Text: "r/001"},
			{Text: "0"},
			{Text: "nobody"},
			{Rule: "odr"},
			{States: []rules.State{rules.AtRisk}},
			{Rule: "odr", States: []rules.State{rules.OK, rules.AtRisk}},
			{Rule: "return-dissatisfaction", States: []rules.State{rules.Breached}, Text: "7"},
			{Status: []rules.Status{rules.StatusUnderReview}},
			{Status: []rules.Status{rules.StatusActive, rules.StatusAtRisk}, Text: "s"},
			{Rule: "none"},
		} {
			q.Sort, q.Limit = Sort(random.IntN(int(numSorts))), 100+random.IntN(MaxLimit-100)
			if n := published.compareSellers(t, f, q); n > fewSellers {
				many++
			} else if n > 0 {
				few++
			}
		}
	}
	if many < 5 || few < 5 || len(f.table.definitions.list) <= firstDefinitions {
		t.Errorf("%d queries found many, %d few, of %d definitions: the test tests little", many, few, len(f.table.definitions.list))
	}
}

// What is found in a copy is what was there when it was made, whatever comes meanwhile.
func TestCopiesOfColumnsDoNotChange(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 5))
	f, published := newFeed(Options{}, 2, 1).settle(), &naive{reports: map[string]outputs.Report{}}
	published.manyReports(f, random, 3*chunkSize)
	q := Query{Text: "säljare", States: []rules.State{rules.OK}, Sort: ByID}
	want := published.sellers(q)
	before := f.snapshot(&q)
	var reading sync.WaitGroup
	for range 2 {
		reading.Go(func() {
			for range 50 {
				if found, total := q.find(&before, nil, len(want)+1); total != len(want) || len(found) != total || found[total/2].id != want[total/2].ID {
					t.Errorf("%d sellers, total %d; want %d", len(found), total, len(want))
				}
			}
		})
	}
	for id := range published.reports {
		if random.IntN(2) == 0 {
			f.tombstone(id, 1)
		}
	}
	(&naive{reports: map[string]outputs.Report{}}).manyReports(f, random, 4*chunkSize)
	reading.Wait()
}
