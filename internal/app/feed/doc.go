// Package feed sends events, or lines of JSON, to the input topics as Avro, each event once, those of one topic and partition in the order of the
// lines. What the lines mean is left to package events, how bytes travel to package stream.
//
// One goroutine reads, several parse, and the caller's sends. All have ended when [Sender.Lines] returns nil; after an error they end with the
// read that is under way, which on a terminal or a pipe may be never.
//
// Invariant: all events before a line that is refused, or that cannot be read whole, are sent, none after it.
package feed
