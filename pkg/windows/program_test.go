package windows

import (
	"slices"
	"testing"

	"sellerpulse/pkg/events"
)

// An excused miss leaves the numerator of what is bad, and the total of what is good; what is no miss stays.
func TestExcusedMisses(t *testing.T) {
	p := new(Program)
	late := Definition{Unit: ShipmentUnit, All: FactsOf(ShipmentConfirmed), Any: FactsOf(ShipmentValidTracking, ShipmentDelivered), Unless: FactsOf(ShipmentOnTime)}
	bad, good, total := late, late, late
	bad.Excused = "m"
	total.Excused, total.Base = "m", true
	of := func(d Definition) *compiled {
		c := p.compile(d)
		return &c
	}
	for _, c := range []struct {
		facts            FactSet
		bad, good, total [2]bool // not excused, and excused
	}{
		{0, [2]bool{}, [2]bool{}, [2]bool{}},
		{FactsOf(ShipmentDelivered), [2]bool{}, [2]bool{}, [2]bool{}},
		{FactsOf(ShipmentConfirmed), [2]bool{}, [2]bool{}, [2]bool{true, false}},
		{FactsOf(ShipmentConfirmed, ShipmentDelivered), [2]bool{true, false}, [2]bool{true, true}, [2]bool{true, true}},
		{FactsOf(ShipmentConfirmed, ShipmentValidTracking, ShipmentOnTime), [2]bool{}, [2]bool{}, [2]bool{true, false}},
	} {
		for i, excused := range [...]bool{false, true} {
			got := [...]bool{of(bad).counts(c.facts, excused), of(good).counts(c.facts, false), of(total).counts(c.facts, excused)}
			if want := [...]bool{c.bad[i], c.good[i], c.total[i]}; got != want {
				t.Errorf("%v, excused %v: bad, good and total count %v, want %v", c.facts, excused, got, want)
			}
		}
	}
}

func TestFilter(t *testing.T) {
	for _, c := range []struct {
		name   string
		filter Filter
		of     Attributes
		want   bool
	}{
		{"all", Filter{}, Attributes{}, true},
		{"none", Filter{None: true}, Attributes{}, false},
		{"a marketplace", Filter{Marketplaces: []string{"DE", "SE"}}, Attributes{Marketplace: "SE"}, true},
		{"another marketplace", Filter{Marketplaces: []string{"DE", "SE"}}, Attributes{Marketplace: "S"}, false},
		{"no marketplace", Filter{Marketplaces: []string{"DE"}}, Attributes{}, false},
		{"no marketplace, which is asked for", Filter{Marketplaces: []string{"", "DE"}}, Attributes{}, true},
		{"a country, another marketplace", Filter{Marketplaces: []string{"DE"}, Countries: []string{"FR"}}, Attributes{Country: "FR"}, false},
		{"both", Filter{Marketplaces: []string{"DE"}, Countries: []string{"FR"}}, Attributes{Marketplace: "DE", Country: "FR"}, true},
		{"any of its lines", Filter{Lines: []string{"toys"}}, Attributes{Lines: []string{"books", "toys"}}, true},
		{"none of its lines", Filter{Lines: []string{"toys"}}, Attributes{Lines: []string{"", "books"}}, false},
		{"an item without a line", Filter{Lines: []string{""}}, Attributes{Lines: []string{"", "books"}}, true},
		{"no items", Filter{Lines: []string{""}}, Attributes{}, true},
		{"no items, another line", Filter{Lines: []string{"toys"}}, Attributes{}, false},
	} {
		if got := c.filter.Passes(&c.of); got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

// Definitions that count the same are one measure, in all the cells that are asked for; others are others.
func TestProgramKeepsEachMeasureOnce(t *testing.T) {
	p := new(Program)
	base := Definition{Unit: OrderUnit, All: FactsOf(OrderCounted), Any: FactsOf(OrderClaim)}
	others := []Definition{
		base,
		{Unit: OrderUnit, All: base.All},
		{Unit: OrderUnit, All: base.All, Unless: base.Any},
		{Unit: OrderUnit, All: base.All, Any: base.Any, Excused: "claim_rate"},
		{Unit: OrderUnit, All: base.All, Any: base.Any, Excused: "claim_rate", Base: true},
		{Unit: OrderUnit, All: base.All, Any: base.Any, Filter: Filter{Marketplaces: []string{}}},
		{Unit: OrderUnit, All: base.All, Any: base.Any, Filter: Filter{Marketplaces: []string{""}}},
		{Unit: OrderUnit, All: base.All, Any: base.Any, Filter: Filter{Countries: []string{""}}},
		{Unit: OrderUnit, All: base.All, Any: base.Any, Filter: Filter{Lines: []string{"a b"}}},
		{Unit: OrderUnit, All: base.All, Any: base.Any, Filter: Filter{Lines: []string{"a", "b"}}},
		{Unit: OrderUnit, All: base.All, Any: base.Any, Filter: Filter{Reasons: ReasonsOf(events.NotReceived)}},
		{Unit: OrderUnit, All: base.All, Any: base.Any, Filter: Filter{None: true}},
	}
	for i, d := range others {
		if got := p.Add(d, TotalCells); got != i {
			t.Errorf("%v is measure %d, want %d", &d, got, i)
		}
	}
	before := p.Digest()
	for i, d := range others {
		if got := p.Add(d, MarketplaceCells); got != i || p.Len() != len(others) || !p.keeps(totalKind, i) || !p.keeps(marketplaceKind, i) || p.keeps(countryKind, i) {
			t.Errorf("%v again is measure %d of %d, want %d, in totals and of marketplaces", &d, got, p.Len(), i)
		}
		if found, ok := p.Find(p.Name(i)); !ok || found != i {
			t.Errorf("%q is found as %d, %v", p.Name(i), found, ok)
		}
	}
	if p.Digest() == before {
		t.Error("a program that keeps measures in more cells has the same digest")
	}
}

// An order is counted unit by unit, and judged by the claims and returns of the reasons that are asked for.
func TestTally(t *testing.T) {
	o := made(func(o *Order) {
		o.Marketplace = "DE"
		o.Claims = []ClaimCase{{ID: "c", Kind: events.ClaimOpened, Reason: events.Damaged}}
		one, two := request(1), request(1)
		one.Reason, two.Reason = events.Damaged, events.WrongItem
		o.Returns = []Return{one, two}
		o.Shipments = []Shipment{parcel(1), parcel(2)}
		o.Excuses = []Excuse{{Metric: "claim_rate", At: start, Excused: true}}
	})
	claims := Definition{Unit: OrderUnit, All: FactsOf(OrderCounted), Any: FactsOf(OrderClaim)}
	returns := Definition{Unit: ReturnUnit, All: FactsOf(ReturnRequested)}
	of := func(d Definition, change func(*Definition)) Definition {
		change(&d)
		return d
	}
	for _, c := range []struct {
		name string
		Definition
		want int32
	}{
		{"claims", claims, 1},
		{"claims, excused", of(claims, func(d *Definition) { d.Excused = "claim_rate" }), 0},
		{"claims, excused for another", of(claims, func(d *Definition) { d.Excused = "defect_rate" }), 1},
		{"claims of damage", of(claims, func(d *Definition) { d.Filter.Reasons = ReasonsOf(events.Damaged) }), 1},
		{"claims of others", of(claims, func(d *Definition) { d.Filter.Reasons = ReasonsOf(events.WrongItem) }), 0},
		{"claims elsewhere", of(claims, func(d *Definition) { d.Filter.Marketplaces = []string{"SE"} }), 0},
		{"returns", returns, 2},
		{"returns of damage", of(returns, func(d *Definition) { d.Filter.Reasons = ReasonsOf(events.Damaged) }), 1},
		{"shipments", Definition{Unit: ShipmentUnit, All: FactsOf(ShipmentConfirmed)}, 2},
	} {
		p := new(Program)
		p.Add(c.Definition, TotalCells)
		var a Attributes
		a.Of(o)
		if got := NewTally(p).Count(nil, o, &a, start+100*hours); !slices.Equal(got, Sums{c.want}) {
			t.Errorf("%s: counts %v, want %d", c.name, got, c.want)
		}
	}
}
