// Package intake carries records of other topics into ours: it reads source topics, makes events of their records by a mapping, and writes these to the
// input topics, keyed by seller, partitioned as Java clients do it, exactly once.
//
//	intake.go      what an intake is, and its Run: the group, and a unit for each partition that this process is given
//	sources.go     which topics there are, and when these change
//	assignment.go  who works on what, decided by the member that leads
//	unit.go        one unit's tries; status.go: how far it is, for people and metrics.go
//	work.go        one try: open, read, map, commit; batch.go: what is to be committed
//
// A **unit** is partition p of all source topics that have one. Its transactional id names p, so that whoever opens that has fenced those before, and goes
// on from the offsets that were committed in the same transactions as the events. The group decides who should work on a unit, and the transactional id
// who can, as of the tasks of internal/worker; there is no state, so a unit that goes elsewhere ends with a last commit.
//
// What a record becomes is left to internal/mapping, and bytes between here and Kafka to internal/stream.
//
// Invariants: events and the offsets behind them are committed together. Events of one source partition are written in its order. A record is mapped, or
// among the dead letters with its place, and never passed over.
package intake
