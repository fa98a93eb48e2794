// Package feed sends events, or those of files, to the input topics as Avro, each event once, those of one topic and partition in the order of the
// files; or checks files without sending. What files have in them is left to package eventfile, how bytes travel to package stream.
//
// Invariant: all events before what is refused, or cannot be read whole, are sent, none after it; of files that a mapping reads none at all.
package feed
