package main

import (
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"sellerpulse/test/campaign/check"
	"sellerpulse/test/campaign/fleet"
)

// figures is what a campaign did and found.
type figures struct {
	Seed          uint64  `json:"seed"`
	Brokers       int     `json:"brokers"`
	Processors    int     `json:"processors"`
	HistoryDays   int     `json:"history_days"` // 0: counts are kept for as long as orders
	Seconds       float64 `json:"seconds"`
	Rounds        int     `json:"rounds"`
	BoundedRounds int     `json:"bounded_rounds"`
	Bursts        int     `json:"bursts"`

	Events      int `json:"events"`
	Alerts      int `json:"alerts_checked"`
	DeadLetters int `json:"dead_letters_checked"`
	Reports     int `json:"reports_checked"`            // all rounds together
	Frozen      int `json:"frozen_counts"`              // of orders that expired, in the changelogs as they were read
	Verified    int `json:"state_directories_verified"` // also copies of states that processes left when they were killed

	Kills            int            `json:"kills"`
	KillsAtWrite     int            `json:"kills_at_write"` // of them: as a table of the state was begun to be written
	BrokerKills      int            `json:"broker_kills"`
	Zombies          int            `json:"zombies"`     // stopped for longer than the session, then woken
	LateFences       int            `json:"late_fences"` // of them: woken before they could be fenced
	Pauses           int            `json:"pauses"`      // stopped for shorter
	OrderlyStops     int            `json:"orderly_stops"`
	Joined           int            `json:"processors_added"`
	DeletedStates    int            `json:"deleted_state_directories"`
	RestoredStates   int            `json:"restored_state_directories"`
	RefusedDoubles   int            `json:"refused_doubles"`
	Poisoned         int            `json:"poisoned_partitions"`
	Mended           int            `json:"poisoned_partitions_mended"`      // of them: the batch became whole again
	Skipped          int            `json:"poisoned_partitions_skipped"`     // of them: the batch was passed over
	Failures         int            `json:"failures_of_poisoned_partitions"` // that processors told of, one after the other
	Enlarged         int            `json:"enlarged_topics"`
	Refusals         int            `json:"refusals_of_enlarged_topics"` // by processors
	Backfills        int            `json:"backfills"`
	BackfillKills    int            `json:"backfill_kills"` // of the kills: processes of backfills
	Diffs            int            `json:"backfills_compared"`
	CutOverTries     int            `json:"cut_over_tries"`
	CommandKills     int            `json:"cut_over_commands_killed"`
	CutOvers         int            `json:"cut_overs"`
	CutBacks         int            `json:"cut_backs"` // of them: to the state before
	Discarded        int            `json:"backfills_discarded"`
	RuleChanges      int            `json:"rule_changes"`
	RulesBack        int            `json:"rule_changes_back"` // of them: to a revision of before
	RuleCommandKills int            `json:"rule_commands_killed"`
	RuleAlerts       int            `json:"rule_change_alerts"` // that came of them, of those checked
	Carried          int            `json:"records_carried_over"`
	IntakeKills      int            `json:"intake_kills"` // of the kills: intakes
	IntakeStops      int            `json:"intake_stops"` // in order, or halted for longer than the session
	Cuts             map[string]int `json:"cuts"`

	Exits        int      `json:"exits_unasked"`     // processors that ended by themselves and were started again
	Unreachable  int      `json:"exits_unreachable"` // of them: for want of a broker
	UncleanStops int      `json:"unclean_stops"`     // orderly stops that took too long or did not end with 0
	Messages     []string `json:"messages"`          // of the exits and unclean stops, each once

	LongestStopSeconds float64  `json:"longest_stop_seconds"`
	Lost               int      `json:"lost"`
	Doubled            int      `json:"doubled"`
	Problems           []string `json:"problems"`
}

// account keeps the figures; for any goroutine.
type account struct {
	mutex    sync.Mutex
	figures  figures
	messages map[string]bool
	latest   check.Result // of the present application
	failed   func()       // called when there is a problem
}

// add changes the figures.
func (a *account) add(change func(*figures)) {
	a.mutex.Lock()
	defer a.mutex.Unlock()
	change(&a.figures)
}

// problem notes what must not be.
func (a *account) problem(format string, arguments ...any) {
	const most = 200
	a.add(func(f *figures) {
		if len(f.Problems) < most {
			f.Problems = append(f.Problems, fmt.Sprintf(format, arguments...))
		}
	})
	a.failed()
}

// compared notes what a comparison has found.
func (a *account) compared(result *check.Result) {
	a.add(func(f *figures) {
		f.Alerts += result.Alerts - a.latest.Alerts
		f.DeadLetters += result.DeadLetters - a.latest.DeadLetters
		f.Lost += result.Lost - a.latest.Lost
		f.Doubled += result.Doubled - a.latest.Doubled
		f.Reports += result.Reports
		f.Frozen += result.Frozen - a.latest.Frozen
		a.latest = *result
	})
	for _, problem := range result.Problems {
		a.problem("%s", problem)
	}
}

// began notes that another application began.
func (a *account) began() {
	a.add(func(*figures) { a.latest = check.Result{} })
}

// paused notes that a processor was halted and went on.
func (a *account) paused(as fault) {
	a.add(func(f *figures) {
		switch as {
		case pauseShort:
			f.Pauses++
		case lateFence:
			f.LateFences++
			f.Zombies++
		default:
			f.Zombies++
		}
	})
}

// exit notes that a processor ended by itself. For want of a broker it may; else that is a problem.
func (a *account) exit(e fleet.Exit) {
	a.add(func(f *figures) {
		f.Exits++
		if e.Unreachable() {
			f.Unreachable++
		}
	})
	a.message(fmt.Sprintf("exit code %d: %s", e.Code, e.Error))
	if !e.Unreachable() {
		a.problem("processor %d ended by itself with exit code %d: %s", e.Slot, e.Code, e.Error)
	}
}

func (a *account) message(text string) {
	a.mutex.Lock()
	defer a.mutex.Unlock()
	if a.messages == nil {
		a.messages = map[string]bool{}
	}
	const most = 100
	if len(a.messages) < most {
		a.messages[text] = true
	}
}

// now is the figures as they are.
func (a *account) now() figures {
	a.mutex.Lock()
	defer a.mutex.Unlock()
	f := a.figures
	f.Problems = slices.Clone(f.Problems)
	f.Messages = slices.Sorted(maps.Keys(a.messages))
	return f
}

// table is the figures for people.
func (f *figures) table() [][2]string {
	rows := [][2]string{
		{"seed", fmt.Sprint(f.Seed)},
		{"brokers, processors", fmt.Sprintf("%d, up to %d", f.Brokers, f.Processors)},
		{"time", time.Duration(f.Seconds * float64(time.Second)).Round(time.Second).String()},
		{"rounds (bounded), bursts", fmt.Sprintf("%d (%d), %d", f.Rounds, f.BoundedRounds, f.Bursts)},
		{"processors killed, as they began to write a table", fmt.Sprintf("%d, %d", f.Kills, f.KillsAtWrite)},
		{"brokers killed", fmt.Sprint(f.BrokerKills)},
		{"stopped for longer than the session, for shorter", fmt.Sprintf("%d, %d", f.Zombies, f.Pauses)},
		{"stopped in order, added", fmt.Sprintf("%d, %d", f.OrderlyStops, f.Joined)},
		{"state directories deleted, older copies restored", fmt.Sprintf("%d, %d", f.DeletedStates, f.RestoredStates)},
		{"second processes refused", fmt.Sprint(f.RefusedDoubles)},
		{"partitions poisoned, mended, passed over", fmt.Sprintf("%d, %d, %d", f.Poisoned, f.Mended, f.Skipped)},
		{"failures of these that processors told of", fmt.Sprint(f.Failures)},
		{"backfills, compared, discarded", fmt.Sprintf("%d, %d, %d", f.Backfills, f.Diffs, f.Discarded)},
		{"processes of backfills killed", fmt.Sprint(f.BackfillKills)},
		{"cut-overs, of these back; tries, commands killed", fmt.Sprintf("%d, %d; %d, %d", f.CutOvers, f.CutBacks, f.CutOverTries, f.CommandKills)},
		{"changes of rules, of these back; commands killed; alerts of them", fmt.Sprintf("%d, %d; %d; %d", f.RuleChanges, f.RulesBack, f.RuleCommandKills, f.RuleAlerts)},
		{"records carried over; intakes killed, stopped or halted", fmt.Sprintf("%d; %d, %d", f.Carried, f.IntakeKills, f.IntakeStops)},
		{"topics enlarged, processors that refused them", fmt.Sprintf("%d, %d", f.Enlarged, f.Refusals)},
	}
	for _, name := range slices.Sorted(maps.Keys(f.Cuts)) {
		rows = append(rows, [2]string{"connections cut at " + name, fmt.Sprint(f.Cuts[name])})
	}
	return append(rows, [][2]string{
		{"exits unasked, for want of a broker", fmt.Sprintf("%d, %d", f.Exits, f.Unreachable)},
		{"unclean stops", fmt.Sprint(f.UncleanStops)},
		{"events", fmt.Sprint(f.Events)},
		{"alerts, dead letters, reports checked", fmt.Sprintf("%d, %d, %d", f.Alerts, f.DeadLetters, f.Reports)},
		{"days for which counts are kept, counts frozen", fmt.Sprintf("%d, %d", f.HistoryDays, f.Frozen)},
		{"state directories verified", fmt.Sprint(f.Verified)},
		{"longest time without progress", fmt.Sprintf("%.1f s", f.LongestStopSeconds)},
		{"lost, doubled", fmt.Sprintf("%d, %d", f.Lost, f.Doubled)},
		{"problems", fmt.Sprint(len(f.Problems))},
	}...)
}
