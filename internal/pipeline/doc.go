// Package pipeline runs tasks. A task is one partition of all six input topics, owned by one process at a time, and one goroutine that
// goes round:
//
//	fetch → decode → apply → evaluate → publish → commit
//
//	acquire p:  open the transactional id "<app-id>-p"   fences any earlier owner, ends its open transaction
//	            restore: the changelog from the local position to its end, read committed
//	            compare what the state rests on with what is in force: refuse, or rebuild what is derived
//	loop:       take the event with the smallest occurred_at among the partition's topics
//	            order row  += event, day bucket += difference of facts, window sums likewise
//	            rules: evaluate what changed → alerts
//	commit:     one Kafka transaction { changed keys → changelog, alerts, reports, dead letters, input offsets }
//	            then the same changes to the local state, with the changelog position, in one batch
//
// After any error in a transaction there is one way back: drop what is not committed, and acquire the task again from the top.
//
// [Engine] is the pure middle, without a clock or Kafka. How bytes come and go is left to internal/stream, how state is kept to
// internal/state, what the numbers are to packages windows and rules.
//
// Invariant: what Kafka's readers see, what the changelog holds and which offsets count as read are always of one commit.
package pipeline
