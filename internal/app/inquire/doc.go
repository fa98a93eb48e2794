// Package inquire has questions about a seller answered by whoever has its state: a process that runs, over its HTTP API, or the state directory of one that has
// stopped. Whoever asks does not know which.
//
// What can be asked, and what the answers are, is internal/inspect's; showing them is left to the command.
//
// Invariant: the same question about the same state has the same answer from either.
package inquire
