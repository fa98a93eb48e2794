package view

import (
	"testing"

	"sellerpulse/pkg/outputs"
	"sellerpulse/pkg/rules"
)

// A mark changes with what it is of and with nothing else, and is the same in every process that has read as much.
func TestMarks(t *testing.T) {
	here, there := newFeed(Options{}, 2, 2).settle(), newFeed(Options{}, 2, 2).settle()
	type marks struct{ all, a, b Mark }
	of := func(f *feed) marks { return marks{f.Mark(), f.MarkOf("A"), f.MarkOf("B")} }
	report := func(id string, at int64) outputs.Report { return outputs.Report{SellerID: id, AsOf: at, Rules: nil} }
	for _, c := range []struct {
		name   string
		read   func(*feed)
		aMoves bool
		bMoves bool
	}{
		{"a report of A", func(f *feed) { f.report(report("A", noon), 1) }, true, false},
		{"the same again", func(f *feed) { f.report(report("A", noon), 2) }, true, false},
		{"a report of B", func(f *feed) { f.report(report("B", noon), 3) }, false, true},
		{"an alert of A", func(f *feed) { f.alert(odr("A", 1), 4) }, true, false},
		{"an alert of B, before its next report", func(f *feed) { f.alert(odr("B", 1), 5) }, false, true},
		{"another alert of A", func(f *feed) { f.alert(alertOf("A", "cancellation", 1, noon, rules.OK, rules.AtRisk), 6) }, true, false},
		{"A is gone", func(f *feed) { f.tombstone("A", 7) }, true, false},
		{"an alert of somebody else", func(f *feed) { f.alert(odr("C", 1), 8) }, false, false},
	} {
		before := of(here)
		c.read(here)
		after := of(here)
		if after.all == before.all || (after.a != before.a) != c.aMoves || (after.b != before.b) != c.bMoves {
			t.Errorf("%s: %v becomes %v", c.name, before, after)
		}
		if c.read(there); of(there) != after {
			t.Errorf("%s: another process has %v, want %v", c.name, of(there), after)
		}
	}
	if first := newFeed(Options{}, 2, 2); first.Mark() == first.settle().Mark() {
		t.Error("a view has the same mark before it is whole")
	}
}
