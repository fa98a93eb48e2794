package main

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sellerpulse/pkg/rules"
	"sellerpulse/test/brokertest"
)

// A candidate of a rule file beside a live application that goes by applied rules is cut over to once these say the same, and its processes then go by what is
// applied, side by side with those of before: none is refused, and all take what is applied next.
func TestACandidateOfAFileBesideAppliedRules(t *testing.T) {
	brokertest.Each(t, func(t *testing.T, broker *brokertest.Broker) {
		environment := topicsAt(t, broker)
		must(t, environment, youngShop(time.Now().UTC()), "produce")
		stop := stoppable(t, environment, "run", "--listen", "", "--state-dir", t.TempDir())
		must(t, environment, "", "rules", "apply", "amazon-2022")
		loose := write(t, "loose.yaml", strings.ReplaceAll(string(rules.BuiltInFile()), `"< 0.01"`, `"< 0.5"`))
		start := func() (stop func()) {
			return stoppable(t, environment, "backfill", "start", "x", "--rules", loose, "--state-dir", filepath.Join(t.TempDir(), "x"))
		}
		stopCandidate := start()
		await(t, "both have caught up", func() bool {
			got := call(t, environment, "", "backfill", "status", "x", "--output", "json")
			return strings.Contains(got.stdout, `"state":"running"`) && strings.Contains(got.stdout, `"behind":0,"live_behind":0`)
		})

		got := call(t, environment, "", "backfill", "cut-over", "x")
		if got.code != exitFailed || !strings.Contains(got.stderr, "put the candidate's rules in force first with `processor rules apply`") {
			t.Errorf("a cut-over to other rules than the applied ones: %+v", got)
		}
		must(t, environment, "", "rules", "apply", loose)
		must(t, environment, "", "backfill", "cut-over", "x")
		if out := must(t, environment, "", "rules", "apply", "amazon-2022"); !strings.Contains(out, "go by it") {
			t.Errorf("apply after the cut-over: %q", out)
		}
		stop()
		stopCandidate()

		stopCandidate = start() // By its flags of before it works for the live application, by what is applied.
		if out := must(t, environment, "", "rules", "apply", loose); !strings.Contains(out, "go by it") {
			t.Errorf("apply after a restart: %q", out)
		}
		stopCandidate()
		checkAlerts(t, environment, "S1/odr-early/1 BREACHED LEFT", "S1/odr-early/2 RESOLVED RULES", "S1/odr-early/3 BREACHED RULES", "S1/odr-early/4 RESOLVED RULES")
	})
}

// A candidate without --rules goes by the applied rules, also when others are applied while it is stopped.
func TestACandidateFollowsAppliedRules(t *testing.T) {
	environment := broker(t)
	must(t, environment, "", "topics", "--partitions", "1")
	must(t, environment, youngShop(time.Now().UTC()), "produce")
	must(t, environment, "", "run", "--until-end", "--state-dir", t.TempDir())
	must(t, environment, "", "rules", "apply", "amazon-2022", "--no-wait")
	directory := filepath.Join(t.TempDir(), "x")
	must(t, environment, "", "backfill", "start", "x", "--until-end", "--state-dir", directory)
	loose := write(t, "loose.yaml", strings.ReplaceAll(string(rules.BuiltInFile()), `"< 0.01"`, `"< 0.5"`))
	must(t, environment, "", "rules", "apply", loose, "--no-wait")
	must(t, environment, "", "backfill", "start", "x", "--until-end", "--state-dir", directory)
	if got := call(t, environment, "", "backfill", "start", "x", "--until-end", "--rules", loose, "--state-dir", directory); got.code != exitFailed || !strings.Contains(got.stderr, "it was begun by the rules that were applied") {
		t.Errorf("a candidate by applied rules with --rules: %+v", got)
	}
}
