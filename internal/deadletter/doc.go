// Package deadletter reads what a record of the dead letters says of itself: the record that could not be applied, as it came, why, and whence. Tasks
// write dead letters; finding, showing and sending them again is left to others.
//
// Invariant: of headers that came with a record, whatever their names, none is taken for ours: ours begin at the last reason.
package deadletter
