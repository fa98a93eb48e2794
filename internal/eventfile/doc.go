// Package eventfile reads events from files: lines of JSON, Avro object container files, either compressed with gzip or zstd, from folders and
// standard input too. What the lines and records mean is left to package events, what the containers' blocks are to package ocf, and what becomes of
// the events to who reads them.
//
// One goroutine reads, several parse. All have ended when [Reading.Next] has given the last chunk; after its context has ended they end with the read
// that is under way, which on a terminal or a pipe may be never.
//
// Invariant: chunks come in the order of the files and of what is in them; memory is bounded whatever is in them.
package eventfile
