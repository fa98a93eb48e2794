package api

import (
	"fmt"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"sellerpulse/internal/inspect"
	"sellerpulse/internal/peers"
	"sellerpulse/internal/web/survey"
)

const processTag = "Processes"

// Peers is which processes have the state of each partition, as far as the one that answers knows.
type Peers struct {
	Generation *int32           `json:"generation" doc:"Of the group; null while nothing is known, and from a process that is no member."`
	AsOf       *inspect.Instant `json:"as_of" doc:"When it was last confirmed; null while nothing is known."`
	Stale      bool             `json:"stale" doc:"There may be another generation that the process does not know."`
	Partitions []PartitionPeers `json:"partitions" doc:"By number; none while nothing is known."`
}

// PartitionPeers is who has the state of a partition.
type PartitionPeers struct {
	Partition int32        `json:"partition"`
	Owner     *peers.Peer  `json:"owner" doc:"To whom the group gave it; null for nobody."`
	Former    []peers.Peer `json:"former" doc:"Others that worked on it when the generation began, and go on until the owner is ready."`
	Standbys  []peers.Peer `json:"standbys" doc:"By id."`
}

type taskInput struct {
	Partition int32 `path:"partition" minimum:"0" doc:"Its number, from 0 on."`
}

// about implements aboutState.
func (in *taskInput) about() (about About, ok bool) { return About{Partition: &in.Partition}, true }

// registerProcesses registers what is asked of this process, and of all.
func (a *api) registerProcesses() {
	get(a, operation{
		id: "list-partitions", path: "/partitions", tag: processTag, waits: true, summary: "What all processes do with each partition",
		says: "Asks every process of the application for its tasks. One that does not answer in two seconds is told as such, with why.",
	}, func(r *http.Request, _ *struct{}) (*survey.Partitions, error) { return a.o.Survey.Partitions(r) })
	get(a, operation{
		id: "list-tasks", path: "/tasks", tag: processTag, summary: "What this process does with which partition",
		says: "With how far it is and, where a task has failed, why and what helps.",
	}, func(*http.Request, *struct{}) (*survey.Tasks, error) { return a.o.Survey.Here(), nil })
	get(a, operation{
		id: "get-intake", path: "/intake", tag: processTag, summary: "What this process carries over of other topics",
		says: "How far it is with each partition of the source topics that it was given and, where one cannot go on, why.",
	}, func(*http.Request, *struct{}) (*survey.Intake, error) { return a.o.Survey.Intake(), nil })
	get(a, operation{
		id: "get-task", path: "/tasks/{partition}", tag: processTag, summary: "The task of a partition",
		says: "From the process that works on it or, where that does not answer, from a standby: the headers X-Sellerpulse-Answered-By and X-Sellerpulse-Answered-As say from which.",
	}, a.task)
	get(a, operation{
		id: "list-peers", path: "/peers", tag: processTag, summary: "Which processes have the state of each partition",
		says: "As far as the one that answers knows: none is asked.",
	}, func(*http.Request, *struct{}) (*Peers, error) { return peersOf(a.o.Survey.Peers()), nil })
}

// task is that of a partition of this process; another one's was given before.
func (a *api) task(_ *http.Request, in *taskInput) (*survey.Task, error) {
	tasks := a.o.Survey.Here().Tasks
	for i := range tasks {
		if tasks[i].Partition == in.Partition {
			return &tasks[i], nil
		}
	}
	switch n := a.o.Survey.Count(); {
	case n == 0:
		return nil, huma.Error503ServiceUnavailable("this process does not know yet which partitions there are: ask again in a moment")
	case in.Partition >= n:
		return nil, huma.Error404NotFound(fmt.Sprintf("there is no such partition: they are 0 to %d", n-1))
	}
	return nil, huma.Error503ServiceUnavailable("the partition has just gone to another process: ask again")
}

func peersOf(all []peers.Peers) *Peers {
	answer := &Peers{Stale: len(all) == 0, Partitions: []PartitionPeers{}}
	for p := range all {
		of := &all[p]
		answer.Partitions = append(answer.Partitions, PartitionPeers{int32(p), of.Owner, append([]peers.Peer{}, of.Former...), append([]peers.Peer{}, of.Standbys...)})
		answer.Stale = answer.Stale || of.Stale
		if of.Generation != peers.Unknown {
			answer.Generation = &of.Generation
		}
		if asOf := inspect.Instant(of.AsOf.UnixMilli()); !of.AsOf.IsZero() {
			answer.AsOf = &asOf
		}
	}
	return answer
}
