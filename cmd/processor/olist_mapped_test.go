package main

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"sellerpulse/internal/inspect"
	"sellerpulse/test/enginetest"
)

// What the dataset cannot give: it has no tracking numbers, so no tracking is valid and no delivery settled.
var olistUnknown = map[string]bool{"valid-tracking": true, "on-time-delivery": true, "valid_tracking_rate": true, "on_time_delivery_rate": true}

// The files of Olist's dataset, sent as they are, end in the reports and alerts that were computed independently of the same orders. They are as of 2018-03-01,
// up to which these are. Times are taken as UTC, as they were for these. An alert's cause is compared by its order: events have ids of the mapping's.
func TestOlistFiles(t *testing.T) {
	const until, last = "2018-03-01T00:00:00Z", "2018-02-28T23:17:51Z"
	var events []map[string]any
	causes := map[string]string{"TIME": "TIME"}
	enginetest.ReadLines(t, "olist/events.jsonl.gz", func(line []byte) {
		e := decode[map[string]any](t, string(line))
		causes[e["event_id"].(string)] = fmt.Sprint(e["topic"], e["kind"], e["order_id"])
		if e["occurred_at"].(string) < until {
			events = append(events, e)
		}
	})
	reports, alerts := olistLines(t, "olist/report-2018-03-01.jsonl.gz"), olistLines(t, "olist/alerts-2018-03-01.jsonl.gz")
	folder := t.TempDir()
	newOlistFiles(events).write(t, folder)
	eachBroker(t, func(t *testing.T, environment map[string]string) {
		t.Chdir(folder)                                         // where a mapping that is part of the program looks for its tables
		must(t, environment, "", "topics", "--partitions", "1") // as for the alerts that were computed
		got := call(t, environment, "", "produce", "--mapping", "olist", "--set", "zone=UTC", "olist_orders_dataset.csv")
		// One parcel more is scanned: its scan is at the hand-over, not an hour later.
		if got.code != exitDone || !strings.HasSuffix(got.stderr, ": orders 4,908, shipments 10,463, feedback 4,291\n") {
			t.Fatalf("produce: %+v", got)
		}
		must(t, environment, "", "run", "--until-end", "--as-of", last)
		checkOlistReports(t, must(t, environment, "", "report", "--all"), reports)
		lines := must(t, environment, "", "alerts", "--from-beginning", "--until-end", "--output", "json")
		checkOlistAlerts(t, withoutTopics(lines, environment), alerts, causes)
		// Reviews that came over 120 days after the order.
		if letters := must(t, environment, "", "dead-letters", "list", "--output", "json"); strings.Count(letters, "\n") != 2 || strings.Count(letters, `"reason":"expired"`) != 2 {
			t.Errorf("dead letters, want 2 that are expired: %.2000s", letters)
		}
	})
}

func olistLines(t *testing.T, name string) (lines []string) {
	t.Helper()
	enginetest.ReadLines(t, name, func(line []byte) { lines = append(lines, string(line)) })
	return lines
}

func checkOlistReports(t *testing.T, lines string, wanted []string) {
	t.Helper()
	type counts struct {
		Numerator, Denominator int64
		State                  string
	}
	got := map[string]*reportText{}
	for line := range strings.Lines(lines) {
		r := decode[*reportText](t, line)
		got[r.SellerID] = r
	}
	for _, line := range wanted {
		want := decode[struct {
			SellerID string `json:"seller_id"`
			AsOf     string `json:"as_of"`
			Rules    map[string]counts
			Metrics  map[string][2]int64
		}](t, line)
		r := got[want.SellerID]
		if r == nil || r.AsOf != want.AsOf {
			t.Fatalf("seller %s is reported as %+v, want as of %s", want.SellerID, r, want.AsOf)
		}
		for _, rule := range r.Rules {
			if g := (counts{rule.Numerator, rule.Denominator, rule.State}); g != want.Rules[rule.Rule] && !olistUnknown[rule.Rule] {
				t.Errorf("%s, %s: %+v, want %+v", want.SellerID, rule.Rule, g, want.Rules[rule.Rule])
			}
			delete(want.Rules, rule.Rule)
		}
		for _, m := range r.Metrics {
			if m.ProductLine != nil {
				continue
			}
			key := fmt.Sprintf("%s/%dd/%s", m.Metric, m.Window.Days, m.Channel)
			if g := [2]int64{m.Numerator, m.Denominator}; g != want.Metrics[key] && (!olistUnknown[m.Metric] || g[0] != 0) {
				t.Errorf("%s, %s: %v, want %v", want.SellerID, key, g, want.Metrics[key])
			}
			if m.Metric == "valid_tracking_rate" && m.Denominator != want.Metrics[key][1] {
				t.Errorf("%s, %s: of %d shipments, want %d", want.SellerID, key, m.Denominator, want.Metrics[key][1])
			}
			delete(want.Metrics, key)
		}
		if len(want.Rules)+len(want.Metrics) > 0 {
			t.Errorf("%s: not reported: %v %v", want.SellerID, want.Rules, want.Metrics)
		}
	}
	if len(got) != len(wanted) {
		t.Errorf("%d sellers are reported, want %d", len(got), len(wanted))
	}
}

// olistAlert is what is compared of an alert.
type olistAlert struct {
	AlertID       string `json:"alert_id"`
	Kind          string
	SellerID      string `json:"seller_id"`
	Rule, State   string
	PreviousState string    `json:"previous_state"`
	AsOf          time.Time `json:"as_of"`
	inspect.Numbers
}

func (a *olistAlert) text(cause string) string {
	return fmt.Sprintf("%s %s %s<-%s %v %s %s", a.AlertID, a.Kind, a.State, a.PreviousState, a.AsOf.UTC(), number(a.Numbers), cause)
}

func checkOlistAlerts(t *testing.T, lines string, wanted []string, causes map[string]string) {
	t.Helper()
	got, want, sellers := map[string][]string{}, map[string][]string{}, map[string]bool{}
	for _, line := range wanted {
		a := decode[struct {
			olistAlert
			Cause string
		}](t, line)
		sellers[a.SellerID] = true
		if key := a.SellerID + "/" + a.Rule; !olistUnknown[a.Rule] {
			want[key] = append(want[key], a.text(causes[a.Cause]))
		}
	}
	for line := range strings.Lines(lines) {
		a := decode[struct {
			olistAlert
			Cause struct {
				Topic, Kind string
				OrderID     string `json:"order_id"`
			}
		}](t, line)
		if key := a.SellerID + "/" + a.Rule; sellers[a.SellerID] && !olistUnknown[a.Rule] {
			got[key] = append(got[key], a.text(a.Cause.Topic+a.Cause.Kind+a.Cause.OrderID))
		}
	}
	if len(sellers) != 40 {
		t.Errorf("%d sellers with known transitions, want 40", len(sellers))
	}
	for key := range want {
		enginetest.CompareLists(t, key, got[key], want[key])
		delete(got, key)
	}
	for key := range got {
		t.Errorf("%s: %d alerts, want none", key, len(got[key]))
	}
}
