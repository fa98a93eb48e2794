package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sellerpulse/internal/rulefile"
	"sellerpulse/pkg/rules"
)

const mineRules = `pack: mine
metrics: [{name: lost, bad: [claim_lost]}]
rules:
  - {name: late, metric: late_shipment_rate, window: 30d, target: "< 0.04", class: contractual, until: 2026-05-31}
  - {name: late, metric: late_shipment_rate, window: 3mo, target: "<= 0.03", class: contractual, from: 2026-06-01}
  - {name: lost, metric: lost, window: 60d, target: "< 0.01", class: advisory}
`

const earlyRules = `rules:
  - {name: early, metric: cancellation_rate, window: 7d, target: "< 0.02", class: contractual}
`

func TestRulesCommands(t *testing.T) {
	mine := write(t, "mine.yaml", mineRules)
	other := write(t, "other.yaml", strings.NewReplacer("0.03", "0.02", "name: lost, metric: lost", "name: gone, metric: lost").Replace(mineRules))
	silenced := write(t, "silenced.yaml", mineRules+"overrides:\n  - {sellers: S1, rule: lost, silence: {until: 2026-01-31, reason: they move}}\n")
	broken := write(t, "broken.yaml", strings.Replace(mineRules, "claim_lost", "claims_lost", 1))
	folder := t.TempDir()
	for name, text := range map[string]string{"1.yaml": mineRules, "2.yaml": earlyRules} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		args   string
		code   int
		stdout []string // texts in it
		stderr string
	}{
		{"rules check " + mine, exitDone, []string{"mine  2      3         1        -           124 days"}, ""},
		{"rules check amazon-2022", exitDone, []string{"amazon-2022  8      8         0        -           90 days"}, ""},
		{"rules check " + folder, exitDone, []string{"mine         2 ", "amazon-2022  1 "}, ""},
		{"rules check " + folder + " " + mine, exitFailed, nil, "mine.yaml: pack: a second file of pack mine; the first is " + folder + "/1.yaml"},
		{"rules print " + folder + " --output json", exitDone, []string{`"pack": "mine"`, `"name": "early"`}, ""},
		{"rules explain early --rules " + mine + " --rules " + folder + "/2.yaml", exitDone, []string{"over the 7 days up to today"}, ""},
		{"rules diff " + folder + "/1.yaml," + folder + "/2.yaml " + folder, exitDone, []string{"They say the same.\n"}, ""},
		{"rules check walmart-us " + mine, exitDone, []string{"walmart-us  7 ", "mine        2 "}, ""},
		{"rules check " + broken, exitFailed, nil, `broken.yaml: line 2, column 30: metrics[0].bad[0]: "claims_lost" is no fact of the unit order`},
		{"rules check " + mine + " --history 120", exitFailed, nil, "mine.yaml: line 5, column 54: rules[1].window: window 3mo and lag 0d look back over 124 days"},
		{"rules check " + mine + " " + mine, exitFailed, nil, "a second file of pack mine"},
		{"rules check", exitUsage, nil, "name a rule file or a pack"},
		{"rules check /does/not/exist", exitUsage, nil, "/does/not/exist"},
		{"rules check nobody", exitUsage, nil, "neither a file nor a pack"},
		{"rules print " + mine, exitDone, []string{"pack: mine\n", "  - name: late\n    metric: late_shipment_rate\n    window: 30d\n    lag: 0d\n    target: \"< 0.04\"\n    warn: 0.032\n"}, ""},
		{"rules print " + broken, exitFailed, nil, "claims_lost"},
		{"rules print --output xml", exitUsage, nil, "use yaml or json"},
		{"rules explain odr --on 2026-11-26", exitDone, []string{"odr\norder_defect_rate is the part of the orders which are defective.\nIt counts by order date, over the 60 days up to 30 days ago.\nOn 2026-11-26 these are the order dates 2026-08-29 to 2026-10-27.\nBREACHED where the rate is not less than 1%."}, ""},
		{"rules explain mine/late --rules " + mine, exitDone, []string{"It is in force until 2026-05-31.", "over the last 3 whole months", "It is in force from 2026-06-01."}, ""},
		{"rules explain ebay-us/transaction-defects --on 2026-12-20", exitDone, []string{"ebay-us/transaction-defects\n", "2026-09-01 to 2026-11-30, else 2025-12-01 to 2026-11-30.\n", "\nFigures, read on 2026-11-25, from\n  https://export.ebay.com"}, ""},
		{"rules explain odr --on yesterday", exitUsage, nil, "--on: "},
		{"rules explain odd", exitUsage, nil, `no rule "odd" in amazon-2022; did you mean odr?`},
		{"rules explain nobody/odr", exitUsage, nil, `"nobody" is neither`},
		{"rules explain", exitUsage, nil, "name a rule, such as odr"},
		{"rules explain odr odr", exitUsage, nil, "one rule at a time"},
		{"rules diff " + mine + " " + mine, exitDone, []string{"They say the same.\n"}, ""},
		{"rules diff " + mine + " " + other, exitDone, []string{"mine/late from 2026-06-01: target: <= 0.03 → <= 0.02\n", "mine/gone: comes\n", "mine/lost: goes\n"}, ""},
		{"rules check " + silenced, exitDone, []string{"silenced.yaml: line 8: the days of this override are over: remove it, or give it later ones.\n"}, ""},
		{"rules explain mine/lost --seller S1 --rules " + silenced, exitDone, []string{"\n\nSeller S1\nNobody is told of it until 2026-01-31: they move.\n"}, ""},
		{"rules explain mine/lost --seller S2 --rules " + silenced, exitDone, []string{"\n\nSeller S2\nNothing is otherwise.\n"}, ""},
		{"rules diff " + mine + " " + silenced, exitDone, []string{"mine/lost: override: now {sellers: [S1], silence: {until: 2026-01-31, reason: they move}}\n"}, ""},
		{"rules print " + silenced, exitDone, []string{"overrides:\n  - sellers: [S1]\n    rule: [lost]\n    silence: {until: 2026-01-31, reason: they move}\n"}, ""},
		{"rules diff " + mine, exitUsage, nil, "name two rule files"},
		{"rules diff a b c", exitUsage, nil, `unexpected argument "c"`},
		{"rules", exitUsage, nil, "name a command"},
		{"rules chek", exitUsage, nil, "did you mean check?"},
		{"run --rules " + mine, exitUsage, nil, "look back over 124 days"},
	} {
		got := call(t, nil, "", strings.Fields(c.args)...)
		if got.code != c.code || !strings.Contains(got.stderr, c.stderr) || strings.Count(got.stderr, "\n") > 1 || (got.code != exitDone) != (got.stdout == "") {
			t.Errorf("%s: code %d, %q, %q", c.args, got.code, got.stdout, got.stderr)
		}
		for _, text := range c.stdout {
			if !strings.Contains(got.stdout, text) {
				t.Errorf("%s: printed\n%s\nwithout %q", c.args, got.stdout, text)
			}
		}
	}
}

// TestRulesPrintIsARuleFile: what is printed checks, in both forms; without a file it is the built-in rules.
func TestRulesPrintIsARuleFile(t *testing.T) {
	printed := must(t, nil, "", "rules", "print")
	set, err := rules.Parse([]byte(printed), 90)
	if err != nil || string(set.Canonical()) != string(rules.BuiltIn().Canonical()) {
		t.Errorf("%v:\n%s", err, printed)
	}
	var packs []struct {
		Pack  string
		Rules []struct{ Name string }
	}
	if err := json.Unmarshal([]byte(must(t, nil, "", "rules", "print", "walmart-us", "etsy", "--output", "json")), &packs); err != nil || len(packs) != 2 || packs[1].Pack != "etsy" || len(packs[1].Rules) == 0 {
		t.Errorf("%+v, %v", packs, err)
	}
}

// TestRulesLists: every pack of the program is listed, in both forms, and differences are lines of JSON.
func TestRulesLists(t *testing.T) {
	table, lines := must(t, nil, "", "rules", "list"), strings.Split(strings.TrimSpace(must(t, nil, "", "rules", "list", "--output", "json")), "\n")
	for i, name := range rulefile.Names() {
		var p packJSON
		if err := json.Unmarshal([]byte(lines[i]), &p); err != nil || p.Pack != name || p.Rules == 0 || p.Title == "" || p.Days == 0 {
			t.Errorf("%s: %s, %v", name, lines[i], err)
		}
		if name != rules.BuiltInPack && (len(p.LeftOut) == 0 || !strings.Contains(table, "\n  "+name+": "+p.LeftOut[0]+"\n")) {
			t.Errorf("what %s leaves out, %q, is not in\n%s", name, p.LeftOut, table)
		}
		if !strings.Contains(table, "\n"+name+" ") {
			t.Errorf("%s is not in\n%s", name, table)
		}
	}
	changed := write(t, "changed.yaml", strings.Replace(string(rules.BuiltInFile()), `"< 0.025"`, `"< 0.02"`, 1))
	var d differenceJSON
	text := must(t, nil, "", "rules", "diff", "amazon-2022", changed, "--output", "json")
	if err := json.Unmarshal([]byte(text), &d); err != nil || d.Rule != "cancellation" || d.What != "changes" || len(d.Changes) != 3 || d.Changes[0] != (ruleChangeJSON{"target", "< 0.025", "< 0.02"}) {
		t.Errorf("%s: %v", text, err)
	}
}
