package task

import (
	"context"
	"time"

	"sellerpulse/internal/engine"
	"sellerpulse/pkg/events"
)

// Phase is what a task is doing.
type Phase string

// The phases of a task.
const (
	Restoring  Phase = "restoring"
	Rebuilding Phase = "rebuilding" // what is derived, for other settings than it was built with
	Running    Phase = "running"
	Standby    Phase = "standby" // following the changelog of another process's task
	Stopped    Phase = "stopped"
	Failed     Phase = "failed" // tried again slowly, until it is over: see Status.Failure
)

// Status tells how far a task is.
type Status struct {
	Partition  int32
	Phase      Phase
	StreamTime events.Millis
	Lag        int64         // input records that wait; of a standby, records of the changelog
	CaughtUp   bool          // of a standby: it has read all that there was when it began
	Delay      time.Duration // how far stream time is behind the wall clock while records wait; 0 when none do
	LastMinute int64         // input records that were committed in the last minute, dead letters too
	Blocked    int64         // input records behind open transactions of producers, which cannot be read yet
	Restored   int64         // offsets of the changelog read, of those to read
	ToRestore  int64
	Rebuilt    int // sellers that are rebuilt, of those that are to be
	ToRebuild  int
	Fill       Fill     // how far the state by other rules is prepared
	Failure    *Failure // why it has failed; nil while it works
}

// Observer learns how far the tasks of a process are; for any goroutine.
type Observer interface {
	// Update changes the status of a partition.
	Update(partition int32, change func(*Status))
	// Committed is called after each commit, with how many records were applied and what came of them.
	Committed(partition int32, applied int, out *engine.Output)
}

// Ownership is whose a partition is.
type Ownership interface {
	// Owns is whether the partition is this process's, as far as it has heard.
	Owns() bool
	// Confirm returns when it is for certain. Its error says that it is another's.
	Confirm(ctx context.Context) error
}
