// Package worker decides what a process works on. Processes with one application id are a consumer group: each tells the group what is on its disk, how
// far that is and on which facts it rests; the one that leads assigns, and each plays the roles that it is given, one slot a partition.
//
//	run.go         all that a worker does: worker.go
//	group.go       what it tells the group, and the generations of the group that it takes part in
//	assignment.go  who works on what, and who stands by: assigned by the member that leads; members.go: what members say
//	slots.go       the slots; slot.go: one partition's role
//	play.go        what a slot does: own a partition, stand by for it, and try again after an error
//
// How a partition is worked on is left to internal/task, to which a slot is whose the partition is.
//
// Invariant: a generation of the group ends no task. One whose partition went elsewhere works on until its next owner fences it, so that the group
// decides who should work on a partition, and the transactional id who can.
package worker
