package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

// backfilled is a broker with a live state and a candidate "mended" by other rules, and what makes commands use them. The seller's id does things to terminals.
func backfilled(t *testing.T, liveLimit, candidateLimit string) map[string]string {
	t.Helper()
	environment := broker(t)
	must(t, environment, "", "topics", "--partitions", "2")
	must(t, environment, hostileShop, "produce")
	must(t, environment, "", "run", "--until-end", "--state-dir", t.TempDir(), "--rules", lateRules(t, liveLimit))
	start(t, environment, "mended", "--rules", lateRules(t, candidateLimit))
	return environment
}

func lateRules(t *testing.T, limit string) string {
	t.Helper()
	return write(t, "rules.yaml", "rules:\n  - name: late\n    metric: late_shipment_rate\n    window: 30d\n    target: \"< "+limit+"\"\n    class: advisory\n")
}

var hostileShop = func() string {
	var b strings.Builder
	for i := range 4 {
		fmt.Fprintf(&b, `{"topic":"orders","kind":"PLACED","event_id":"e%d","occurred_at":"2026-01-02T03:04:05Z","seller_id":"S\u001b[31m","order_id":"O%d",`+
			`"order_date":"2026-01-02T03:04:05Z","channel":"MFN","items":[],"ship_by":"2026-01-03T00:00:00Z"}`+"\n", i, i)
	}
	b.WriteString(`{"topic":"shipments","kind":"CONFIRMED","event_id":"late","occurred_at":"2026-01-04T03:04:05Z","seller_id":"S\u001b[31m","order_id":"O0","shipment_id":"P"}` + "\n")
	return b.String()
}()

func TestBackfillDiffOfEqualStates(t *testing.T) {
	environment := backfilled(t, "0.04", "0.04")
	if got := call(t, environment, "", "backfill", "diff", "mended"); got.code != exitDone || got.stdout != "No difference: 1 seller, 2 alerts.\n" {
		t.Errorf("%+v, want no difference", got)
	}
	got := call(t, environment, "", "backfill", "diff", "mended", "--output", "json", "--seller", "S\x1b[31m")
	if want := `{"type":"summary","sellers":1,"different":0,"moving":0,`; got.code != exitDone || !strings.HasPrefix(got.stdout, want) || strings.Count(got.stdout, "\n") != 1 {
		t.Errorf("%+v, want a line that begins with %s", got, want)
	}
}

func TestBackfillDiffOfOtherRules(t *testing.T) {
	environment := backfilled(t, "0.04", "0.5")
	if out := must(t, environment, "", "backfill", "status", "mended", "--differences"); !strings.HasSuffix(out, "1 of 1 seller differs from the live state; 0 moving\n") {
		t.Errorf("status prints %q, want that a seller differs", out)
	}
	got := call(t, environment, "", "backfill", "diff", "mended")
	if want := "processor: 1 of 1 seller differs of backfill \"mended\" from the live state\n"; got.code != exitFailed || !strings.HasSuffix(got.stderr, want) {
		t.Errorf("code %d, error %q; want 1 and %q", got.code, got.stderr, want)
	}
	want := `SELLER     RULE  LIVE      COUNT  OF  WINDOW                  CANDIDATE  COUNT  OF  WINDOW
S\x1b[31m  late  BREACHED      1   4  2025-12-06..2026-01-04  OK             1   4  2025-12-06..2026-01-04
`
	if !strings.HasPrefix(got.stdout, want) {
		t.Errorf("printed is\n%s\nwant to begin with\n%s", got.stdout, want)
	}
	for _, want := range []string{
		"live     S\\x1b[31m  late  OK    BREACHED  2026-01-04 03:04:05  1/4    ",
		"shipments CONFIRMED of order O0  S\\x1b[31m/late/1\n",
		"late  live       late: late_shipment_rate < 0.04 over 30d lag 0d warn 0.032 resolve 0.04 min 1 ADVISORY\n",
		"\n1 of 1 seller differs, in 1 rule, 1 alert only in live.\n",
	} {
		if !strings.Contains(got.stdout, want) {
			t.Errorf("printed is\n%s\nwant %q in it", got.stdout, want)
		}
	}
	got = call(t, environment, "", "backfill", "diff", "mended", "--seller", "S\x1b[31m")
	if want := "The orders are the same; the rules differ.\n"; got.code != exitFailed || !strings.Contains(got.stdout, want) {
		t.Errorf("%+v, want %q", got, want)
	}
}

func TestBackfillDiffAsJSON(t *testing.T) {
	environment := backfilled(t, "0.04", "0.5")
	got := call(t, environment, "", "backfill", "diff", "mended", "--output", "json")
	want := []string{
		`{"type":"seller","seller_id":"S\u001b[31m","in":"both","moving":false,"rules":1,"other_rates":false,"alerts":1,"alerts_renumbered":0}`,
		`{"type":"rule","seller_id":"S\u001b[31m","rule":"late","live":{"state":"BREACHED","numerator":1,"denominator":4,"window":{"days":30,"from":"2025-12-06","to":"2026-01-04"}},"candidate":{"state":"OK","numerator":1,"denominator":4,"window":{"days":30,"from":"2025-12-06","to":"2026-01-04"}}}`,
		`{"type":"alert","seller_id":"S\u001b[31m","rule":"late","in":"live","state":"BREACHED","previous_state":"OK","cause":{"kind":"CONFIRMED","event_id":"late","order_id":"O0"},"live":{"alert_id":"S\u001b[31m/late/1","as_of":"2026-01-04T03:04:05.000Z","numerator":1,"denominator":4},"candidate":null}`,
		`{"type":"definition","rule":"late","live":"late: late_shipment_rate < 0.04 over 30d lag 0d warn 0.032 resolve 0.04 min 1 ADVISORY","candidate":"late: late_shipment_rate < 0.5 over 30d lag 0d warn 0.4 resolve 0.5 min 1 ADVISORY"}`,
		`{"type":"summary","sellers":1,"different":1,"moving":0,"sellers_live_only":0,"sellers_candidate_only":0,"rules":1,"other_rates":0,"alerts_compared":1,"alerts_live_only":1,"alerts_candidate_only":0,"alerts_with_other_numbers":0,"alerts_renumbered":0,"records_behind_live":0,"records_behind_inputs":0,"stream_time_behind_ms":0}`,
	}
	if lines := strings.Split(strings.TrimSuffix(got.stdout, "\n"), "\n"); got.code != exitFailed || strings.Join(lines, "\n") != strings.Join(want, "\n") {
		t.Errorf("code %d, printed is\n%s\nwant\n%s", got.code, got.stdout, strings.Join(want, "\n"))
	}
	for line := range strings.Lines(got.stdout) {
		if !json.Valid([]byte(line)) {
			t.Errorf("no JSON: %s", line)
		}
	}
}

func TestBackfillDiffUsage(t *testing.T) {
	for _, c := range []struct {
		args []string
		code int
		want string
	}{
		{[]string{"backfill", "diff"}, exitUsage, "name the backfill"},
		{[]string{"backfill", "diff", "a", "b"}, exitUsage, `unexpected argument "b"`},
		{[]string{"backfill", "diff", "a/b"}, exitUsage, `backfill "a/b": name it with up to 100 letters`},
		{[]string{"backfill", "diff", "a", "--seller="}, exitUsage, "--seller: it is empty"},
		{[]string{"backfill", "diff", "a", "--limit", "0"}, exitUsage, "--limit"},
		{[]string{"backfill", "diff", "a", "--output", "xml"}, exitUsage, "use table or json"},
	} {
		if got := call(t, nil, "", c.args...); got.code != c.code || !strings.Contains(got.stderr, c.want) || got.stdout != "" {
			t.Errorf("%v: %+v, want %d and %q", c.args, got, c.code, c.want)
		}
	}
	environment := broker(t)
	must(t, environment, "", "topics", "--partitions", "2")
	if got := call(t, environment, "", "backfill", "diff", "none"); got.code != exitFailed || !strings.Contains(got.stderr, `backfill "none": there is none`) {
		t.Errorf("%+v, want that there is none", got)
	}
}
