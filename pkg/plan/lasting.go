package plan

import (
	"fmt"

	"sellerpulse/pkg/rules"
	"sellerpulse/pkg/windows"
)

// Lasting makes the plan of a rule set where counts outlive orders. What is frozen of a date is frozen for each rate, a metric of some orders by some
// field: so both its measures are its own, and a date has both or neither. Those of the built-in metrics over all orders are always there.
func Lasting(set *rules.Set) *Plan { return of(set, true) }

// For makes the plan of a rule set where orders are kept for some days, and counts for others.
func For(set *rules.Set, retentionDays, historyDays int32) *Plan {
	return of(set, historyDays > retentionDays)
}

// rateOf names what a metric divides of the orders that pass a filter of a rule, by a field; empty where that is always counted.
func (p *Plan) rateOf(m *rules.Metric, where *rules.Where, f windows.Filter, field windows.Field) string {
	if !p.lasting || m.Pack == "" && where.IsZero() && field == windows.NoField {
		return ""
	}
	numerator, denominator := definitions(m, f)
	return fmt.Sprintf("%s of %v, %s over %s, channel in %q, by %q", m.Name, m.Channel, numerator.String(), denominator.String(), where.Channels, field)
}
