// Package rules holds what a policy says: metrics over windows of order dates, rules that set a target for a metric, the state of a
// seller under a rule, and the transitions between states.
//
// It has no clock, no I/O and no goroutine. The counts come from package windows; the alerts and reports that tell of states are in package
// outputs; when to evaluate, and where states are kept, is left to internal/engine and internal/state.
//
// A caller holds a standing for each rule of a [Set], and after each change of a seller's counts does this:
//
//	rule := named.InForce(today)
//	window, n, d := rule.Choose(counts) // counts sums what rule.Metric counts over window.Range(today), of what rule.Where leaves
//	now := rule.Next(n, d, before)
//	if rules.Alerts(before, now) {
//		publish an outputs.Alert, explained by rule.DefectsToBreach, rule.OrdersToRecover and rule.RecoversOn
//	}
//
// Invariant: states follow from integers alone. A rate, which is a float, is computed only where it is shown.
package rules
