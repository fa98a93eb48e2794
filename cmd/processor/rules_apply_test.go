package main

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"sellerpulse/internal/state"
	"sellerpulse/internal/stream"
	"sellerpulse/internal/worker"
	"sellerpulse/pkg/rules"
	"sellerpulse/test/brokertest"
	"sellerpulse/test/enginetest"
)

// stoppable runs the command line until what is returned is called, which demands that it ended in order.
func stoppable(t *testing.T, environment map[string]string, args ...string) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan result, 1)
	go func() { done <- callUntil(ctx, 0, environment, "", args...) }()
	return func() {
		t.Helper()
		cancel()
		if r := <-done; r.code != exitDone {
			t.Errorf("%v: code %d, error %q", args, r.code, r.stderr)
		}
	}
}

// youngShop is events of a seller with four orders of yesterday, one of which has bad feedback.
func youngShop(now time.Time) string {
	var b strings.Builder
	at := now.Add(-24 * time.Hour).Format(time.RFC3339)
	for i := range 4 {
		fmt.Fprintf(&b, `{"topic":"orders","kind":"PLACED","event_id":"e%d","occurred_at":%q,"seller_id":"S1","order_id":"O%d","order_date":%q,"channel":"MFN"}`+"\n", i, at, i, at)
	}
	fmt.Fprintf(&b, `{"topic":"feedback","kind":"LEFT","event_id":"f","occurred_at":%q,"seller_id":"S1","order_id":"O1","feedback_id":"F1","rating":1}`+"\n", now.Add(-time.Hour).Format(time.RFC3339))
	return b.String()
}

// checkAlerts demands that just these alerts were published: id, kind, kind of the cause.
func checkAlerts(t *testing.T, environment map[string]string, want ...string) {
	t.Helper()
	var got []string
	for line := range strings.Lines(must(t, environment, "", "alerts", "--from-beginning", "--until-end", "--output", "json")) {
		var a struct {
			ID    string `json:"alert_id"`
			Kind  string
			Cause struct{ Kind string }
		}
		if err := json.Unmarshal([]byte(line), &a); err != nil {
			t.Fatal(err)
		}
		got = append(got, a.ID+" "+a.Kind+" "+a.Cause.Kind)
	}
	if !slices.Equal(got, want) {
		t.Errorf("alerts %q, want %q", got, want)
	}
}

// awaitMember waits until the group has a member.
func awaitMember(t *testing.T, broker *brokertest.Broker, group string) {
	t.Helper()
	client, err := stream.Dial(t.Context(), stream.Options{Brokers: broker.Addresses})
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	enginetest.Eventually(t, "a process is a member of the group", func() bool {
		members, err := worker.Members(t.Context(), client, group)
		return err == nil && len(members) == 1 && members[0].Fact(state.FactRules) != ""
	})
}

// An operator changes a target while two processes run, a subscriber gets just the alert of it, and it is taken back.
func TestRulesAreAppliedToARunningService(t *testing.T) {
	brokertest.Each(t, func(t *testing.T, broker *brokertest.Broker) {
		environment := map[string]string{
			"SELLERPULSE_BROKERS": strings.Join(broker.Addresses, ","), "SELLERPULSE_TOPIC_PREFIX": broker.Prefix, "SELLERPULSE_APP_ID": broker.Prefix + "app",
		}
		must(t, environment, "", "topics", "--partitions", "2")
		must(t, environment, youngShop(time.Now().UTC()), "produce")
		must(t, environment, "", "run", "--until-end", "--state-dir", t.TempDir())
		stops := []func(){
			stoppable(t, environment, "run", "--listen", "", "--state-dir", t.TempDir()), stoppable(t, environment, "run", "--listen", "", "--state-dir", t.TempDir()),
		}

		bad := write(t, "bad.yaml", strings.Replace(string(rules.BuiltInFile()), `"< 0.01"`, `"< 1.5"`, 1))
		if got := call(t, environment, "", "rules", "apply", bad); got.code != exitFailed || !strings.Contains(got.stderr, "bad.yaml:") {
			t.Errorf("a slip: %+v, want its place", got)
		}
		if out := must(t, environment, "", "rules", "history"); strings.Count(out, "\n") != 1 {
			t.Errorf("what is wrong was applied: %q", out)
		}
		loose := write(t, "loose.yaml", strings.ReplaceAll(string(rules.BuiltInFile()), `"< 0.01"`, `"< 0.5"`))
		if out := must(t, environment, "", "rules", "apply", loose, "--dry-run"); !strings.Contains(out, "Nothing was applied") {
			t.Errorf("a dry run: %q", out)
		}
		must(t, environment, "", "rules", "apply", "amazon-2022", "--comment", "the first")
		if out := must(t, environment, "", "rules", "apply", loose); !strings.Contains(out, "Revision 2 is applied: 8 rules.") || !strings.Contains(out, "go by it") {
			t.Errorf("apply: %q", out)
		}
		status := must(t, environment, "", "rules", "status", "--output", "json")
		if !strings.Contains(status, `"newest":2`) || !strings.Contains(status, `"read":true,"revision":2`) {
			t.Errorf("status: %q", status)
		}
		must(t, environment, "", "rules", "apply", "--revision", "1", "--comment", "back")
		if out := must(t, environment, "", "rules", "history"); !strings.Contains(out, "back") || !strings.Contains(out, "the first") || strings.Count(out, "\n") != 4 {
			t.Errorf("history: %q", out)
		}
		for _, stop := range stops {
			stop()
		}
		checkAlerts(t, environment, "S1/odr-early/1 BREACHED LEFT", "S1/odr-early/2 RESOLVED RULES", "S1/odr-early/3 BREACHED RULES")

		file := maps.Clone(environment)
		file["SELLERPULSE_RULES"] = loose
		stop := stoppable(t, file, "run", "--listen", "", "--state-dir", t.TempDir())
		awaitMember(t, broker, environment["SELLERPULSE_APP_ID"])
		if got := call(t, environment, "", "rules", "apply", "amazon-2022"); got.code != exitFailed || !strings.Contains(got.stderr, "--rules") {
			t.Errorf("apply beside rules that were given: %+v", got)
		}
		stop()
	})
}

// A silence of sellers whom a file lists is applied with its list: nobody is told, the report says so, and what was kept is told when it is taken out.
func TestASilenceIsApplied(t *testing.T) {
	environment := broker(t)
	folder := t.TempDir()
	for name, text := range map[string]string{
		"silenced.yaml": string(rules.BuiltInFile()) + "overrides:\n  - {sellers_file: new.csv, silence: {until: 2999-12-31, reason: they are new}}\n",
		"new.csv":       "seller_id,since\nS1,2026\n",
	} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	must(t, environment, "", "topics", "--partitions", "1")
	must(t, environment, "", "rules", "apply", filepath.Join(folder, "silenced.yaml"))
	must(t, environment, youngShop(time.Now().UTC()), "produce")
	directory := t.TempDir()
	must(t, environment, "", "run", "--until-end", "--state-dir", directory)
	checkAlerts(t, environment)
	if out := must(t, environment, "", "report", "--seller", "S1"); !strings.Contains(out, "\nodr-early is silenced until 2999-12-31: they are new\n") {
		t.Errorf("report: %q", out)
	}
	must(t, environment, "", "verify", "--state-dir", directory, "--rules", filepath.Join(folder, "silenced.yaml"))
	stop := stoppable(t, environment, "run", "--listen", "", "--state-dir", directory)
	must(t, environment, "", "rules", "apply", "amazon-2022")
	stop()
	checkAlerts(t, environment, "S1/odr-early/1 BREACHED RULES")
	if out := must(t, environment, "", "report", "--seller", "S1"); strings.Contains(out, "silenced") {
		t.Errorf("report: %q", out)
	}
}

// Revisions are told of where nothing runs, and those that there are not are refused.
func TestRulesApplyRefuses(t *testing.T) {
	environment := broker(t)
	for _, args := range [][]string{{"rules", "apply", "amazon-2022"}, {"rules", "status"}, {"rules", "history"}} {
		if got := call(t, environment, "", args...); got.code != exitFailed || !strings.Contains(got.stderr, "`processor topics`") {
			t.Errorf("%v without topics: %+v", args, got)
		}
	}
	must(t, environment, "", "topics", "--partitions", "1")
	if out := must(t, environment, "", "rules", "apply", "amazon-2022"); !strings.Contains(out, "No partition has a state yet") {
		t.Errorf("apply where nothing runs: %q", out)
	}
	if out := must(t, environment, "", "rules", "status"); !strings.Contains(out, "nothing was read yet") {
		t.Errorf("status: %q", out)
	}
	for args, code := range map[string]int{"": exitUsage, "--revision x": exitUsage, "--revision 7": exitFailed, "no-such-pack": exitUsage, "amazon-2022 --revision 1": exitUsage} {
		if got := call(t, environment, "", append([]string{"rules", "apply"}, strings.Fields(args)...)...); got.code != code {
			t.Errorf("rules apply %s: code %d, error %q; want code %d", args, got.code, got.stderr, code)
		}
	}
}
