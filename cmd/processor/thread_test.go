package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

// must runs the command line, which is to succeed, and returns what it printed.
func must(t *testing.T, environment map[string]string, stdin string, args ...string) string {
	t.Helper()
	got := call(t, environment, stdin, args...)
	if got.code != exitDone {
		t.Fatalf("%s: code %d, error %q", strings.Join(args, " "), got.code, got.stderr)
	}
	return got.stdout
}

// A shop with one order and one bad feedback about it.
const shop = `{"topic":"orders","kind":"PLACED","event_id":"e1","occurred_at":"2026-01-02T03:04:05Z","seller_id":"S1","order_id":"O1","order_date":"2026-01-02T03:04:05Z","channel":"MFN","items":[{"item_id":"1","product_line":"toys","quantity":1}],"ship_by":"2026-01-04T23:59:59Z","deliver_by":"2026-01-09T23:59:59Z"}

{"topic":"feedback","kind":"LEFT","event_id":"e2","occurred_at":"2026-01-03T10:00:00Z","seller_id":"S1","order_id":"O1","feedback_id":"F1","rating":1}
`

func TestFromEventsToAlertsAndReports(t *testing.T) {
	environment := broker(t)
	if out := must(t, environment, "", "topics", "--partitions", "3"); strings.Count(out, "created") != 11 {
		t.Errorf("topics prints %q, want eleven that were created", out)
	}
	if out := must(t, environment, "", "topics", "--check"); strings.Count(out, "exists") != 11 {
		t.Errorf("topics --check prints %q, want eleven that exist", out)
	}
	sent := call(t, environment, shop, "produce")
	if sent.code != exitDone || sent.stdout != "" || !strings.HasPrefix(sent.stderr, "sent 2 events in ") || !strings.HasSuffix(sent.stderr, ": orders 1, feedback 1\n") {
		t.Errorf("produce: %+v", sent)
	}
	must(t, environment, "", "run", "--until-end")

	var alert struct {
		ID          string `json:"alert_id"`
		Kind        string
		Numerator   int
		Denominator int
		AsOf        string `json:"as_of"`
	}
	lines := must(t, environment, "", "alerts", "--from-beginning", "--until-end", "--output", "json")
	if err := json.Unmarshal([]byte(lines), &alert); err != nil {
		t.Fatalf("alerts prints %q: %v", lines, err)
	}
	if got, want := fmt.Sprint(alert), "{S1/odr-early/1 BREACHED 1 1 2026-01-03T10:00:00.000Z}"; got != want {
		t.Errorf("alert %s, want %s", got, want)
	}
	table := must(t, environment, "", "alerts", "--from-beginning", "--until-end")
	want := []string{"TIME (UTC)", "2026-01-03 10:00:00  BREACHED  S1", "odr-early", "100.00%", "1/1", "< 1%", "feedback LEFT of order O1"}
	for _, part := range want {
		if !strings.Contains(table, part) || strings.Count(table, "\n") != 2 {
			t.Errorf("alerts prints %q, want a heading and a line with %q", table, part)
		}
	}
	checkReports(t, environment)
}

func checkReports(t *testing.T, environment map[string]string) {
	t.Helper()
	one := must(t, environment, "", "report", "--seller", "S1", "--output", "json")
	if !strings.HasPrefix(one, `{"seller_id":"S1","as_of":"2026-01-03T10:00:00.000Z","status":"ACTIVE","rules":[{"rule":"odr",`) {
		t.Errorf("report prints %q", one)
	}
	if all := must(t, environment, "", "report", "--all"); all != one {
		t.Errorf("report --all prints %q, want the one seller's line", all)
	}
	table := must(t, environment, "", "report", "--seller", "S1")
	for _, part := range []string{"Seller S1: ACTIVE as of 2026-01-03 10:00:00 UTC", "\nodr-early ", " BREACHED ", "\norder_defect_rate ", " toys "} {
		if !strings.Contains(table, part) {
			t.Errorf("report prints %q, want %q in it", table, part)
		}
	}
	if got := call(t, environment, "", "report", "--seller", "S2"); got.code != exitFailed || !strings.Contains(got.stderr, `no report of seller "S2"`) {
		t.Errorf("report of an unknown seller: %+v", got)
	}
}

// The end that --as-of asks for is told by the reports, and a bounded run needs no port.
func TestRunAsOf(t *testing.T) {
	environment := broker(t)
	must(t, environment, "", "topics", "--partitions", "1")
	must(t, environment, shop, "produce", "-")
	must(t, environment, "", "run", "--until-end", "--as-of", "2026-02-10T00:00:00Z")
	if out := must(t, environment, "", "report", "--seller", "S1", "--output", "json"); !strings.Contains(out, `"as_of":"2026-02-10T00:00:00.000Z","status":"UNDER_REVIEW"`) {
		t.Errorf("report prints %q, want that of the day on which the order counts for odr", out)
	}
}

func TestProduceNamesTheBadLine(t *testing.T) {
	environment := broker(t)
	must(t, environment, "", "topics", "--partitions", "1")
	file := write(t, "bad.jsonl", shop+`{"topic":"feedback","kind":"LEFT","event_id":"e3","occurred_at":"2026-01-03T10:00:00Z","seller_id":"S1","order_id":"O1","feedback_id":"F1","rating":7}`+"\n"+shop)
	got := call(t, environment, "", "produce", file)
	if want := "processor: " + file + ":4: rating 7 is outside 1 to 5 (2 events before that were sent)\n"; got.code != exitFailed || got.stderr != want {
		t.Errorf("code %d, error %q; want %q", got.code, got.stderr, want)
	}
}

func TestCommandsNeedTheirTopics(t *testing.T) {
	environment := broker(t)
	for _, args := range [][]string{{"topics", "--check"}, {"produce"}, {"alerts"}, {"report", "--all"}, {"run", "--listen="}} {
		if got := call(t, environment, shop, args...); got.code != exitFailed || !strings.Contains(got.stderr, "`processor topics`") {
			t.Errorf("%v: code %d, error %q; want how to create the topics", args, got.code, got.stderr)
		}
	}
}

func TestUnequalPartitions(t *testing.T) {
	environment := broker(t)
	must(t, environment, "", "topics", "--partitions", "2")
	other := map[string]string{}
	for variable, value := range environment {
		other[variable] = value
	}
	other["SELLERPULSE_TOPIC_ORDERS"] = "more-orders"
	got := call(t, other, "", "topics", "--partitions", "3")
	if got.code != exitFailed || !strings.Contains(got.stderr, "2 partitions already, not 3") {
		t.Errorf("%+v, want both numbers", got)
	}
}
