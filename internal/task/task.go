package task

import (
	"log/slog"
	"time"

	"sellerpulse/internal/engine"
	"sellerpulse/internal/state"
	"sellerpulse/internal/stream"
	"sellerpulse/pkg/events"
)

// Task is one acquisition of a partition: from fencing the earlier owner to the last commit.
type Task struct {
	env       *Environment
	partition int32
	owner     Ownership
	log       *slog.Logger
	onCommit  func(*Task)
	isolate   int // records that are still to be committed one by one: among them is what an earlier try could not pass

	by        Ruled           // the rules that the task goes by
	former    *Ruled          // those are of the try before, while others were prepared; nil where they were in force
	ruled     <-chan struct{} // closed when there are other rules than those that it goes by, or prepares
	told      Fill            // of the successor, with the last commit
	toldAt    time.Time
	successor *successor // the state by those, while it is prepared; nil without one
	changelog *changelog
	producer  *stream.Producer
	state     *state.Partition
	engine    *engine.Engine
	inputs    *inputs

	clock     leaderClock
	blockages [events.NumTopics]blockage

	at       record // that is being read or applied, while applying
	applying bool
	last     record // the last that was applied

	inflight       *transaction  // the one under way; nil without one
	refused        *transaction  // that could not be committed, after which there is none
	applied        int           // events since the last transaction was begun
	appliedAt      events.Millis // when the last one arrived, by the broker's clock
	commits        int
	commitBytes    int         // that may wait for a commit, as of the last: asking the meter for each event would have tasks wait for each other
	lastBegun      time.Time   // when the last commit began
	lastCommit     time.Time   // when the last commit ended
	saved          state.Saved // what a checkpoint now would stand for: the last commit
	lastCheckpoint time.Time
	savedTime      events.Millis
	savedOffsets   [events.NumTopics]int64
	committed      bool // once at least
}

// Attempt is what one acquisition of a partition is about.
type Attempt struct {
	Partition int32
	Owner     Ownership
	Isolate   int         // records to commit one by one: Diagnosis.Isolate of the attempt before
	OnCommit  func(*Task) // called after each commit
	Former    *Ruled      // rules to go on by while those in force are prepared: Task.Former of the attempt before; nil for none
}

// New makes the task of an attempt. [Task.Run] is to follow, once.
func New(e *Environment, a Attempt) *Task {
	return &Task{env: e, partition: a.Partition, owner: a.Owner, log: e.log(a.Partition), onCommit: a.OnCommit, isolate: a.Isolate, former: a.Former}
}

// update changes the task's status.
func (t *Task) update(change func(*Status)) { t.env.observer.Update(t.partition, change) }

func (t *Task) closeState() error {
	if t.state == nil {
		return nil
	}
	return t.state.Close()
}
