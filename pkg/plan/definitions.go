package plan

import (
	"sellerpulse/pkg/rules"
	"sellerpulse/pkg/windows"
)

const counted windows.FactSet = 1 << windows.OrderCounted

// byReason are the facts of an order that depend on which claims and returns there are.
const byReason windows.FactSet = 1<<windows.OrderClaim | 1<<windows.OrderClaimCounts | 1<<windows.OrderClaimLost | 1<<windows.OrderDefective | 1<<windows.OrderHasReturn

// definitions are what a metric divides, of the orders that pass a filter. A bad unit of an order that is excused is bad no longer; one that is not good is
// not in the total any more.
func definitions(m *rules.Metric, f windows.Filter) (numerator, denominator windows.Definition) {
	numerator = windows.Definition{Unit: m.Unit, All: m.Total, Any: m.Facts, Unless: m.Unless, Filter: f}
	if m.Good {
		denominator = numerator
		denominator.Excused, denominator.Base = m.Name, true
	} else {
		numerator.Excused = m.Name
		denominator = windows.Definition{Unit: m.Unit, All: m.Total, Filter: f}
	}
	return plain(numerator), plain(denominator)
}

// plain is a definition without reasons where these choose among nothing that it asks for: so that it is the one without them.
func plain(d windows.Definition) windows.Definition {
	if d.Unit != windows.ReturnUnit && !(d.All | d.Any | d.Unless).HasAny(byReason) {
		d.Filter = d.Filter.Orders()
	}
	return d
}

// components are the kinds of defects that make an order defective. They are excused as that is.
func components(f windows.Filter) (all [3]windows.Definition) {
	for i, fact := range [...]windows.Fact{windows.OrderNegativeFeedback, windows.OrderClaimCounts, windows.OrderChargebackCounts} {
		all[i] = plain(windows.Definition{Unit: windows.OrderUnit, All: counted, Any: windows.FactsOf(fact), Excused: rules.OrderDefectRate.Name, Filter: f})
	}
	return all
}

// standard is the measures of the built-in metrics, and behind them the component that is no numerator of another.
func standard() []windows.Definition {
	all := make([]windows.Definition, windows.NumMeasures, windows.NumMeasures+1)
	for _, m := range rules.Metrics() {
		numerator, denominator := m.Measures()
		all[numerator], all[denominator] = definitions(m, windows.Filter{})
	}
	c := components(windows.Filter{})
	all[windows.ClaimCounts], all[windows.ChargebackCounts] = c[1], c[2]
	return append(all, c[0])
}
