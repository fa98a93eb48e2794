// Package fleet runs processors, real processes each with a state directory of its own, and does to them what a campaign wants done.
//
// It starts again what ends without having been told to, as a supervisor would, and keeps an account of it. When to do what, and
// whether what came out is right, is left to its callers.
//
// Invariant: a slot has at most one process that may use its state directory, but for [Fleet.Double], and no process outlives this one.
package fleet
