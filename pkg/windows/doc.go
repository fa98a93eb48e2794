// Package windows holds what is true of orders and of the windows over them: an order as registers, its facts as pure functions of
// those registers and of stream time, day buckets as sums of facts, and windows as sums of buckets.
//
// It has no clock, no I/O and no goroutine; stream time is always a parameter. Which windows there are, and what their sums mean for
// a policy target, is left to package rules; where orders and buckets are kept is left to internal/state.
//
// Invariant: at any stream time T, a seller's bucket of a date equals the sum of [Order.Facts] at T over the seller's orders of that
// date, and a window's sums equal the sum of its buckets. Facts change with time only at the instants that [Order.Due] lists, so
// whoever advances stream time keeps the invariant by visiting those.
package windows
