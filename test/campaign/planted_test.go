package main

import (
	"maps"
	"slices"
	"testing"
	"time"

	"sellerpulse/internal/brokertest"
	"sellerpulse/test/campaign/cut"
	"sellerpulse/test/campaign/fleet"
)

// planted are bugs that a processor built with the tag has when SELLERPULSE_PLANTED names them, each with what brings it out.
var planted = map[string]surroundings{
	// The group's offsets are committed on their own, so that a transaction that comes to nothing takes none of them back.
	"offsets-outside": {faults: map[fault]int{killAtStep: 1}, steps: []cut.Step{cut.AddPartitionsToTxn, cut.Produce}},
	// The state is restored before the earlier owner is fenced, who may yet commit.
	"apply-before-fencing": {faults: map[fault]int{lateFence: 5, killOne: 1}, processors: 3},
	// A transaction whose end is not known is gone on with.
	"skip-abort": {faults: map[fault]int{cutStep: 6, killOne: 1}, steps: []cut.Step{cut.EndTxn}},
	// The local state is taken as it is, without what the changelog has behind it: a process that is killed loses what it wrote since it began.
	"stale-position": {faults: map[fault]int{stopOne: 1, killOne: 1}, singly: true},
	// While one partition of a process has failed, its others publish no alerts.
	"silent-beside-failed": {faults: map[fault]int{poisonOne: 1}},
	// Topics are taken as they are.
	"take-enlarged": {faults: map[fault]int{enlargeTopics: 1}},
}

// surroundings are where a bug shows.
type surroundings struct {
	faults     map[fault]int
	steps      []cut.Step // of transactions at which that is done which is done at one; none: any
	singly     bool       // all is applied between two faults
	processors int        // 0: one, which nobody takes anything over from
}

// The campaign fails when it must: each planted bug makes the checker find something, or a processor end by itself.
func TestPlantedBugsAreCaught(t *testing.T) {
	if testing.Short() {
		t.Skip("skipped: takes minutes")
	}
	t.Parallel()
	brokertest.NeedKafka(t)
	folder := t.TempDir()
	binary, err := fleet.Build(t.Context(), folder, "planted")
	if err != nil {
		t.Fatal(err)
	}
	t.Run("none", func(t *testing.T) {
		t.Parallel() // As campaigns are.
		o := plantedOptions(t, binary, "", surroundings{processors: 3})
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
			result := plant(t, plantedOptions(t, binary, bug, planted[bug]))
			if len(result.Problems) == 0 {
				t.Errorf("not caught in %d rounds, %d kills, %d zombies, cuts %v", result.Rounds, result.Kills, result.Zombies, result.Cuts)
				return
			}
			t.Logf("caught in round %d after %d kills, %d zombies, cuts %v: %s", result.Rounds, result.Kills, result.Zombies, result.Cuts, result.Problems[0])
		})
	}
}

// plantedOptions are those of a campaign of processors with a bug, with rounds enough: it is mostly caught in the first.
func plantedOptions(t *testing.T, binary, bug string, in surroundings) options {
	t.Helper()
	o := short(21, 1)
	o.Rounds, o.Events, o.Faults, o.Gap = 8, 3000, 8, 800*time.Millisecond
	if in.singly {
		o.Bursts, o.Faults = o.Faults, 1
	}
	if bug != "" {
		o.RefusalTimeout = 10 * time.Second
	}
	if o.Steps, o.Processors = in.steps, max(in.processors, 1); in.faults != nil {
		o.Weights = in.faults
	}
	o.Binary, o.Folder, o.Progress = binary, t.TempDir(), t.Output()
	o.Environment = []string{"SELLERPULSE_PLANTED=" + bug}
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
