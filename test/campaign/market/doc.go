// Package market makes up the events of a campaign, without end: a random marketplace, with everything that may be wrong with a record.
//
// It decides what goes into which partition of which topic next; sending it is left to its caller.
//
// Invariant: what it hands out is a function of its options and of the calls alone. Event times lie in the future of any wall clock, so
// that a live task's stream time never follows that.
package market
