package main

import (
	"encoding/json"
	"strings"
	"testing"

	"sellerpulse/internal/app/reconcile"
	"sellerpulse/test/brokertest"
)

// performance is Amazon's report about the market's seller S1: the late shipment rate is ours, cancellations are one fewer of one order fewer, and of defects
// it has not those of the marketplace's own channel.
const performance = `{"accountStatuses": [], "performanceMetrics": [{"marketplaceId": "ATVPDKIKX0DER",
 "orderDefectRate": {"mfn": {"reportingDateRange": {"reportingDateFrom": "2026-01-01T00:00Z", "reportingDateTo": "2026-01-20T23:59Z"},
   "orderCount": 4, "orderWithDefects": {"count": 1, "status": "BAD"}, "fulfillmentType": "mfn", "rate": 0.25}},
 "lateShipmentRate": {"reportingDateRange": {"reportingDateFrom": "2026-01-02T00:00Z", "reportingDateTo": "2026-01-10T23:59Z"}, "orderCount": 4, "lateShipmentCount": 0},
 "preFulfillmentCancellationRate": {"reportingDateRange": {"reportingDateFrom": "2026-01-02T00:00Z", "reportingDateTo": "2026-01-03T23:59Z"}, "orderCount": 3, "cancellationCount": 0},
 "unitOnTimeDeliveryRate": {"reportingDateRange": {"reportingDateFrom": "2026-01-01T00:00Z", "reportingDateTo": "2026-01-14T23:59Z"}, "totalUnitCount": 1, "unitOnTimeDeliveryCount": 1}}]}`

// reconciled are the lines of JSON by the names of the figures.
func reconciled(t *testing.T, out string) map[string]reconcile.Line {
	t.Helper()
	lines := map[string]reconcile.Line{}
	for line := range strings.Lines(out) {
		var l reconcile.Line
		if err := json.Unmarshal([]byte(line), &l); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		lines[l.Name] = l
	}
	return lines
}

// candidates are the orders that could explain a difference, with why.
func candidates(l reconcile.Line) string {
	var texts []string
	for _, c := range l.Candidates {
		texts = append(texts, c.OrderID+" in the "+string(c.Part)+": "+c.Why)
	}
	return strings.Join(texts, "\n")
}

func TestReconcile(t *testing.T) {
	brokertest.Each(t, func(t *testing.T, b *brokertest.Broker) {
		environment := residentAt(t, b)
		excused := `{"topic":"orders","kind":"EXCUSED","event_id":"x1","occurred_at":"2026-01-20T08:00:00Z","seller_id":"S1","order_id":"O1","metrics":["late_shipment_rate"]}` + "\n"
		excused += `{"topic":"orders","kind":"EXCUSED","event_id":"x2","occurred_at":"2026-01-20T09:00:00Z","seller_id":"S1","order_id":"O5","metrics":["valid_tracking_rate"]}` + "\n"
		must(t, environment, market+excused, "produce")
		must(t, environment, "", "run", "--until-end", "--as-of", "2026-01-21T12:00:00Z")
		ask := func(want int, statement string, args ...string) result {
			t.Helper()
			got := call(t, environment, statement, append([]string{"reconcile", "--seller", "S1", "--with", "-", "--state-dir", environment["SELLERPULSE_STATE_DIR"]}, args...)...)
			if got.code != want {
				t.Fatalf("code %d, want %d: %s%s", got.code, want, got.stdout, got.stderr)
			}
			return got
		}
		got := ask(exitFailed, performance, "--output", "json")
		if !strings.Contains(got.stderr, `1 of 3 figures of seller "S1" is not ours`) {
			t.Errorf("error %q", got.stderr)
		}
		lines := reconciled(t, got.stdout)
		for name, equal := range map[string]bool{"orderDefectRate.mfn": true, "lateShipmentRate": true, "preFulfillmentCancellationRate": false} {
			if l := lines[name]; l.Equal == nil || *l.Equal != equal {
				t.Errorf("%s: %+v, want equal: %t", name, l, equal)
			}
		}
		if l := lines["unitOnTimeDeliveryRate"]; l.Equal != nil || l.Why != "no metric counts that" {
			t.Errorf("%+v", l)
		}
		want := "O4 in the numerator: on the last day of the window: for the marketplace it may be on the day after\n" +
			"O1 in the denominator: on the first day of the window: for the marketplace it may be on the day before\n" +
			"O2 in the denominator: on the first day of the window: for the marketplace it may be on the day before\n" +
			"O5 in the denominator: on the last day of the window: for the marketplace it may be on the day after"
		if text := candidates(lines["preFulfillmentCancellationRate"]); text != want {
			t.Errorf("candidates\n%s\nwant\n%s", text, want)
		}
		const head = "rule,from,to,numerator,denominator,at\n"
		for figures, want := range map[string]string{
			"late_shipment_rate,2026-01-01,2026-01-05,1,4,":               "O1 in the numerator: excused at 2026-01-20 08:00:00 UTC, without which it would count",
			"valid_tracking_rate,2026-01-01,2026-01-05,1,3,":              "O5 in the denominator: excused at 2026-01-20 09:00:00 UTC, without which it would count",
			"odr-early,2026-01-01,2026-01-05,1,5,2026-01-10T00:00:00Z":    "O3 in the numerator: counts since 2026-01-14 10:00:00 UTC, after the marketplace counted",
			"late_shipment_rate,2026-01-01,2026-01-02,0,4,":               "O4 in the denominator: on the day after the last of the window: for the marketplace it may be within\nO5 in the denominator: on the day after the last of the window: for the marketplace it may be within",
			"cancellation_rate,2026-01-03,2026-01-03,0,2,":                "O4 in the numerator: on the first day of the window: for the marketplace it may be on the day before",
			"cancellation_rate,2026-01-04,2026-01-05,1,0,":                "O4 in the numerator: on the day before the first of the window: for the marketplace it may be within",
			"negative_feedback_rate,2026-01-10,2026-01-12,0,1,":           "",
			"negative_feedback_rate,2026-01-10,2026-01-12,5,1,2026-01-13": "at: ",
		} {
			got := ask(exitFailed, head+figures+"\n", "--output", "json")
			if strings.HasSuffix(want, ": ") {
				if !strings.Contains(got.stderr, want) {
					t.Errorf("%s: error %q", figures, got.stderr)
				}
				continue
			}
			for _, l := range reconciled(t, got.stdout) {
				if text := candidates(l); text != want {
					t.Errorf("%s: candidates\n%s\nwant\n%s", figures, text, want)
				}
			}
		}
		equal := ask(exitDone, head+"odr-early,2026-01-01,2026-01-05,2,5,\ncancellation_rate,2026-01-02,2026-01-03,1,4,\nnonsense,2026-01-02,2026-01-03,1,4,\nodr,2026-01-01,2026-02-01,0,0,\nodr,2025-01-01,2025-02-01,0,0,\n")
		for _, want := range []string{"odr-early          odr-early", "2/5", "equal", `there is no rule or metric "nonsense" in force`, "the processor is at 2026-01-21", "orders are kept from"} {
			if !strings.Contains(equal.stdout, want) {
				t.Errorf("the table has no %q:\n%s", want, equal.stdout)
			}
		}
		if table := ask(exitFailed, performance).stdout; !strings.Contains(table, "+1/+1") || !strings.Contains(table, "Orders that could explain the difference of preFulfillmentCancellationRate:") {
			t.Errorf("table\n%s", table)
		}
		summary := `{"payload": {"reportDuration": 2, "updatedTimestamp": "2026-01-04T06:00:00Z", "cumulativeRate": 25}, "status": "OK"}`
		ask(exitDone, summary, "--rule", "cancellation")
		ask(exitFailed, strings.Replace(summary, "25", "24.0", 1), "--rule", "cancellation")
		ask(exitFailed, summary)
		if got := ask(exitFailed, head+"nonsense,2026-01-02,2026-01-03,1,4,\n"); !strings.Contains(got.stderr, "none of 1 figure could be compared") {
			t.Errorf("error %q", got.stderr)
		}
		directory := environment["SELLERPULSE_STATE_DIR"]
		delete(environment, "SELLERPULSE_STATE_DIR")
		address := api(t, environment, directory, 2, "")
		running := call(t, environment, performance, "reconcile", "--seller", "S1", "--with", "-", "--url", address, "--output", "json")
		if running.stdout != got.stdout || running.code != exitFailed {
			t.Errorf("a process that runs answers\n%s%s\nwant\n%s", running.stdout, running.stderr, got.stdout)
		}
	})
}
