package state

import (
	"fmt"
	"slices"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"sellerpulse/pkg/events"
	"sellerpulse/pkg/rules"
	"sellerpulse/pkg/windows"
)

// byMarketplace counts orders by marketplace, for a rule that has parts by it.
func byMarketplace(p *Partition) *Store {
	program := new(windows.Program)
	orders := program.Add(windows.Definition{Unit: windows.OrderUnit, All: windows.FactsOf(windows.OrderCounted)}, windows.TotalCells|windows.MarketplaceCells)
	term := windows.Term{Window: windows.Window{Count: 7}, Measure: orders, Field: windows.MarketplaceField}
	return NewStore(p, StoreOptions{
		Layout: windows.NewLayout(program, []windows.Term{term}), Rules: []string{"odr", "pack/claims"}, Fields: []windows.Field{windows.NoField, windows.MarketplaceField},
	})
}

// Parts are in the changelog and in the database as they are in memory, packed or not, and those with places are summed.
func TestParts(t *testing.T) {
	db := open(t, Options{FileSystem: vfs.NewMem()})
	defer db.Close()
	p := partition(t, db, 0)
	s := byMarketplace(p)
	seller, err := s.Seller("S", 100)
	if err != nil {
		t.Fatal(err)
	}
	seller.Known = true
	s.Changed(seller)
	counts := windows.Sums{1}
	for _, m := range []string{"DE", "", "a:b\x00"} {
		if err := seller.Windows.Change(99, &windows.Attributes{Channel: events.MFN, Marketplace: m}, counts); err != nil {
			t.Fatal(err)
		}
		s.TakePlace(seller, 1, windows.MarketplaceField, m)
	}
	seller.Parts[1][0].RuleState = RuleState{State: rules.Breached, Level: "red", Transitions: 3, Since: 5}
	seller.Parts[1][1].RuleState = RuleState{State: rules.Breached, Level: "red", Since: 5, Untold: true, Told: rules.Standing{State: rules.OK, Level: "green"}}
	seller.Parts[1][2].RuleState = RuleState{State: rules.OK, Since: 5, Untold: true}
	s.ChangedPart(seller, 1, 0)
	want := partsText(seller)
	logged := 0
	for _, r := range s.Take(Clock{StreamTime: 1}) {
		if r.Key[0] == tagPart {
			logged++
		}
	}
	if s.Committed(); logged != 3 {
		t.Errorf("%d parts are logged, want 3", logged)
	}
	if err := s.Checkpoint(Saved{Position: 1}); err != nil {
		t.Fatal(err)
	}
	packed := s.packSeller(nil, seller)
	unpacked := s.unpackSeller(seller.hash, packed)
	again := reread(t, p)
	for name, got := range map[string]*Seller{"packed": unpacked, "read": again} {
		if text := partsText(got); text != want {
			t.Errorf("%s: %s, want %s", name, text, want)
		}
		if n := got.Windows.SumOf(got.Windows.Part(windows.Part{Field: windows.MarketplaceField, Value: "DE"}), 0); n != 1 {
			t.Errorf("%s: %d orders of DE, want 1", name, n)
		}
	}
}

func reread(t *testing.T, p *Partition) *Seller {
	t.Helper()
	s := byMarketplace(p)
	if err := s.Open(); err != nil {
		t.Fatal(err)
	}
	seller, err := s.Seller("S", 100)
	if err != nil {
		t.Fatal(err)
	}
	return seller
}

func partsText(s *Seller) string {
	var texts []string
	for rule, parts := range s.Parts {
		for i := range parts {
			texts = append(texts, fmt.Sprintf("%d %q %v %+v", rule, parts[i].Value, parts[i].Place, parts[i].RuleState))
		}
	}
	slices.Sort(texts)
	return fmt.Sprint(texts)
}

// Every known seller is found once, in order, whether it is saved or not.
func TestKnownSellers(t *testing.T) {
	db := open(t, Options{FileSystem: vfs.NewMem()})
	defer db.Close()
	s := newStore(partition(t, db, 0))
	know := func(id string) {
		seller, err := s.Seller(id, 100)
		if err != nil {
			t.Fatal(err)
		}
		seller.Known = true
		s.Changed(seller)
	}
	for _, id := range []string{"b", "d", "f", "h"} {
		know(id)
	}
	s.Take(Clock{})
	s.Committed()
	if err := s.Checkpoint(Saved{Position: 1}); err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{"a", "d", "e", "i"} {
		know(id)
	}
	if _, err := s.Seller("c", 100); err != nil { // Which is not known.
		t.Fatal(err)
	}
	for page := 1; page <= 5; page++ {
		var got []string
		known := s.KnownSellers(page)
		for from := ""; ; from += "\x00" {
			id, ok, err := known.From(from)
			if err != nil {
				t.Fatal(err)
			}
			if !ok {
				break
			}
			got, from = append(got, id), id
		}
		if want := []string{"a", "b", "d", "e", "f", "h", "i"}; !slices.Equal(got, want) {
			t.Errorf("by pages of %d: %q, want %q", page, got, want)
		}
	}
}
