// Package mapping makes events of records that are not ours: a mapping file names source topics or files, the form of their records, and a jq program
// that makes none, one or several events, in the JSON form of the contract, of each.
//
//	file.go       a mapping file, read; tables.go: its look-up tables; source.go: its sources
//	form.go       a record's bytes to a value, by the form of its source; schemas.go: of Avro, by the schemas of a registry
//	documents.go  a file's to values, one after the other; containers.go: of Avro container files; rows.go: of rows
//	program.go    the jq program: what it may use, and what bounds it
//	functions.go  functions of ours; times.go, calendar.go: those for times and working days
//	runner.go     a record to messages, for one goroutine
//	repartition.go  the same without a program, for records that are events already
//
// Where records come from and where messages go is left to others, and so is the meaning of events to pkg/events.
//
// Invariants: what a record becomes depends on the record and the mapping alone, not on when, where or how fast that is done. A record is mapped whole or
// not at all. Its program ends after a number of steps, and what it makes is bounded.
package mapping
