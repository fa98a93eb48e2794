// Package demo runs everything in one process: an embedded broker, a simulated marketplace and the service, whose alerts it hands to who
// watches. It prints nothing itself.
//
// The history is in the topics before the service starts, for a live task takes an end that it reaches for the present. So the same seed
// gives the same alerts for a history that ends at the same hour.
//
// Invariant: when [Run] returns nothing is left: no file, no port, no goroutine.
package demo
