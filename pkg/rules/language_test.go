package rules

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"sellerpulse/pkg/windows"
)

// wholeFile has each key of the language.
const wholeFile = `pack: some-market
figures: 2026-11-25
sources: [https://example.com/policy, "https://example.com/more"]
where: {marketplace: [SM_DE, SM_AT, ""]}
metrics:
  - {name: lost_claims, bad: [claim_lost, seller_cancelled], unless: buyer_cancelled, total: [rated, has_return], channel: MFN}
  - {name: in_time, unit: shipment, good: on_time, total: [promise_due]}
  - name: slow_answers
    unit: return
    bad: [answered_late]
rules:
  - name: lost
    metric: lost_claims
    where: {reason: [NOT_RECEIVED, DAMAGED], marketplace: [SM_DE, SM_CH], product_line: [toys, ""], ship_country: NO, channel: MFN}
    window: [{days: 3mo, min_total: 400}, {days: 8w, min_total: 1}, {days: 120d}]
    lag: 2d
    target: "<= 0.02"
    warn: 0.015
    resolve: 0
    min_denominator: 31
    min_misses: 5
    evaluate: monthly 20
    from: 2026-03-01
    until: 2026-06-30
    class: contractual
    provisional: true
  - name: lost
    metric: in_time
    window: 1w
    levels:
      - {level: top, target: ">= 0.99", state: ok}
      - {level: standard, target: ">= 0.9", state: ok}
      - {level: below, target: ">= 0.5", state: at_risk}
      - {level: out, state: breached}
    until: 2026-02-28
    class: advisory
  - name: answers
    metric: slow_answers
    by: ship_country
    window: 30d
    target: "< 0.1"
    evaluate: weekly sun
    class: advisory
  - name: plain
    metric: claim_rate
    window: 30d
    target: "<= 0"
    class: advisory
`

const wholeCanonical = `some-market/lost: some-market/in_time (shipment: good on_time of confirmed, promise_due, ALL) over 1w lag 0d level top >= 0.99 OK level standard >= 0.9 OK level below >= 0.5 AT_RISK level out  BREACHED min 1 ADVISORY where marketplace ["" "SM_AT" "SM_DE"] until 2026-02-28
some-market/lost: some-market/lost_claims (order: bad seller_cancelled, claim_lost unless buyer_cancelled of counted, rated, has_return, MFN) <= 0.02 over 3mo lag 2d from 400 on else 8w lag 2d from 1 on else 120d lag 2d warn 0.015 resolve 0 min 31 CONTRACTUAL provisional misses 5 where channel ["MFN"], product_line ["" "toys"], marketplace ["SM_DE"], ship_country ["NO"], reason ["DAMAGED" "NOT_RECEIVED"] evaluate monthly 20 from 2026-03-01 until 2026-06-30
some-market/answers: some-market/slow_answers (return: bad answered_late of requested, ALL) < 0.1 over 30d lag 0d warn 0.08 resolve 0.1 min 1 ADVISORY where marketplace ["" "SM_AT" "SM_DE"] by ship_country evaluate weekly sun
some-market/plain: claim_rate <= 0 over 30d lag 0d resolve 0 min 1 ADVISORY where marketplace ["" "SM_AT" "SM_DE"]
`

func parseWhole(t testing.TB, text string) *Set {
	t.Helper()
	s, err := ParseAll(400, File{Name: "some-market.yaml", Text: []byte(text)})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestParseAll(t *testing.T) {
	s := parseWhole(t, wholeFile)
	if got := string(s.Canonical()); got != wholeCanonical {
		t.Errorf("read as\n%swant\n%s", got, wholeCanonical)
	}
	pack := s.Packs()[0]
	if pack.Name != "some-market" || pack.Figures.String() != "2026-11-25" || len(pack.Sources) != 2 || len(pack.Metrics) != 3 {
		t.Errorf("the pack is %+v", pack)
	}
	lost := s.Find("some-market/lost")
	if lost.Versions[0].Target.String() != ">= 0.5" || lost.InForce(date("2026-02-28")) != lost.Versions[0] || lost.InForce(date("2026-03-01")) != lost.Versions[1] ||
		lost.InForce(date("2026-07-01")) != nil {
		t.Error("versions are not in force on their days")
	}
	if m := s.Metric("some-market/lost_claims"); m == nil || m != lost.Versions[1].Metric || s.Metric("lost_claims") != nil || s.Metric("claim_rate") != ClaimRate {
		t.Error("metrics are not found by their full names")
	}
}

func date(text string) windows.Date {
	d, err := windows.ParseDate(text)
	if err != nil {
		panic(err)
	}
	return d
}

// TestSeveralFiles: the rules of files stand one after another, and metrics of one are not known in another.
func TestSeveralFiles(t *testing.T) {
	other := strings.Replace(wholeFile, "some-market", "other", 1)
	s, err := ParseAll(400, File{Name: "a.yaml", Text: []byte(ruleFile)}, File{Name: "b.yaml", Text: []byte(wholeFile)}, File{Name: "c.yaml", Text: []byte(other)})
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, n := range s.Rules() {
		names = append(names, n.Name)
	}
	if got := strings.Join(names, " "); got != "odr tracking-2 some-market/lost some-market/answers some-market/plain other/lost other/answers other/plain" {
		t.Error(got)
	}
	if s.Metric("some-market/in_time") == s.Metric("other/in_time") {
		t.Error("two packs have one metric")
	}
	theirs := "pack: theirs\nrules: [{name: a, metric: in_time, window: 7d, target: \">= 0.9\", class: advisory}]\n"
	for _, row := range []struct {
		files []string
		want  string
	}{
		{[]string{ruleFile, ruleFile}, "1.yaml: pack: a second file of pack amazon-2022, which a file is of that names none; the first is 0.yaml: load one of them, or give this one another name"},
		{[]string{wholeFile, ruleFile, wholeFile}, "2.yaml: pack: a second file of pack some-market; the first is 0.yaml"},
		{[]string{ruleFile, "pack: amazon-2022\n" + ruleFile}, `1.yaml: pack: a second file of pack amazon-2022`},
		{[]string{wholeFile, theirs}, `1.yaml: line 2, column 27: rules[0].metric: unknown metric "in_time"`},
		{[]string{manyRules(60), strings.Replace(manyRules(5), "rules:", "pack: more\nrules:", 1)}, "1.yaml: line 23, column 11: rules[4].name: rule 65 of the files: there may be up to 64"},
		{nil, "no rule file: give one"},
	} {
		var files []File
		for i, text := range row.files {
			files = append(files, File{Name: fmt.Sprintf("%d.yaml", i), Text: []byte(text)})
		}
		var at *Error
		if _, err := ParseAll(400, files...); err == nil || !strings.HasPrefix(err.Error(), row.want) || !errors.As(err, &at) {
			t.Errorf("%v; want %s", err, row.want)
		}
	}
}

// languageErrors are changes of wholeFile that make it no rule file, and what is said then.
var languageErrors = []struct{ name, old, new, want string }{
	{"a pack in capitals", "pack: some-market", "pack: Some", `line 1, column 7: pack: "Some" is no name of a pack: use 1 to 64 of a-z`},
	{"a pack that begins with a dash", "pack: some-market", "pack: -some", `line 1, column 7: pack: "-some" is no name of a pack`},
	{"figures that are no date", "2026-11-25", "November", `line 2, column 10: figures: "November" is no date: write it like 2026-01-05`},
	{"no source", "sources: [https://example.com/policy, \"https://example.com/more\"]", "sources: []", "line 3, column 10: sources: a list of 0 values"},
	{"a source twice", "https://example.com/more", "https://example.com/policy", `line 3, column 39: sources[1]: "https://example.com/policy" stands there twice`},
	{"a long source", "https://example.com/more", strings.Repeat("x", 2049), "line 3, column 39: sources[1]: a source of 2049 bytes"},
	{"an empty where", "where: {marketplace: [SM_DE, SM_AT, \"\"]}", "where: {}", "line 4, column 8: where: nothing is said"},
	{"an empty list", `[SM_DE, SM_AT, ""]`, "[]", "line 4, column 22: where.marketplace: a list of 0 values: there are at least 1"},
	{"a long marketplace", "SM_AT", strings.Repeat("x", 65), "where.marketplace[1]: \"xxx"},
	{"null as a value", "ship_country: NO", "ship_country: null", "rules[0].where.ship_country: no plain value"},
	{"a channel that is none", "channel: MFN}\n    window", "channel: ALL}\n    window", `rules[0].where.channel: "ALL" is no channel of an order: use AFN or MFN`},
	{"a reason that is none", "DAMAGED]", "BROKEN]", `line 14, column 36: rules[0].where.reason[1]: "BROKEN" is no reason: use one of CHANGED_MIND, DAMAGED`},
	{"a reason that is empty", "DAMAGED]", `""]`, `rules[0].where.reason[1]: "" is no reason`},
	{"a field that is none", "ship_country: NO", "country: NO", `rules[0].where: unknown key "country": use channel, product_line, marketplace, ship_country, reason`},
	{"nothing in common with the pack", "[SM_DE, SM_CH]", "[SM_CH]", "line 14, column 13: rules[0].where: marketplace has no value in common with that of the pack's where"},
	{"a reason of what has none", "    metric: claim_rate\n", "    metric: late_shipment_rate\n    where: {reason: DAMAGED}\n", "rules[3].where: metric late_shipment_rate has nothing to do with reasons"},
	{"a metric without a name", "{name: in_time, ", "{", "line 7, column 6: metrics[1]: a metric without name"},
	{"a metric like a built-in one", "name: in_time", "name: claim_rate", `line 7, column 12: metrics[1].name: "claim_rate" is a built-in metric`},
	{"a metric with a dash", "name: in_time", "name: in-time", `metrics[1].name: "in-time" is no name of a metric`},
	{"a metric twice", "name: slow_answers", "name: in_time", `line 8, column 5: metrics[2]: a second metric "in_time"`},
	{"a unit that is none", "unit: return", "unit: returns", `line 9, column 11: metrics[2].unit: "returns" is no unit: use one of order, shipment, return; did you mean return?`},
	{"a unit of later", "unit: return", "unit: item", `metrics[2].unit: items are not counted by this version`},
	{"a fact that is none", "[claim_lost,", "[claims_lost,", `line 6, column 31: metrics[0].bad[0]: "claims_lost" is no fact of the unit order: use one of counted,`},
	{"a fact of another unit", "[claim_lost,", "[on_time,", `metrics[0].bad[0]: "on_time" is a fact of the unit shipment, and the metric counts the unit order`},
	{"a fact of another unit in total", "total: [promise_due]", "total: counted", `metrics[1].total: "counted" is a fact of the unit order`},
	{"a fact twice", "[claim_lost, seller_cancelled]", "[claim_lost, claim_lost]", `metrics[0].bad[1]: "claim_lost" stands there twice`},
	{"no fact", "[claim_lost, seller_cancelled]", "[]", "metrics[0].bad: a list of 0 values"},
	{"bad and good", "good: on_time", "good: on_time, bad: delivered", "metrics[1]: bad and good: a metric has one of them"},
	{"neither bad nor good", "    bad: [answered_late]\n", "", "line 8, column 5: metrics[2]: a metric without bad and good"},
	{"a channel of a metric", "channel: MFN}\n  - {name: in", "channel: BOTH}\n  - {name: in", `metrics[0].channel: unknown channel "BOTH"`},
	{"a metric by another date", "unit: return", "on: requested", "line 9, column 5: metrics[2].on: on is not read by this version"},
	{"a metric of values", "unit: return", "value: rating", "metrics[2].value: value is not read by this version"},
	{"distinct buyers", "unit: return", "distinct: buyer", "metrics[2].distinct: distinct is not read by this version"},
	{"a group", "by: ship_country", "group: x", "rules[2].group: group is not read by this version"},
	{"no metrics", "metrics:\n", "metrics: []\nmetrics:\n", "metrics"},
	{"a window in hours", "window: 1w", "window: 48h", `line 29, column 13: rules[1].window: "48h" is not a number of days, weeks or months`},
	{"a window of no weeks", "window: 1w", "window: 0w", "rules[1].window"},
	{"a window with a sign", "window: 1w", "window: +1w", "rules[1].window"},
	{"weeks beyond the history", "window: 1w", "window: 57w", "rules[1].window: window 57w and lag 0d look back over 406 days, but counts are kept for 400"},
	{"months beyond the history", "days: 3mo", "days: 12mo", "rules[0].window: window 12mo and lag 2d look back over 405 days"},
	{"a lag of weeks", "lag: 2d", "lag: 2w", `rules[0].lag: "2w": this version has no lag of weeks or months`},
	{"no window", "window: [{days: 3mo, min_total: 400}, {days: 8w, min_total: 1}, {days: 120d}]", "window: []", "rules[0].window: a list of 0 windows"},
	{"a window without min_total", "{days: 8w, min_total: 1}", "{days: 8w}", "line 15, column 44: rules[0].window[1]: a window without min_total"},
	{"min_total of the last", "{days: 120d}", "{days: 120d, min_total: 1}", "rules[0].window[2]: min_total of the last window"},
	{"min_total of nothing", "min_total: 1}", "min_total: 0}", `rules[0].window[1].min_total: "0" is not a whole number from 1`},
	{"no days", "{days: 120d}", "{}", "rules[0].window[2]: a window without days"},
	{"never met", `"<= 0.02"`, `"< 0"`, "rules[0].target: no rate is less than 0"},
	{"always met", `"<= 0.02"`, `"<= 1"`, "rules[0].target: every rate is at most 1"},
	{"a good metric with <", `">= 0.99"`, `"< 0.99"`, "rules[1].levels[0].target: metric in_time counts what is good"},
	{"a bad metric with >=", `"<= 0.02"`, `">= 0.01"`, "rules[0].target: metric lost_claims counts what is bad"},
	{"a bad metric with >", `target: "<= 0"`, `target: "> 0"`, "line 47, column 13: rules[3].target: metric claim_rate counts what is bad, so that the rate is to be low: use < or <="},
	{"warn of a limit of 0", `    target: "<= 0"` + "\n", `    target: "<= 0"` + "\n    warn: 0\n", "rules[3].warn: 0 warns too late or always"},
	{"resolve that is looser", "resolve: 0\n", "resolve: 0.021\n", `rules[0].resolve: 0.021 would end a breach while "<= 0.02" is missed`},
	{"resolve never met", `target: "< 0.1"`, "target: \"< 0.1\"\n    resolve: 0", "rules[2].resolve: no rate is less than 0"},
	{"neither target nor levels", `    target: "< 0.1"` + "\n", "", "rules[2]: a rule without target: add it, or levels"},
	{"target beside levels", "    until: 2026-02-28\n", "    until: 2026-02-28\n    target: \">= 0.9\"\n", "line 36, column 13: rules[1].target: a target beside levels"},
	{"warn beside levels", "    until: 2026-02-28\n", "    until: 2026-02-28\n    warn: 0.95\n", "rules[1].warn: warn beside levels"},
	{"resolve beside levels", "    until: 2026-02-28\n", "    until: 2026-02-28\n    resolve: 0.95\n", "rules[1].resolve: resolve beside levels"},
	{"one level", "      - {level: standard, target: \">= 0.9\", state: ok}\n      - {level: below, target: \">= 0.5\", state: at_risk}\n      - {level: out, state: breached}\n", "", "rules[1].levels: a list of 1 levels: there are at least 2"},
	{"nine levels", "      - {level: out, state: breached}\n", levelsBelow(6), "rules[1].levels: 9 levels: there may be up to 8"},
	{"a level twice", "level: standard", "level: top", `line 32, column 17: rules[1].levels[1].level: a second level "top"`},
	{"a level in capitals", "level: standard", "level: Standard", `rules[1].levels[1].level: "Standard" is no name of a level`},
	{"a level that is no easier", `">= 0.9"`, `">= 0.99"`, `rules[1].levels[1].target: ">= 0.99" is not easier to meet than ">= 0.99" above it`},
	{"comparisons mixed", `">= 0.9"`, `"> 0.9"`, "this version has one comparison for all levels"},
	{"states that get better", "state: at_risk", "state: ok}\n      - {level: x, target: \">= 0.4\", state: at_risk}\n      - {level: y, target: \">= 0.3\", state: ok", `rules[1].levels[4].state: OK below AT_RISK`},
	{"the best is breached", `{level: top, target: ">= 0.99", state: ok}`, `{level: top, target: ">= 0.99", state: breached}`, "rules[1].levels[0].state: the best level is breached"},
	{"a state that is none", "state: at_risk", "state: warning", `rules[1].levels[2].state: "warning" is no state of a level`},
	{"a level without a target", `{level: standard, target: ">= 0.9", state: ok}`, `{level: standard, state: ok}`, "rules[1].levels[1]: a level without target"},
	{"the last with a target", "{level: out, state", "{level: out, target: \">= 0.1\", state", "rules[1].levels[3].target: a target of the last level"},
	{"levels for a bad metric", "    metric: in_time\n", "    metric: claim_rate\n", "rules[1].levels[0].target: metric claim_rate counts what is bad"},
	{"min_misses of 0", "min_misses: 5", "min_misses: 0", `rules[0].min_misses: "0" is not a whole number`},
	{"a day that not each month has", "monthly 20", "monthly 31", "rules[0].evaluate: not each month has a day 31"},
	{"a day that no month has", "monthly 20", "monthly 32", `rules[0].evaluate: "monthly 32" is no such days`},
	{"a day written twice over", "monthly 20", "monthly 020", "rules[0].evaluate"},
	{"a weekday in full", "weekly sun", "weekly sunday", `rules[2].evaluate: "weekly sunday" is no such days: use always, weekly mon to weekly sun`},
	{"by what is no field", "by: ship_country", "by: country", `rules[2].by: "country" is nothing to tell orders apart by: use one of channel, product_line, marketplace, ship_country`},
	{"from after until", "until: 2026-06-30", "until: 2026-02-27", "rules[0].until: 2026-02-27 is before from, 2026-03-01"},
	{"versions with a common day", "until: 2026-02-28", "until: 2026-03-01", `line 27, column 11: rules[1].name: a second rule "some-market/lost"; the first is in line 12`},
	{"a version without dates", "    until: 2026-02-28\n", "", `rules[1].name: a second rule "some-market/lost"`},
	{"versions by different fields", "    until: 2026-02-28\n", "    until: 2026-02-28\n    by: marketplace\n", `rules[1].name: versions of rule "some-market/lost" with different by`},
}

// TestParseAllErrors: each error names file, line, column and field, and what to write instead.
func TestParseAllErrors(t *testing.T) {
	for _, row := range languageErrors {
		text := strings.Replace(wholeFile, row.old, row.new, 1)
		if text == wholeFile {
			t.Fatalf("%s: no %q in the file", row.name, row.old)
		}
		_, err := ParseAll(400, File{Name: "some.yaml", Text: []byte(text)})
		var at *Error
		if err == nil || !strings.Contains(err.Error(), row.want) || !errors.As(err, &at) || at.File != "some.yaml" || at.Line == 0 || at.Column == 0 || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v; want %s", row.name, err, row.want)
		}
	}
}

func levelsBelow(n int) string {
	var b strings.Builder
	for i := range n {
		target := fmt.Sprintf("target: \">= 0.%d\", ", 49-i)
		if i == n-1 {
			target = ""
		}
		fmt.Fprintf(&b, "      - {level: below-%d, %sstate: breached}\n", i, target)
	}
	return b.String()
}

// Whether a rule is in force on a day, and has parts, can be read off its definition, whatever texts it has.
func TestScopesAreReadBack(t *testing.T) {
	const day = windows.Date(20_000) // 2024-10-04
	for scope, want := range map[string][2]bool{
		"":                               {true, false},
		"by: marketplace":                {true, true},
		"from: 2024-10-04":               {true, false},
		"from: 2024-10-05":               {false, false},
		"until: 2024-10-04":              {true, false},
		"until: 2024-10-03, by: channel": {false, true},
		`where: {ship_country: [' by "x" until 2024-10-03', '\']}`: {true, false},
		`where: {ship_country: ' by '}, by: channel`:               {true, true},
	} {
		text := `rules: [{name: by, metric: claim_rate, window: [{days: 7d, min_total: 4}, {days: 1mo}], target: "< 0.1", class: advisory, ` + scope + "}]"
		for _, more := range []string{"", "\noverrides: [{sellers: S, min_misses: 2, until: 2023-01-01, reason: ' by '}]"} {
			s, err := Parse([]byte(text+more), 120)
			if err != nil {
				t.Fatal(err)
			}
			if inForce, parts := Scope(s.Rules()[0].Canonical(), day); [2]bool{inForce, parts} != want {
				t.Errorf("%s%s: in force %v, parts %v", scope, more, inForce, parts)
			}
		}
	}
}
