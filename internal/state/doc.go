// Package state keeps the state of tasks in Pebble: one database a process, the partition first in every key, so that one task's
// state can be dropped or restored alone. It alone imports Pebble.
//
// What a task keeps is base or derived, which the types of keys tell apart. Base cannot be recomputed: order rows, parked events, the states of a
// seller's rules, counts that outlive their orders, settings, stream time and input offsets. Derived is a function of base and stream time ([Derived]): day buckets, the index of
// orders, dates and timers. Both lie in the database, so that a start need not compute anything; base alone goes to the changelog.
//
//	commit      [Store.Records] are appended to the changelog, in one transaction with what is published; then [Store.Committed]
//	checkpoint  [Store.Checkpoint] makes the database what the last commit is, in one batch with the changelog position that it stands for
//
// A commit is made ten times a second and touches no database; a checkpoint every few seconds, and an order that several events changed in
// between is written once. Pebble runs without a write-ahead log of its own: the changelog is the log. After a crash, when a partition is taken
// over and as a standby a [Restorer] reads on from the stored position, and carries what each changed row differs by into what is derived; where
// there is nothing local, all is derived from the rows in one pass.
//
// Invariants:
//   - What is on disk is what the changelog says up to the stored position, whenever and however the process stopped; what is derived there is
//     that of the rows and the stream time there: in the middle of an instant, of an order's own ([Clock.TimeOf]).
//   - Memory is the database and what is unsaved; nothing unsaved is let go of.
//   - Stored timers are those that rows and parked events need: when one fires, it holds.
//
// Of a partition there may be two states, in a slot of keys each: the one in force, which all readers see, and a successor that is prepared beside it by other
// rules ([DB.Successor]): copied from the first, derived anew, and kept up with by a Restorer like a standby. [DB.Elect] puts it in force in one batch.
//
// [Store] is the typed view of a task: orders, sellers, timers and parked events, with caches of what is hot. It has no clock. [View] reads what
// is stored without changing it, key by key.
//
// # Keys
//
// Every key begins with the partition, 4 bytes, of which the first bit is set in the second slot. Numbers are big-endian, dates and instants with the sign bit flipped, so that they
// sort; a text that is not last ends with a terminator (00 01, a zero byte in the text being written 00 FF).
//
// Base:
//
//	o seller, order date, order id             the order row (windows.Order), empty once the order has expired
//	p seller, order id, topic, offset          a parked event: its record as it came
//	s seller                                   states of its rules, and whether a report is due
//	r seller, rule, value                      the place and the state of the part of a rule (PartState)
//	f seller, order date, part                 a bucket that was frozen when its orders expired, and the number of its columns
//	k number                                   what frozen buckets with the number count, and from which date on they do (Columns)
//	m                                          what the state rests on, and how far it is rebuilt (Settings)
//	c                                          stream time, how far within that instant, and input offsets (Clock)
//
// Derived:
//
//	i seller, order id                         status and order date, or how many events are parked and their bytes
//	b seller, order date, part                 the day bucket (windows.Bucket)
//	d order date, seller                       that the seller has orders of that date, or had; what slides, expires and ends finds them by it
//	t instant, seller, kind, order id          what falls due: a promise or an answer, or a parked event
//
// And of the database alone:
//
//	~                                          changelog position, and by what the derived was derived (Saved)
//
// Four bytes FF, which no partition has, begin what is said of the database: its version, its owner, and the partitions whose second slot is in force.
//
// The first byte of a row is its version (windows.RowVersion), and rows of earlier ones are read: each is written anew with the next event of its order.
// The settings say which is the newest that there may be, before there is one, so that a program that does not know it refuses the changelog as a whole.
//
// A changelog record has the key without the partition, and the value, or null where the key was deleted.
package state
