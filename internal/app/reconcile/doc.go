// Package reconcile puts a marketplace's own figures beside ours for the same seller and order dates, and lists the orders that could explain a
// difference: those at the edges of the window, those that came to count after the marketplace counted, and those that it excused. Reading the
// figures is left to package statement, where ours are from to package inquire.
//
// Invariant: every figure is in the answer, once: equal, different, or with why it could not be compared. What could explain a difference is bounded,
// and says how much more there is.
package reconcile
