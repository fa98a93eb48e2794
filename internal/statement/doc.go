// Package statement reads a marketplace's own figures about a seller: Amazon's seller performance report, eBay's seller standards profiles, Walmart's
// performance summaries, or a CSV of any. It says of each figure which of our rules or metrics has the same; comparing them is left to others.
//
// Invariant: no figure is dropped. One that nothing of ours is the same as is there, and says why.
package statement
