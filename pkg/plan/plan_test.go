package plan_test

import (
	"slices"
	"testing"

	"sellerpulse/internal/simulate"
	"sellerpulse/pkg/plan"
	"sellerpulse/pkg/rules"
	"sellerpulse/pkg/windows"
)

// Whatever an order is, the first measures are those by which it is shown, as long as nothing is excused.
func TestTheFirstMeasuresAreThoseOfOrders(t *testing.T) {
	p := plan.Of(rules.BuiltIn())
	tally := windows.NewTally(p.Program)
	orders := map[string]*windows.Order{}
	counted := windows.Counts{}
	for _, e := range simulate.RandomMarketplace(simulate.RandomOptions{Seed: 7, Events: 5000, Orders: 40}) {
		o := orders[e.SellerID+"\n"+e.OrderID]
		if o == nil {
			o = new(windows.Order)
			o.Reset()
			orders[e.SellerID+"\n"+e.OrderID] = o
		}
		o.Apply(&e, 0)
		o.Excuses = nil
		var a windows.Attributes
		a.Of(o)
		counts := o.Facts(e.OccurredAt)
		got := tally.Count(nil, o, &a, e.OccurredAt)
		if !slices.Equal(got[:windows.NumMeasures], counts[:]) || got[windows.NumMeasures] != counts[windows.NegativeFeedback] {
			t.Fatalf("order %q counts %v, want %v", e.OrderID, got, counts)
		}
		counted.Add(&counts)
	}
	for m, n := range counted {
		if n == 0 {
			t.Errorf("no order has %v", windows.Measure(m))
		}
	}
}

// Rules of the built-in set find their numbers among the measures of the built-in metrics, of the channel of their metric.
func TestBuiltInRates(t *testing.T) {
	p := plan.Of(rules.BuiltIn())
	if want := int(windows.NumMeasures) + 1; p.Program.Len() != want {
		t.Errorf("%d measures, want %d", p.Program.Len(), want)
	}
	for i := range p.Versions {
		v := &p.Versions[i]
		numerator, denominator := v.Metric.Measures()
		if want := (plan.Rate{Numerator: int(numerator), Denominator: int(denominator), Channel: v.Channel().Of()}); v.Rate != want {
			t.Errorf("%s has %+v, want %+v", v.Name, v.Rate, want)
		}
		if want := (plan.Components{int(windows.NumMeasures), int(windows.ClaimCounts), int(windows.ChargebackCounts)}); v.Metric == rules.OrderDefectRate && *v.Components != want {
			t.Errorf("%s has components %v, want %v", v.Name, *v.Components, want)
		}
	}
}
