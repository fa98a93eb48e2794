// Package plan makes of a rule set what is to be counted for it: the measures of a [windows.Program], and of which of them each rule and metric is a
// rate. How orders are counted is pkg/windows's, what a rate means is pkg/rules's.
//
// Invariant: the first measures of every plan are those of the built-in metrics, in the order of [windows.Measure].
package plan
