package backfill

import (
	"fmt"
	"slices"
	"time"

	"sellerpulse/internal/task"
	"sellerpulse/pkg/windows"
)

// Keys of a control topic beside the description.
const (
	requestKey = "request"
	abandonKey = "abandon" // its value has the id of a cut-over alone
)

func answerKey(partition int32) string { return fmt.Sprintf("answer/%d", partition) }

// step is what is asked of the processes of a candidate on the way to a cut-over.
type step string

const (
	stepFollow  step = "follow"  // follow the live changelog until little is left
	stepCompare step = "compare" // compare the two states at the same place, and go on as before
	stepPrepare step = "prepare" // end what the live processes do, and compare
	stepCommit  step = "commit"  // decided: make the candidate's state the live one
	stepAbandon step = "abandon" // go on as before, unless it was decided
)

// request asks all processes of a candidate for a step. Those that come later, or again, find the last one: a commit that was decided stands, and is
// carried out by them too, unless the live state has become another one meanwhile. One command alone can ask at a time ([Control.OpenRequests]).
type request struct {
	ID     string    `json:"id"` // of the cut-over
	Step   step      `json:"step"`
	Former string    `json:"former,omitempty"` // the candidate that the live state becomes; empty where it is lost
	Live   string    `json:"live,omitempty"`   // the changelog of the live state that is decided to be left
	At     time.Time `json:"at"`
}

// answer is what came of a step in a partition.
type answer struct {
	ID          string          `json:"id"`
	Step        step            `json:"step"`
	Partition   int32           `json:"partition"`
	Done        bool            `json:"done"`
	Error       string          `json:"error,omitempty"`
	Behind      int64           `json:"behind,omitempty"` // records of the live changelog that are left to be followed
	Differences task.Difference `json:"differences"`
	Changes     []Change        `json:"changes,omitempty"` // the first of them
	Shorter     []Shorter       `json:"shorter,omitempty"`
	Pause       time.Duration   `json:"pause_ns,omitempty"`
	Live        *liveState      `json:"live,omitempty"`
}

// liveState is what the live state of a partition rests on.
type liveState struct {
	Changelog     string   `json:"changelog"`
	Lost          bool     `json:"lost,omitempty"` // the changelog; then nothing else is known of it
	Zone          string   `json:"zone"`
	RetentionDays int32    `json:"retention_days"`
	HistoryDays   int32    `json:"history_days,omitempty"`
	Rules         []string `json:"rules"`
	Inputs        []string `json:"inputs"`
}

// Change is a rule of a seller that stands otherwise in the candidate.
type Change struct {
	SellerID    string `json:"seller_id"`
	Rule        string `json:"rule"`
	From        string `json:"from"`
	To          string `json:"to"`
	Numerator   int64  `json:"numerator"`
	Denominator int64  `json:"denominator"`
}

// Shorter is a rule whose counts reach back less far in the candidate than in the live state.
type Shorter struct {
	Rule      string        `json:"rule"`
	Candidate windows.Date  `json:"candidate"` // the first date from which on all is counted there
	Live      *windows.Date `json:"live"`      // likewise; null for all of the rule's window
}

// mergeShorter adds what is shorter in another partition: of a rule what reaches back least in the candidate, and furthest in the live state.
func mergeShorter(all, more []Shorter) []Shorter {
	for _, m := range more {
		i := slices.IndexFunc(all, func(s Shorter) bool { return s.Rule == m.Rule })
		if i < 0 {
			all = append(all, m)
			continue
		}
		s := &all[i]
		if s.Candidate = max(s.Candidate, m.Candidate); m.Live == nil || s.Live != nil && *m.Live < *s.Live {
			s.Live = m.Live
		}
	}
	return all
}

// changesTold is how many changes a partition tells of.
const changesTold = 20
