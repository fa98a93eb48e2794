package rules

import (
	"encoding/json"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"sellerpulse/pkg/windows"
	packs "sellerpulse/rules"
)

// everyFile is each rule file there is, by its name.
func everyFile(t testing.TB) map[string][]byte {
	t.Helper()
	all := map[string][]byte{"builtin": BuiltInFile(), "some-market": []byte(wholeFile), "plain": []byte(ruleFile)}
	for _, name := range packs.Names() {
		text, err := packs.File(name)
		if err != nil {
			t.Fatal(err)
		}
		all[name] = text
	}
	return all
}

func parseAny(t testing.TB, name string, text []byte) *Set {
	t.Helper()
	s, err := ParseAll(800, File{Name: name, Text: text})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestWrittenRulesReadTheSame: a set that is written out is the set, whatever is spelled out.
func TestWrittenRulesReadTheSame(t *testing.T) {
	for name, text := range everyFile(t) {
		s := parseAny(t, name, text)
		again := parseAny(t, name+" written", s.YAML())
		if string(again.Canonical()) != string(s.Canonical()) || string(again.JSON()) != string(s.JSON()) {
			t.Errorf("%s: written as\n%s", name, s.YAML())
		}
		if d := Diff(s, again); len(d) > 0 {
			t.Errorf("%s: differs by %v", name, d)
		}
	}
}

func TestYAML(t *testing.T) {
	const want = `pack: some-market
figures: 2026-11-25
sources: ["https://example.com/policy", "https://example.com/more"]
where: {marketplace: ["", SM_AT, SM_DE]}
metrics:
  - name: lost_claims
    unit: order
    bad: [seller_cancelled, claim_lost]
    unless: [buyer_cancelled]
    total: [counted, rated, has_return]
    channel: MFN
`
	s := parseWhole(t, wholeFile)
	if got := string(s.YAML()); !strings.HasPrefix(got, want) {
		t.Errorf("written as\n%s", got)
	}
	const rule = `  - name: lost
    metric: lost_claims
    window:
      - days: 3mo
        min_total: 400
      - days: 8w
        min_total: 1
      - days: 120d
    lag: 2d
    target: "<= 0.02"
    warn: 0.015
    resolve: 0
    class: contractual
    provisional: true
    min_denominator: 31
    min_misses: 5
    where: {channel: [MFN], product_line: ["", toys], marketplace: [SM_DE], ship_country: ["NO"], reason: [DAMAGED, NOT_RECEIVED]}
    evaluate: monthly 20
    from: 2026-03-01
    until: 2026-06-30
`
	if got := string(s.YAML()); !strings.Contains(got, rule) {
		t.Errorf("written as\n%s", got)
	}
}

func TestJSON(t *testing.T) {
	var got []struct {
		Pack  string
		Rules []map[string]any
	}
	text := string(parseWhole(t, wholeFile).JSON())
	if err := json.Unmarshal([]byte(text), &got); err != nil {
		t.Fatal(err)
	}
	if len(got) != 1 || got[0].Pack != "some-market" || len(got[0].Rules) != 4 || got[0].Rules[1]["min_misses"] != 5.0 || got[0].Rules[1]["warn"] != 0.015 {
		t.Errorf("%+v", got)
	}
	if i, j := strings.Index(text, `"pack"`), strings.Index(text, `"rules"`); i < 0 || i > j {
		t.Error("keys are not in the order of files")
	}
}

// TestQuotedTextsReadAsTheyAre: whatever a product line is called, it is written so that it reads back.
func TestQuotedTextsReadAsTheyAre(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		line := rapid.OneOf(rapid.SampledFrom([]string{"no", "Null", "~", "- a", "a: b", "#", "1e3", "0x10", "2026-01-01", "'", `"`, `\`, "a #b", "y", "=", "<<", "*a", "&a", "!a", "NO", "Ärger", "a  b", " a"}),
			rapid.StringMatching(`[ -~]{0,12}`), rapid.StringMatching(`[\x{a0}-\x{d7ff}\x{e000}-\x{fffd}]{1,6}`)).Draw(t, "line")
		s := &Set{packs: []*Pack{{Name: "p"}}, named: []*Named{{Name: "p/r", Versions: []*Rule{{
			Name: "p/r", Pack: "p", Metric: ClaimRate, Windows: []Choice{{Window: windows.Window{Count: 7}}}, Target: Target{Less, Decimal{1, 10}}, Where: Where{Lines: []string{line}},
		}}}}}
		again, err := ParseAll(90, File{Text: s.YAML()})
		if err != nil || again.Versions()[0].Where.Lines[0] != line {
			t.Fatalf("%q is written as\n%s: %v", line, s.YAML(), err)
		}
	})
}

func TestDiff(t *testing.T) {
	set := func(changes ...string) *Set { return parseWhole(t, strings.NewReplacer(changes...).Replace(wholeFile)) }
	for name, row := range map[string]struct {
		to   *Set
		want string
	}{
		"nothing":                             {set(), ""},
		"a default spelled out":               {set("    by: ship_country\n", "    by: ship_country\n    warn: 0.08\n    lag: 0d\n"), ""},
		"a target":                            {set(`"< 0.1"`, `"< 0.2"`), "some-market/answers: target: < 0.1 → < 0.2\nsome-market/answers: warn: 0.08 → 0.16\nsome-market/answers: resolve: 0.1 → 0.2"},
		"a rule that goes and one that comes": {set("name: plain", "name: simple"), "some-market/simple: comes\nsome-market/plain: goes"},
		"what a metric counts": {
			set("good: on_time", "good: delivered"),
			"some-market/lost until 2026-02-28: metric in_time: {name: in_time, unit: shipment, good: [on_time], total: [confirmed, promise_due], channel: ALL} → " +
				"{name: in_time, unit: shipment, good: [delivered], total: [confirmed, promise_due], channel: ALL}",
		},
		"a field that comes": {
			set("by: ship_country\n", "by: ship_country\n    where: {channel: AFN}\n"),
			`some-market/answers: where: {marketplace: ["", SM_AT, SM_DE]} → {channel: [AFN], marketplace: ["", SM_AT, SM_DE]}`,
		},
		"a field that goes":    {set("    by: ship_country\n", ""), "some-market/answers: by: no more ship_country"},
		"a version that moves": {set("from: 2026-03-01", "from: 2026-03-02"), "some-market/lost from 2026-03-02 until 2026-06-30: comes\nsome-market/lost from 2026-03-01 until 2026-06-30: goes"},
		"the last day":         {set("until: 2026-06-30", "until: 2026-06-29"), "some-market/lost from 2026-03-01 until 2026-06-29: until: 2026-06-30 → 2026-06-29"},
	} {
		var lines []string
		for _, d := range Diff(set(), row.to) {
			lines = append(lines, d.String())
		}
		if got := strings.Join(lines, "\n"); got != row.want {
			t.Errorf("%s:\n%s\nwant\n%s", name, got, row.want)
		}
	}
}

// TestDiffTellsWhatCanonicalTells: there is a difference where a state is evaluated anew, from either side.
func TestDiffTellsWhatCanonicalTells(t *testing.T) {
	a := parseWhole(t, wholeFile)
	for _, change := range [][2]string{{"min_misses: 5", "min_misses: 4"}, {"state: at_risk", "state: ok"}, {"monthly 20", "monthly 21"}, {"days: 8w", "days: 7w"}, {"level: top", "level: best"}} {
		b := parseWhole(t, strings.Replace(wholeFile, change[0], change[1], 1))
		if differs := string(a.Canonical()) != string(b.Canonical()); !differs || len(Diff(a, b)) != 1 || len(Diff(b, a)) != 1 {
			t.Errorf("%s: canonical differs %v, %d differences", change[1], differs, len(Diff(a, b)))
		}
	}
}

func TestWords(t *testing.T) {
	for rule, want := range map[string]string{
		"some-market/answers": `some-market/slow_answers is the part of the returns which are answered_late.
It counts by order date, over the 30 days up to today.
BREACHED where the rate is not less than 10%.
AT_RISK from 8% or more.
OK else.
Only orders of marketplace none or SM_AT or SM_DE count.
There is a state for each country of delivery that the seller's orders have.
The state moves at the start of some days alone (weekly sun); in between the report tells what it would be.
It is advisory: it does not decide the account status.`,
		"some-market/lost": `some-market/lost_claims is the part of the orders that are rated and has_return which are seller_cancelled or claim_lost and not buyer_cancelled, of orders that the seller fulfils.
It counts by order date, over the last 3 whole months that had ended before 2 days ago if there are at least 400 orders in it, the last 8 whole weeks that had ended before 2 days ago if there are at least 1 orders in it, else the 120 days up to 2 days ago.
NO_DATA with fewer than 31 orders.
BREACHED where the rate is not at most 2%. A breach ends when it is at most 0%.
AT_RISK from 1.5% or more.
OK else.
Fewer than 5 misses are no breach.
Only orders of channel MFN, product line none or toys, marketplace SM_DE, country of delivery NO count. Only claims and returns of reason DAMAGED or NOT_RECEIVED make facts true.
The state moves at the start of some days alone (monthly 20); in between the report tells what it would be.
It is in force from 2026-03-01 until 2026-06-30.
It is provisional: misses are still coming in for orders of its window.
It decides the account status.`,
	} {
		versions := parseWhole(t, wholeFile).Find(rule).Versions
		if got := strings.Join(versions[len(versions)-1].Words(), "\n"); got != want {
			t.Errorf("%s:\n%s", rule, got)
		}
	}
	levels := strings.Join(parseWhole(t, wholeFile).Find("some-market/lost").Versions[0].Words(), "\n")
	if !strings.Contains(levels, "Level top, OK, where the rate is at least 99%.\n") || !strings.Contains(levels, "Level out, BREACHED, else.\n") || !strings.Contains(levels, "over the last 1 whole week that had ended before today.") {
		t.Error(levels)
	}
}
