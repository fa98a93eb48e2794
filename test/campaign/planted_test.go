package main

import (
	"maps"
	"slices"
	"testing"
	"time"

	"sellerpulse/test/brokertest"
	"sellerpulse/test/campaign/cut"
	"sellerpulse/test/campaign/patch"
)

// planted are what brings out each of the bugs of package patch, which tell what they are.
var planted = map[string]surroundings{
	"offsets-outside":          {faults: map[fault]int{killAtStep: 1}, steps: []cut.Step{cut.AddPartitionsToTxn, cut.Produce}},
	"apply-before-fencing":     {faults: map[fault]int{lateFence: 5, killOne: 1}, processors: 3},
	"skip-abort":               {faults: map[fault]int{cutStep: 6, killOne: 1}, steps: []cut.Step{cut.EndTxn}},
	"stale-position":           {faults: map[fault]int{stopOne: 1, killOne: 1}, singly: true},
	"silent-beside-failed":     {faults: map[fault]int{poisonOne: 1}},
	"take-enlarged":            {faults: map[fault]int{enlargeTopics: 1}},
	"checkpoint-before-commit": {faults: map[fault]int{cutStep: 3, killAtStep: 1}, steps: []cut.Step{cut.AddPartitionsToTxn, cut.Produce, cut.EndTxn}, small: true},
	"derived-believed":         {faults: map[fault]int{stopOne: 1, killOne: 1}, singly: true},
	"cut-over-unmarked":        {faults: map[fault]int{backfillOne: 1}, processors: 2},
	"freeze-forgotten":         {faults: map[fault]int{stopOne: 1, killOne: 1}, singly: true, history: 120},
	"intake-offsets-outside":   {faults: map[fault]int{intakeOne: 1}, steps: []cut.Step{cut.AddPartitionsToTxn, cut.Produce}, strangers: 100},
	"timer-lost":               {faults: map[fault]int{stopOne: 1, killOne: 1}, singly: true},
}

// surroundings are where a bug shows.
type surroundings struct {
	faults     map[fault]int
	steps      []cut.Step // of transactions at which that is done which is done at one; none: any
	singly     bool       // all is applied between two faults
	processors int        // 0: one, which nobody takes anything over from
	history    int        // days for which counts are kept; 0: for as long as orders
	strangers  int        // sellers in a hundred whose events intakes carry over
	small      bool       // built with [patch.Small]: what a process has not written when it is killed does not matter
}

// Whoever adds a bug says what brings it out.
func TestEachBugIsPlanted(t *testing.T) {
	if bugs, are := patch.Bugs(), slices.Sorted(maps.Keys(planted)); !slices.Equal(bugs, are) {
		t.Errorf("bugs are %q, planted are %q", bugs, are)
	}
}

// The campaign fails when it must: each planted bug makes the checker find something, or a processor end by itself.
func TestPlantedBugsAreCaught(t *testing.T) {
	if testing.Short() {
		t.Skip("skipped: takes minutes")
	}
	t.Parallel()
	brokertest.NeedKafka(t)
	t.Run("none", func(t *testing.T) {
		t.Parallel() // As campaigns are.
		o := plantedOptions(t, surroundings{processors: 3})
		o.Patches, o.RefusalTimeout = nil, 0
		for _, s := range planted {
			o.Surely = append(o.Surely, slices.Collect(maps.Keys(s.faults))...)
		}
		slices.Sort(o.Surely)
		o.Surely = slices.Compact(o.Surely)
		o.Rounds, o.Bursts, o.Faults = 1, 1, len(o.Surely)
		if result := plant(t, o); len(result.Problems) > 0 || result.Enlarged == 0 {
			t.Errorf("without a planted bug: topics enlarged %d times, %s", result.Enlarged, result.Problems)
		}
	})
	for _, bug := range slices.Sorted(maps.Keys(planted)) {
		t.Run(bug, func(t *testing.T) {
			t.Parallel()
			result := plant(t, plantedOptions(t, planted[bug], bug))
			if len(result.Problems) == 0 {
				t.Errorf("not caught in %d rounds, %d kills, %d zombies, cuts %v", result.Rounds, result.Kills, result.Zombies, result.Cuts)
				return
			}
			t.Logf("caught in round %d after %d kills, %d zombies, cuts %v: %s", result.Rounds, result.Kills, result.Zombies, result.Cuts, result.Problems[0])
		})
	}
}

// plantedOptions are those of a campaign of processors with a bug, with rounds enough: it is mostly caught in the first.
func plantedOptions(t *testing.T, in surroundings, patches ...string) options {
	t.Helper()
	o := short(21, 1)
	o.Rounds, o.Events, o.Faults, o.Gap = 8, 3000, 8, 800*time.Millisecond
	if o.History = noHistory; in.history > 0 {
		o.History = in.history
	}
	o.Strangers = in.strangers
	if in.singly {
		o.Bursts, o.Faults = o.Faults, 1
	}
	if in.small {
		patches = append(patches, patch.Small)
	}
	o.Patches, o.RefusalTimeout = [][]string{patches}, 10*time.Second
	if o.Steps, o.Processors = in.steps, max(in.processors, 1); in.faults != nil {
		o.Weights = in.faults
	}
	o.Folder, o.Progress = t.TempDir(), t.Output()
	return o
}

// plant runs a campaign until a bug is caught or there were enough rounds.
func plant(t *testing.T, o options) figures {
	t.Helper()
	result, err := run(t.Context(), o)
	if err != nil && len(result.Problems) == 0 {
		t.Fatal(err)
	}
	return result
}
