package survey

import (
	"sellerpulse/internal/inspect"
	"sellerpulse/internal/task"
	"sellerpulse/pkg/events"
)

// Tasks are what the tasks of a process are doing.
type Tasks struct {
	Member *string `json:"member" doc:"The id of the process in the group; null while it is not in it."`
	Tasks  []Task  `json:"tasks" doc:"By partition."`
}

// Task is one: what a process does with a partition.
type Task struct {
	Partition  int32            `json:"partition"`
	Phase      task.Phase       `json:"phase" enum:"restoring,rebuilding,running,standby,stopped,failed"`
	StreamTime *inspect.Instant `json:"stream_time"`
	Lag        int64            `json:"lag" doc:"Events that are to be read; of a standby, records of the changelog."`
	Blocked    int64            `json:"blocked" doc:"Those that an open transaction of a producer keeps from being read."`
	Restored   int64            `json:"restored" doc:"Offsets of the changelog that were read."`
	ToRestore  int64            `json:"to_restore"`
	Rebuilt    int              `json:"rebuilt" doc:"Sellers that are done."`
	ToRebuild  int              `json:"to_rebuild"`
	Filling    *Filling         `json:"filling" doc:"How far the counts of rules are that are to be in force, beside live work; null where there is nothing to fill."`
	Failure    *Failure         `json:"failure" doc:"Null where it works."`
	Delay      float64          `json:"delay_seconds" doc:"How far stream time is behind the clock while events are to be read; 0 when none are."`
	LastMinute int64            `json:"events_last_minute" doc:"Events that were committed in the last minute, dead letters too."`
}

// Filling is how far the state of a partition by other rules is prepared.
type Filling struct {
	Step   task.Filling `json:"step" enum:"waiting,copying,counting,following,filled" doc:"What is done: waiting for other partitions of the process, copying what is kept, counting the orders anew, and following what is committed meanwhile; filled when the partition is about to take it."`
	Orders int64        `json:"orders" doc:"Orders that are done in this step."`
	Of     int64        `json:"of" doc:"Orders in all; 0 while that is not known."`
}

// Failure is why a task has failed.
type Failure struct {
	Role   string          `json:"role" enum:"owner,standby"`
	At     *string         `json:"at" doc:"The record that it is about."`
	Error  string          `json:"error"`
	Remedy *string         `json:"remedy"`
	Since  inspect.Instant `json:"since"`
	Tries  int             `json:"tries"`
}

// TasksOf are the tasks of a member as they are answered; an empty one is in no group.
func TasksOf(member string, tasks []task.Status) *Tasks {
	answer := &Tasks{Member: given(member), Tasks: make([]Task, len(tasks))}
	for i := range tasks {
		answer.Tasks[i] = taskOf(&tasks[i])
	}
	return answer
}

func taskOf(t *task.Status) Task {
	answer := Task{
		Partition: t.Partition, Phase: t.Phase, Lag: t.Lag, Blocked: t.Blocked, Restored: t.Restored, ToRestore: t.ToRestore, Rebuilt: t.Rebuilt, ToRebuild: t.ToRebuild,
		Filling: fillingOf(t.Fill), Failure: failureOf(t.Failure), Delay: t.Delay.Seconds(), LastMinute: t.LastMinute,
	}
	if t.StreamTime != events.None {
		at := inspect.Instant(t.StreamTime)
		answer.StreamTime = &at
	}
	return answer
}

func fillingOf(f task.Fill) *Filling {
	if f.Step == "" {
		return nil
	}
	return &Filling{f.Step, f.Orders, f.Of}
}

func failureOf(f *task.Failure) *Failure {
	if f == nil {
		return nil
	}
	answer := &Failure{Role: "owner", At: given(f.At), Error: f.Err.Error(), Remedy: given(f.Remedy), Since: inspect.Instant(f.Since.UnixMilli()), Tries: f.Tries}
	if f.Standby {
		answer.Role = "standby"
	}
	return answer
}

// given is a text; nil for an empty one.
func given(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}
