package api

import (
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"sellerpulse/internal/inspect"
	"sellerpulse/internal/task"
	"sellerpulse/pkg/rules"
)

// Tasks are what the tasks of a process are doing.
type Tasks struct {
	Tasks []Task `json:"tasks" doc:"By partition."`
}

// Task is one: what a process does with a partition.
type Task struct {
	Partition  int32            `json:"partition"`
	Phase      task.Phase       `json:"phase" enum:"restoring,rebuilding,running,standby,stopped,failed"`
	StreamTime *inspect.Instant `json:"stream_time"`
	Lag        int64            `json:"lag" doc:"Events that are to be read."`
	Blocked    int64            `json:"blocked" doc:"Those that an open transaction of a producer keeps from being read."`
	Restored   int64            `json:"restored" doc:"Offsets of the changelog that were read."`
	ToRestore  int64            `json:"to_restore"`
	Rebuilt    int              `json:"rebuilt" doc:"Sellers that are done."`
	ToRebuild  int              `json:"to_rebuild"`
	Failure    *Failure         `json:"failure" doc:"Null where it works."`
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

// TasksOf are tasks as they are answered.
func TasksOf(tasks []task.Status) *Tasks {
	answer := &Tasks{Tasks: make([]Task, len(tasks))}
	for i := range tasks {
		answer.Tasks[i] = TaskOf(&tasks[i])
	}
	return answer
}

// TaskOf is a task as it is answered.
func TaskOf(t *task.Status) Task {
	return Task{
		t.Partition, t.Phase, knownInstant(t.StreamTime), t.Lag, t.Blocked, t.Restored, t.ToRestore, t.Rebuilt, t.ToRebuild, failureOf(t.Failure),
	}
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

// Rules are those in force.
type Rules struct {
	Rules []Definition `json:"rules" doc:"In the order in which they are reported."`
}

// Definition is what a rule says.
type Definition struct {
	Rule           string      `json:"rule"`
	Metric         string      `json:"metric"`
	Class          className   `json:"class"`
	Channel        channelName `json:"channel" doc:"Whose orders it counts."`
	Provisional    bool        `json:"provisional" doc:"Defects are still coming in for orders of its window."`
	Days           int32       `json:"days" doc:"Order dates of its window."`
	Lag            int32       `json:"lag" doc:"How many days before today the last of them is."`
	Target         string      `json:"target" example:"< 0.025"`
	Warn           *string     `json:"warn" doc:"The rate from which on the state is AT_RISK; null where there is none."`
	Resolve        string      `json:"resolve" doc:"What must be met before a breach ends."`
	MinDenominator int32       `json:"min_denominator" doc:"Below it there is NO_DATA."`
}

func definitionOf(r *rules.Rule) Definition {
	d := Definition{
		Rule: r.Name, Metric: r.Metric.FullName(), Class: className(r.Class.String()), Channel: channelName(r.Channel().String()), Provisional: r.Provisional,
		Days: r.Window().Count, Lag: r.Window().Lag, Target: r.Target.String(), Resolve: r.ResolveAt().String(), MinDenominator: int32(max(1, r.MinDenominator)),
	}
	if warn, ok := r.WarnAt(); ok {
		d.Warn = given(warn.String())
	}
	return d
}

func (a *api) registerProcess() {
	const tag = "Process"
	get(a, operation{
		id: "list-tasks", path: "/tasks", tag: tag, summary: "What this process does with which partition",
		says: "With how far it is and, where a task has failed, why and what helps.",
	}, func(*http.Request, *struct{}) (*Tasks, error) {
		if a.o.Tasks == nil {
			return TasksOf(nil), nil
		}
		return TasksOf(a.o.Tasks()), nil
	})
	get(a, operation{
		id: "list-rules", path: "/rules", tag: tag, summary: "The rules in force", says: "With what each says, defaults too.",
	}, func(*http.Request, *struct{}) (*Rules, error) {
		if a.o.Rules == nil {
			return nil, huma.Error503ServiceUnavailable("this process does not know the rules in force: ask a `processor run` of the application")
		}
		answer := &Rules{Rules: []Definition{}}
		for _, r := range a.o.Rules.Versions() {
			answer.Rules = append(answer.Rules, definitionOf(r))
		}
		return answer, nil
	})
}
