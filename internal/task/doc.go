// Package task is the loop of one partition. A task is that partition of all six input topics, owned by one process at a time, and one
// goroutine that goes round:
//
//	acquire:     follow the changelog from the local position until little is left    acquire.go, follow.go
//	             confirm with the owner of the partition that it is this process
//	             open the transactional id "<app-id>-p": fences any earlier owner, ends its open transaction
//	             restore: read the rest of the changelog, read committed
//	             compare what the state rests on with what is in force: refuse, or rebuild what is derived
//	run:         fetch → decode → apply → evaluate → publish → commit                 loop.go, inputs.go
//	commit:      one transaction { changed keys → changelog, alerts, reports,         commit.go, outputs.go
//	             dead letters, input offsets }
//	checkpoint:  every few commits, all that changed since the last one to the local state, with the changelog position
//
// After any error there is one way back: drop what is not committed, and acquire the task again from the top. What an error is about, and so what
// stops for it, says [Task.Diagnose].
//
// It knows nothing of the group: whose the partition is, [Ownership] says. The numbers are those of internal/engine, how bytes come and go is left to
// internal/stream, how state is kept to internal/state, and which partitions there is anything to do for, and when again, to internal/worker.
//
// Invariant: what Kafka's readers see, what the changelog holds and which offsets count as read are always of one commit.
package task
