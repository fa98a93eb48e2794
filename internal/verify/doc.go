// Package verify recomputes a state from its order rows and tells where what is stored differs: buckets, rule states, timers, index
// and date entries, parked counts, and what should have been swept.
//
// It is simple on purpose and shares as little as it can with internal/engine: it goes over a partition seller by seller, decodes each
// row, takes its facts at stream time (in the middle of an instant, as far as the order has come) and adds up. How keys are read is left to
// internal/state, what an order counts and what state follows from numbers to packages windows and rules.
//
// Invariant: it changes nothing, and what it holds in memory is of one seller.
package verify
