package main

import (
	"maps"
	"slices"
	"testing"
	"time"

	"sellerpulse/test/brokertest"
	"sellerpulse/test/campaign/fleet"
)

// planted are bugs that a processor built with the tag has when SELLERPULSE_PLANTED names them, each with the faults that bring it out.
var planted = map[string]map[fault]int{
	// The group's offsets are committed on their own, so that a transaction that comes to nothing takes none of them back.
	"offsets-outside": {killOne: 2, killAll: 1, cutStep: 4},
	// The state is restored before the earlier owner is fenced, who may yet commit.
	"apply-before-fencing": {lateFence: 5, killOne: 1},
	// A transaction whose end is not known is gone on with.
	"skip-abort": {cutStep: 6, killOne: 1},
	// The local state is taken as it is, without what the changelog has behind it.
	"stale-position": {killOne: 4, killAll: 2, restoreState: 3, stopOne: 1},
	// While one partition of a process has failed, its others publish no alerts.
	"silent-beside-failed": {poisonOne: 1},
	// Topics are taken as they are.
	"take-enlarged": {enlargeTopics: 1},
}

// The campaign fails when it must: each planted bug makes the checker find something, or a processor end by itself.
func TestPlantedBugsAreCaught(t *testing.T) {
	if testing.Short() {
		t.Skip("skipped: takes minutes")
	}
	brokertest.NeedKafka(t)
	folder := t.TempDir()
	binary, err := fleet.Build(t.Context(), folder, "planted")
	if err != nil {
		t.Fatal(err)
	}
	t.Run("none", func(t *testing.T) {
		all := map[fault]int{}
		for _, faults := range planted {
			for f, weight := range faults {
				all[f] += weight
			}
		}
		if result := plant(t, binary, "", all, 1); len(result.Problems) > 0 {
			t.Errorf("without a planted bug: %s", result.Problems)
		}
	})
	for _, bug := range slices.Sorted(maps.Keys(planted)) {
		t.Run(bug, func(t *testing.T) {
			const most = 8 // Rounds; it is mostly caught in the first.
			result := plant(t, binary, bug, planted[bug], most)
			if len(result.Problems) == 0 {
				t.Errorf("not caught in %d rounds, %d kills, %d zombies, cuts %v", result.Rounds, result.Kills, result.Zombies, result.Cuts)
				return
			}
			t.Logf("caught in round %d after %d kills, %d zombies, cuts %v: %s", result.Rounds, result.Kills, result.Zombies, result.Cuts, result.Problems[0])
		})
	}
}

// plant runs a campaign of processors with a bug, until it is caught or there were enough rounds.
func plant(t *testing.T, binary, bug string, faults map[fault]int, rounds int) figures {
	t.Helper()
	o := short(21, 1)
	if bug != "" {
		o.RefusalTimeout = 20 * time.Second
	}
	o.Rounds, o.Binary, o.Weights, o.Folder = rounds, binary, faults, t.TempDir()
	o.Environment = []string{"SELLERPULSE_PLANTED=" + bug}
	o.Progress = t.Output()
	result, err := run(t.Context(), o)
	if err != nil && len(result.Problems) == 0 {
		t.Fatal(err)
	}
	return result
}
