// Package state keeps the state of tasks in Pebble: one database a process, the partition first in every key, so that one task's
// state can be dropped or restored alone. It alone imports Pebble.
//
// Pebble runs without a write-ahead log of its own. The changelog topic is the log: what a task changes between two commits is
// gathered in a [Partition], read as changelog records by [Partition.Changes], and written to Pebble by [Partition.Commit] in one
// batch together with the changelog position that it stands for, once the transaction that holds those records is committed. Reading
// the changelog from that position on is left to internal/pipeline.
//
// Invariant: what is on disk is what the changelog says up to the stored position, whenever and however the process stopped.
// [Store] adds the typed view: orders, sellers, timers and parked events, with caches of what is hot. It has no clock. [View] reads what is
// stored without changing it, key by key.
//
// # Keys
//
// Every key begins with the partition, 4 bytes. Numbers are big-endian, dates and instants with the sign bit flipped, so that they
// sort; a text that is not last ends with a terminator (00 01, a zero byte in the text being written 00 FF).
//
//	o seller, order date, order id             the order row (windows.Order), empty once the order has expired
//	i seller, order id                         status and order date, or how many events are parked and their bytes
//	b seller, order date, part                 the day bucket (windows.Bucket)
//	d order date, seller                       that the seller has orders of that date; what slides and expires finds them by it
//	p seller, order id, topic, offset          a parked event: its record as it came
//	s seller                                   states of its rules, and whether a report is due
//	t instant, seller, kind, order id          what falls due: a promise or an answer, or a parked event
//	m                                          what the state rests on, and how far it is rebuilt (Settings)
//	c                                          stream time and input offsets
//	~                                          changelog position; the only key that is not in the changelog
//
// A changelog record has the key without the partition, and the value, or null where the key was deleted.
package state
