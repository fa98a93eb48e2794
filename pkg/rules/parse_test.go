package rules

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
)

const ruleFile = `rules:
  - name: odr
    metric: order_defect_rate
    window: 60d
    lag: 30d
    target: "< 0.010"
    warn: 0.0075
    resolve: 0.009
    min_denominator: 20
    class: contractual
  - name: tracking-2
    metric: valid_tracking_rate
    window: 30d
    target: '>0.95'
    warn: 0.96
    resolve: 0.97
    class: advisory
    provisional: true
`

func TestParse(t *testing.T) {
	s, err := Parse([]byte(ruleFile), 120)
	if err != nil {
		t.Fatal(err)
	}
	const want = `odr: order_defect_rate < 0.01 over 60d lag 30d warn 0.0075 resolve 0.009 min 20 CONTRACTUAL
tracking-2: valid_tracking_rate > 0.95 over 30d lag 0d warn 0.96 resolve 0.97 min 1 ADVISORY provisional
`
	if got := string(s.Canonical()); got != want {
		t.Errorf("read as\n%swant\n%s", got, want)
	}
	if s.Find("tracking-2") != s.Rules()[1] || s.Find("nobody") != nil {
		t.Error("Find does not find by name")
	}
}

// A rule may warn, and may end a breach, at the limit itself; a file may be as long as its bound.
func TestBoundsAreAllowed(t *testing.T) {
	file := strings.NewReplacer("warn: 0.0075", "warn: 0.01", "resolve: 0.009", "resolve: 0.01", "warn: 0.96", "warn: 0.95", "resolve: 0.97", "resolve: 0.95").Replace(ruleFile)
	file += strings.Repeat("#", 64<<10-len(file))
	s, err := Parse([]byte(file), 120)
	if err != nil {
		t.Fatal(err)
	}
	const want = `odr: order_defect_rate < 0.01 over 60d lag 30d warn 0.01 resolve 0.01 min 20 CONTRACTUAL
tracking-2: valid_tracking_rate > 0.95 over 30d lag 0d warn 0.95 resolve 0.95 min 1 ADVISORY provisional
`
	if got := string(s.Canonical()); got != want {
		t.Errorf("read as\n%swant\n%s", got, want)
	}
}

// TestFormsOfYAML checks that files that say the same by other means of YAML are the same.
func TestFormsOfYAML(t *testing.T) {
	want, err := Parse([]byte(ruleFile), 120)
	if err != nil {
		t.Fatal(err)
	}
	for name, file := range map[string]string{
		"byte order mark": "\xef\xbb\xbf" + ruleFile, "line ends of Windows": strings.ReplaceAll(ruleFile, "\n", "\r\n"), "a document's start": "---\n" + ruleFile,
		"a directive": "%YAML 1.2\n---\n" + ruleFile, "no last line end": strings.TrimSuffix(ruleFile, "\n"),
		"an anchor": strings.Replace(ruleFile, "name: odr", "name: &a odr", 1), "a tag of text": strings.Replace(ruleFile, "window: 60d", "window: !!str 60d", 1),
		"a boolean in capitals": strings.Replace(ruleFile, "provisional: true", "provisional: TRUE", 1),
		"an alias":              strings.NewReplacer("lag: 30d", "lag: &l 30d", "window: 30d", "window: *l").Replace(ruleFile),
	} {
		got, err := Parse([]byte(file), 120)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if string(got.Canonical()) != string(want.Canonical()) {
			t.Errorf("%s: read as\n%s", name, got.Canonical())
		}
	}
}

// TestCanonicalSaysWhatCounts checks that defaults written out are no change, and that all else is one.
func TestCanonicalSaysWhatCounts(t *testing.T) {
	parse := func(old, new string) string {
		s, err := Parse([]byte(strings.Replace(string(BuiltInFile()), old, new, 1)), 120)
		if err != nil {
			t.Fatalf("replace %q by %q: %v", old, new, err)
		}
		return string(s.Canonical())
	}
	same := parse("", "")
	if same != string(BuiltIn().Canonical()) {
		t.Error("the same file has two texts")
	}
	for _, line := range []string{"lag: 0d", "warn: 0.020", "resolve: 0.0250", "min_denominator: 1", "provisional: false"} {
		if parse("name: cancellation\n", "name: cancellation\n    "+line+"\n") != same {
			t.Errorf("%q is a change", line)
		}
	}
	for _, change := range [][2]string{
		{"name: odr\n", "name: odr-2\n"},
		{"metric: order_defect_rate", "metric: claim_rate"},
		{"window: 60d", "window: 59d"},
		{"lag: 30d", "lag: 29d"},
		{`"< 0.01"`, `"< 0.011"`},
		{`"> 0.95"`, `"> 0.96"`},
		{"class: contractual", "class: advisory"},
		{"provisional: true", "provisional: false"},
		{"    metric", "    warn: 0.007\n    metric"},
		{"    metric", "    resolve: 0.007\n    metric"},
		{"    metric", "    min_denominator: 2\n    metric"},
	} {
		if parse(change[0], change[1]) == same {
			t.Errorf("%q instead of %q is no change", change[1], change[0])
		}
	}
}

func TestParseErrors(t *testing.T) {
	replaced := func(old, new string) string {
		if !strings.Contains(ruleFile, old) {
			t.Fatalf("no %q in the file", old)
		}
		return strings.Replace(ruleFile, old, new, 1)
	}
	for _, row := range []struct{ name, file, want string }{
		{"empty", "", `begin with "rules:"`},
		{"a comment only", "# nothing\n", `begin with "rules:"`},
		{"two documents", ruleFile + "---\n" + ruleFile, "not one YAML document"},
		{"a list", "- name: odr\n", "line 1: not a mapping: write one of pack, figures, sources, where, metrics, rules, overrides and a colon"},
		{"no rules", "rules: []\n", "line 1: rules: no rules"},
		{"rules without a value", "rules:\n", "line 1: rules: no rules"},
		{"rules as text", "rules: odr\n", "line 1: rules: no rules"},
		{"a rule as text", "rules:\n  - odr\n", "line 2: not a mapping: write one of name, metric"},
		{"an unknown key on top", "version: 1\n" + ruleFile, `line 1: unknown key "version": use pack, figures, sources, where, metrics, rules`},
		{"an unknown key", replaced("warn: 0.0075", "warning: 0.0075"), `line 7: unknown key "warning": use name, metric`},
		{"a key twice", replaced("    lag: 30d\n", "    lag: 30d\n    lag: 30d\n"), "line 6"},
		{"a tab", replaced("    lag: 30d", "\tlag: 30d"), "not YAML"},
		{"a target not in quotes", replaced(`'>0.95'`, `> 0.95`), "in quotes"},
		{"a name twice", replaced("name: tracking-2", "name: odr"), `line 11: name: a second rule "odr"; the first is in line 2`},
		{"no name", replaced("  - name: odr\n    metric", "  - metric"), "line 2: a rule without name"},
		{"no class", replaced("    class: contractual\n", ""), "line 2: a rule without class"},
		{"an empty name", replaced("name: odr", "name: ''"), "line 2: name: \"\" is no name of a rule"},
		{"a name in capitals", replaced("name: odr", "name: ODR"), "line 2: name: \"ODR\" is no name of a rule: use 1 to 64 of a-z, 0-9 and -"},
		{"a long name", replaced("name: odr", "name: "+strings.Repeat("a", 65)), "is no name of a rule"},
		{"a name without a value", replaced("name: odr", "name:"), "line 2: name: no plain value"},
		{"a name as a list", replaced("name: odr", "name: [odr]"), "line 2: name: no plain value"},
		{"an unknown alias", replaced("name: odr", "name: *a"), "line 2: alias *a: no anchor &a stands before it"},
		{"a merge key", replaced("name: odr", "<<: {name: odr}"), `line 2: merge key "<<" is not read here`},
		{"a tag", replaced("window: 60d", "window: !days 60"), "line 4: tag !days is not read here"},
		{"a value as a mapping", replaced("window: 60d", "window: {days: 60}"), "line 4: window: no plain value"},
		{"UTF-16", "\xff\xfer\x00", "line 1: it is in utf-16: save it as UTF-8"},
		{"a metric of another name", replaced("order_defect_rate", "odr"), `line 3: metric: unknown metric "odr": use one of order_defect_rate, `},
		{"a window without a unit", replaced("window: 60d", "window: 60"), `line 4: window: "60" is not a number of days, weeks or months from 1 on: write it like 30d`},
		{"a window of years", replaced("window: 60d", "window: 1y"), "line 4: window"},
		{"a window of no days", replaced("window: 60d", "window: 0d"), "line 4: window"},
		{"a negative lag", replaced("lag: 30d", "lag: -1d"), "line 5: lag"},
		{"beyond the retention", replaced("lag: 30d", "lag: 61d"), "line 4: window: window 60d and lag 61d look back over 121 days, but counts are kept for 120"},
		{"far beyond the retention", replaced("lag: 30d", "lag: 99999999999d"), "line 5: lag"},
		{"a target without a sign", replaced(`"< 0.010"`, "0.01"), `line 6: target: "0.01" is not a target: write it like "< 0.025" or ">= 0.9"`},
		{"a target or equal, the other way round", replaced(`"< 0.010"`, `"=<0.01"`), `line 6: target: unknown comparison "=<"`},
		{"a target or equal, one sign", replaced(`"< 0.010"`, `"≤ 0.01"`), `line 6: target: unknown comparison "≤"`},
		{"a target or equal, greater, one sign", replaced(`'>0.95'`, `"≥0.95"`), `line 14: target: unknown comparison "≥"`},
		{"an equal target", replaced(`"< 0.010"`, `"= 0.01"`), `line 6: target: unknown comparison "="`},
		{"a target with two signs", replaced(`"< 0.010"`, `"<< 0.01"`), `line 6: target: unknown comparison "<<"`},
		{"a target in percent", replaced(`"< 0.010"`, `"< 1%"`), "line 6: target: the limit of"},
		{"a target over 1", replaced(`"< 0.010"`, `"< 1.1"`), "line 6: target: the limit of"},
		{"a target of 10 decimals", replaced(`"< 0.010"`, `"< 0.0100000001"`), "with at most 9 decimals"},
		{"a target never met", replaced(`"< 0.010"`, `"< 0"`), "line 6: target: no rate is less than 0"},
		{"a target never met, greater", replaced(`'>0.95'`, `'> 1'`), "line 14: target: no rate is greater than 1"},
		{"warn beyond the target", replaced("warn: 0.0075", "warn: 0.011"), `line 7: warn: 0.011 warns too late or always: for "< 0.01" use a rate above 0 and up to 0.01`},
		{"warn at 0", replaced("warn: 0.0075", "warn: 0"), "line 7: warn: 0 warns too late or always"},
		{"warn below the target, greater", replaced("warn: 0.96", "warn: 0.94"), `line 15: warn: 0.94 warns too late or always: for "> 0.95" use a rate from 0.95 on and below 1`},
		{"warn at 1, greater", replaced("warn: 0.96", "warn: 1"), "line 15: warn"},
		{"warn is no number", replaced("warn: 0.0075", "warn: 1e-3"), `line 7: warn: "1e-3" is not a number between 0 and 1`},
		{"warn is infinite", replaced("warn: 0.0075", "warn: .inf"), "line 7: warn"},
		{"resolve beyond the target", replaced("resolve: 0.009", "resolve: 0.011"), `line 8: resolve: 0.011 would end a breach while "< 0.01" is missed`},
		{"resolve at 0", replaced("resolve: 0.009", "resolve: 0"), "line 8: resolve: no rate is less than 0"},
		{"resolve below the target, greater", replaced("resolve: 0.97", "resolve: 0.9"), "line 16: resolve"},
		{"resolve at 1, greater", replaced("resolve: 0.97", "resolve: 1"), "line 16: resolve: no rate is greater than 1"},
		{"min_denominator of 0", replaced("min_denominator: 20", "min_denominator: 0"), `line 9: min_denominator: "0" is not a whole number from 1 to 2147483647`},
		{"min_denominator too large", replaced("min_denominator: 20", "min_denominator: 2147483648"), "line 9: min_denominator"},
		{"a class of another name", replaced("class: contractual", "class: CONTRACTUAL"), `line 10: class: "CONTRACTUAL" is no class: use contractual or advisory`},
		{"provisional is yes", replaced("provisional: true", "provisional: yes"), `line 18: provisional: "yes" is neither true nor false`},
		{"too many rules", manyRules(65), "line 322: rules: 65 rules: there may be up to 64"},
		{"a large file", strings.Repeat("#", 64<<10) + "\n" + ruleFile, "a rule file of"},
	} {
		_, err := Parse([]byte(row.file), 120)
		if err == nil || !strings.Contains(withoutColumn(err), row.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v; want %s", row.name, err, row.want)
		}
	}
}

// withoutColumn is an error without the column, and without the number of the rule, of which tests of their own tell.
func withoutColumn(err error) string {
	return regexp.MustCompile(`, column \d+|rules\[\d+\](: |\.)`).ReplaceAllString(err.Error(), "")
}

func manyRules(n int) string {
	var b strings.Builder
	b.WriteString("rules:\n")
	for i := range n {
		fmt.Fprintf(&b, "  - name: r%d\n    metric: claim_rate\n    window: 7d\n    target: \"< 0.1\"\n    class: advisory\n", i)
	}
	return b.String()
}

func TestManyRules(t *testing.T) {
	if s, err := Parse([]byte(manyRules(64)), 7); err != nil || len(s.Rules()) != 64 {
		t.Error(err)
	}
}

func TestCheckRetention(t *testing.T) {
	if err := BuiltIn().CheckRetention(90); err != nil {
		t.Error(err)
	}
	err := BuiltIn().CheckRetention(89)
	if err == nil || !strings.Contains(err.Error(), `rule "odr": window 60d and lag 30d look back over 90 days, but counts are kept for 89`) {
		t.Error(err)
	}
}

// FuzzParse checks that no file makes the parser panic, and that what it accepts has the promised form.
func FuzzParse(f *testing.F) {
	f.Add([]byte(ruleFile))
	f.Add([]byte(wholeFile))
	f.Add(BuiltInFile())
	f.Add([]byte("rules: &a [*a]"))
	f.Add([]byte("rules:\n- <<: {name: a}\n"))
	f.Fuzz(func(t *testing.T, file []byte) {
		s, err := ParseAll(120, File{Text: file})
		if err != nil {
			return
		}
		if len(s.Rules()) == 0 || s.CheckRetention(120) != nil {
			t.Errorf("accepted:\n%s", s.Canonical())
		}
	})
}
