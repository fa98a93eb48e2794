package main

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/spf13/cobra"

	"sellerpulse/test/brokertest"
)

// shopOf is orders of a seller, of which every third has bad feedback, placed on successive days.
func shopOf(seller string, orders int) string {
	var b strings.Builder
	begin := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for i := range orders {
		at := begin.AddDate(0, 0, i)
		b.WriteString(placed(seller, fmt.Sprintf("O%d", i), at))
		if i%3 == 0 {
			fmt.Fprintf(&b, `{"topic":"feedback","kind":"LEFT","event_id":"f%d","occurred_at":%q,"seller_id":%q,"order_id":"O%d","feedback_id":"F%d","rating":1}`+"\n",
				i, instantText(at.Add(time.Hour)), seller, i, i)
		}
	}
	return b.String()
}

// placed is an order that was placed at a time.
func placed(seller, id string, at time.Time) string {
	return fmt.Sprintf(`{"topic":"orders","kind":"PLACED","event_id":"e-%s","occurred_at":%q,"seller_id":%q,"order_id":%q,"order_date":%q,"channel":"MFN","items":[{"item_id":"1","product_line":"toys","quantity":1}],"ship_by":%q,"deliver_by":%q}`+"\n",
		id, instantText(at), seller, id, instantText(at), instantText(at.AddDate(0, 0, 2)), instantText(at.AddDate(0, 0, 7)))
}

func instantText(t time.Time) string { return t.Format(time.RFC3339) }

// published is the alerts and the reports of an application, or of a candidate by its name.
func published(t *testing.T, environment map[string]string, candidate string) (alerts, reports string) {
	t.Helper()
	args := []string{}
	if candidate != "" {
		own := environment["SELLERPULSE_APP_ID"] + "-backfill-" + candidate
		args = []string{"--topic-alerts", own + "-alerts", "--topic-seller-health", own + "-seller-health"}
	}
	alerts = must(t, environment, "", append(args, "alerts", "--from-beginning", "--until-end", "--output", "json")...)
	return alerts, must(t, environment, "", append(args, "report", "--all")...)
}

// start begins a bounded candidate and waits for its end.
func start(t *testing.T, environment map[string]string, name string, args ...string) string {
	t.Helper()
	all := append([]string{"backfill", "start", name, "--until-end", "--state-dir", filepath.Join(t.TempDir(), name)}, args...)
	got := call(t, environment, "", all...)
	if got.code != exitDone {
		t.Fatalf("%q: %+v", all, got)
	}
	return got.stderr
}

const fewRules = `rules:
  - {name: feedback, metric: negative_feedback_rate, window: 7d, target: "< 0.5", class: contractual}
  - {name: defects, metric: order_defect_rate, window: 30d, target: "< 0.1", class: advisory}
`

// A candidate with the rules of the live state publishes the same, one with other rules what a state that was built with them from the beginning
// has, and neither publishes anything to the live topics.
func TestBackfillEqualsAStateBuiltFromTheBeginning(t *testing.T) {
	brokertest.Each(t, func(t *testing.T, b *brokertest.Broker) {
		environment := topicsAt(t, b)
		must(t, environment, shopOf("S1", 40)+shopOf("S2", 25), "produce")
		until := []string{"--as-of", "2026-04-01T00:00:00Z"}
		must(t, environment, "", append([]string{"run", "--until-end", "--state-dir", t.TempDir()}, until...)...)
		alerts, reports := published(t, environment, "")
		if strings.Count(alerts, "\n") < 4 || strings.Count(reports, "\n") != 2 {
			t.Fatalf("the live state has published %q and %q", alerts, reports)
		}
		start(t, environment, "same", until...)
		if a, r := published(t, environment, "same"); a != alerts || r != reports {
			t.Errorf("with the same rules alerts are %s, want %s, and reports %s, want %s", a, alerts, r, reports)
		}

		rules := append([]string{"--rules", write(t, "rules.yaml", fewRules)}, until...)
		start(t, environment, "mended", rules...)
		fresh := maps.Clone(environment)
		fresh["SELLERPULSE_APP_ID"] = b.Prefix + "fresh"
		for _, output := range []string{"ALERTS", "SELLER_HEALTH", "DEAD_LETTERS"} {
			fresh["SELLERPULSE_TOPIC_"+output] = "fresh-" + strings.ToLower(output)
		}
		must(t, fresh, "", "topics")
		must(t, fresh, "", append([]string{"run", "--until-end", "--state-dir", t.TempDir()}, rules...)...)
		wantAlerts, wantReports := published(t, fresh, "")
		if a, r := published(t, environment, "mended"); a != wantAlerts || r != wantReports || a == alerts {
			t.Errorf("with other rules alerts are %s, want %s, and reports %s, want %s", a, wantAlerts, r, wantReports)
		}
		if a, r := published(t, environment, ""); a != alerts || r != reports {
			t.Errorf("the live topics have %s and %s now, had %s and %s", a, r, alerts, reports)
		}
	})
}

// The reasons to begin a backfill beside other rules: a changelog that is gone, events that came when their order no longer counted and a longer
// retention, an input that moved, and a later beginning.
func TestReasonsToBackfill(t *testing.T) {
	brokertest.Each(t, func(t *testing.T, b *brokertest.Broker) {
		environment := topicsAt(t, b)
		must(t, environment, shopOf("S1", 10), "produce")
		must(t, environment, placed("S1", "new", time.Date(2026, 8, 1, 0, 0, 0, 0, time.UTC))+placed("S1", "late", time.Date(2026, 1, 9, 0, 0, 0, 0, time.UTC)), "produce")
		must(t, environment, "", "run", "--until-end", "--state-dir", t.TempDir())
		alerts, reports := published(t, environment, "")

		if deleted, err := brokertest.Admin(t, b).DeleteTopics(t.Context(), b.Prefix+environment["SELLERPULSE_APP_ID"]+"-changelog"); err != nil || deleted.Error() != nil {
			t.Fatal(err, deleted.Error())
		}
		if got := call(t, environment, "", "run", "--until-end", "--state-dir", t.TempDir()); got.code != exitFailed || !strings.Contains(got.stderr, "-changelog") {
			t.Errorf("without its changelog the live state goes on: %+v", got)
		}
		start(t, environment, "restored")
		if a, r := published(t, environment, "restored"); a != alerts || r != reports {
			t.Errorf("after the changelog was lost alerts are %s, want %s, and reports %s, want %s", a, alerts, r, reports)
		}
		if s := status(t, environment, "restored"); s.DeadLetters.Records != 1 || s.Behind != 0 || s.State != "stopped" {
			t.Errorf("status %+v, want a dead letter of the order that came late", s)
		}
		start(t, environment, "longer", "--retention", "400d")
		if s := status(t, environment, "longer"); s.DeadLetters.Records != 0 || s.Behind != 0 {
			t.Errorf("status %+v, want no dead letter with a longer retention", s)
		}

		moved := maps.Clone(environment)
		moved["SELLERPULSE_TOPIC_ORDERS"] = "orders-v2"
		must(t, moved, "", "topics")
		must(t, moved, shopOf("S9", 3), "produce")
		start(t, moved, "moved")
		if _, r := published(t, environment, "moved"); !strings.Contains(r, `"seller_id":"S9"`) {
			t.Errorf("after an input moved the reports are %s, want the seller of the new one", r)
		}
		if s := status(t, environment, "moved"); s.Behind != 0 || s.Description.Inputs[0] != b.Prefix+"orders-v2" {
			t.Errorf("status %+v, want the input that it was begun with", s)
		}
	})
}

// A candidate that begins later says from when on numbers are whole.
func TestBackfillFromATime(t *testing.T) {
	brokertest.Each(t, func(t *testing.T, b *brokertest.Broker) {
		environment := topicsAt(t, b)
		must(t, environment, shopOf("S1", 3), "produce")
		log := start(t, environment, "later", "--from", "2036-01-01T00:00:00Z")
		if s := status(t, environment, "later"); s.Read != 0 || s.Behind != 0 || s.Description.From != "2036-01-01T00:00:00Z" {
			t.Errorf("status %+v", s)
		}
		if !strings.Contains(log, `level=WARN msg="inputs do not reach back to their first records: numbers of orders placed before that are not whole, nor are windows that have any of them" whole_since=`) || !strings.Contains(log, "odr until 20") {
			t.Errorf("log %s", log)
		}
		log = start(t, environment, "old", "--from", "2036-01-01T00:00:00Z", "--as-of", "2037-01-01T00:00:00Z")
		if !strings.Contains(log, `level=INFO msg="inputs do not reach back to their first records: the windows of all rules are whole all the same" whole_since=`) {
			t.Errorf("log %s", log)
		}
		log = start(t, environment, "whole")
		if strings.Contains(log, "whole") && strings.Contains(log, "inputs do not reach back") {
			t.Errorf("log %s", log)
		}
	})
}

type statusAnswer struct {
	State       string
	Processes   int
	Read        int64
	Behind      int64
	Done        float64
	Alerts      struct{ Records int64 }
	DeadLetters struct{ Records int64 } `json:"dead_letters"`
	Description struct {
		From   string
		Inputs []string
	}
}

// status is what `backfill status` tells programs.
func status(t *testing.T, environment map[string]string, name string) (s statusAnswer) {
	t.Helper()
	if err := json.Unmarshal([]byte(must(t, environment, "", "backfill", "status", name, "--output", "json")), &s); err != nil {
		t.Fatal(err)
	}
	return s
}

// A candidate catches up, follows what comes, is listed, cannot be discarded while it runs, and then is.
func TestLifeOfABackfill(t *testing.T) {
	brokertest.Each(t, func(t *testing.T, b *brokertest.Broker) {
		environment := topicsAt(t, b)
		must(t, environment, shopOf("S1", 20), "produce")
		directory := filepath.Join(t.TempDir(), "state")
		p := launch(t, environment, "", "backfill", "start", "x", "--state-dir", directory)
		p.await("caught up, following")
		if s := status(t, environment, "x"); s.State != "running" || s.Processes != 1 || s.Done != 1 {
			t.Errorf("status %+v", s)
		}
		must(t, environment, placed("S2", "new", time.Now().UTC()), "produce") // By the clock, which time has come to follow.
		await(t, "the candidate has followed", func() bool {
			_, reports := published(t, environment, "x")
			return strings.Contains(reports, `"seller_id":"S2"`)
		})
		for _, want := range []string{"Backfill x: running (processes: 1), begun 20", "PARTITION", "LIVE BEHIND", "all ", "100.0%", "0 dead letters\n"} {
			if out := must(t, environment, "", "backfill", "status", "x"); !strings.Contains(out, want) {
				t.Errorf("status prints %q, want %q in it", out, want)
			}
		}
		for _, want := range []string{"NAME", "BEGUN (UTC)", "x ", "running\n"} {
			if out := must(t, environment, "", "backfill", "list"); !strings.Contains(out, want) {
				t.Errorf("list prints %q, want %q in it", out, want)
			}
		}
		if got := call(t, environment, "", "backfill", "discard", "x", "--yes", "--state-dir", directory); got.code != exitFailed || !strings.Contains(got.stderr, `processor: backfill "x": it runs (processes: 1`) {
			t.Errorf("discarding what runs: %+v", got)
		}
		p.signal(syscall.SIGTERM)
		p.ends()
		if got := call(t, environment, "", "backfill", "discard", "x", "--state-dir", directory); got.code != exitUsage || !strings.Contains(got.stderr, "say so with --yes") {
			t.Errorf("discarding without being asked: %+v", got)
		}
		must(t, environment, "", "backfill", "discard", "x", "--yes", "--state-dir", directory)
		if _, err := os.Stat(directory); !os.IsNotExist(err) {
			t.Errorf("the state directory is still there: %v", err)
		}
		if out := must(t, environment, "", "backfill", "list", "--output", "json"); out != "[]\n" {
			t.Errorf("list prints %q, want none", out)
		}
	})
}

// A candidate that is killed goes on where it was, with its state or without it, and comes to what the live state came to.
func TestABackfillThatIsKilledGoesOn(t *testing.T) {
	brokertest.Each(t, func(t *testing.T, b *brokertest.Broker) {
		environment := topicsAt(t, b)
		for i := range 20 {
			must(t, environment, shopOf(fmt.Sprintf("S%d", i), 60), "produce")
		}
		must(t, environment, "", "run", "--until-end", "--state-dir", t.TempDir())
		alerts, reports := published(t, environment, "")
		// Time does not move by the clock while records wait, so that it ends where the live state did.
		args := []string{"backfill", "start", "x", "--commit-events", "20", "--session-timeout", "6s", "--until-end", "--state-dir"}
		own := t.TempDir()
		for _, directory := range []string{own, t.TempDir()} {
			p := launch(t, environment, "", append(args, directory)...)
			p.signal(syscall.SIGKILL)
			_ = p.cmd.Wait() // It was killed.
		}
		must(t, environment, "", append(args, own)...)
		if a, r := published(t, environment, "x"); a != alerts || r != reports {
			t.Errorf("alerts are %s, want %s, and reports %s, want %s", a, alerts, r, reports)
		}
	})
}

// await polls until the condition holds or the test's time is up.
func await(t *testing.T, what string, condition func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	beat := time.NewTicker(20 * time.Millisecond)
	defer beat.Stop()
	for !condition() {
		select {
		case <-beat.C:
		case <-ctx.Done():
			t.Fatalf("%s: not within a minute", what)
		}
	}
}

// The state directory of the live state is not a candidate's.
func TestBackfillInTheLiveStateDirectory(t *testing.T) {
	environment := broker(t)
	must(t, environment, "", "topics", "--partitions", "1")
	must(t, environment, shop, "produce")
	must(t, environment, "", "run", "--until-end")
	got := call(t, environment, "", "backfill", "start", "x", "--until-end")
	want := fmt.Sprintf("processor: state directory %s belongs to %q, not to %q: name another with --state-dir\n", environment["SELLERPULSE_STATE_DIR"],
		owner(t, environment["SELLERPULSE_STATE_DIR"]), strings.Replace(owner(t, environment["SELLERPULSE_STATE_DIR"]), "app-changelog", "app-backfill-x-changelog", 1))
	if got.code != exitFailed || got.stderr != want {
		t.Errorf("%+v, want %q", got, want)
	}
	if out := must(t, environment, "", "backfill", "list", "--output", "json"); out != "[]\n" {
		t.Errorf("list prints %q, want that nothing was made", out)
	}
}

func TestShellsCompleteNamesOfBackfills(t *testing.T) {
	environment := broker(t)
	must(t, environment, "", "topics", "--partitions", "1")
	start(t, environment, "mended")
	start(t, environment, "other")
	complete := func(environment map[string]string, words ...string) string {
		got := call(t, environment, "", append([]string{cobra.ShellCompNoDescRequestCmd, "backfill"}, words...)...)
		return got.stdout
	}
	for _, command := range []string{"start", "status", "discard"} {
		if got := complete(environment, command, ""); got != "mended\nother\n:4\n" {
			t.Errorf("after %s shells propose %q", command, got)
		}
		if got := complete(environment, command, "mended", ""); got != ":4\n" {
			t.Errorf("after %s mended shells propose %q", command, got)
		}
	}
	if got := complete(map[string]string{"SELLERPULSE_BROKERS": nobody}, "status", ""); got != ":4\n" {
		t.Errorf("without a broker shells propose %q", got)
	}
}
