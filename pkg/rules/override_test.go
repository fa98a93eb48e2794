package rules

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

// overridesFile has each key of overrides.
const overridesFile = `pack: shop
rules:
  - name: claims
    metric: claim_rate
    window: 30d
    target: "<= 0.1"
    warn: 0.05
    resolve: 0.01
    until: 2026-03-31
    class: contractual
  - name: claims
    metric: claim_rate
    window: 60d
    target: "<= 0.2"
    from: 2026-04-01
    class: contractual
  - name: in-time
    metric: on_time_delivery_rate
    window: 30d
    levels:
      - {level: good, target: ">= 0.9", state: ok}
      - {level: bad, state: breached}
    class: advisory
overrides:
  - sellers: [S2, S1]
    rule: claims
    target: "< 0.3"
    min_denominator: 9
    min_misses: 2
    reason: as agreed
  - sellers: S1
    silence: {from: 2026-02-01, until: 2026-02-28, reason: they move to another warehouse}
  - sellers: S1
    rule: [in-time]
    exempt: true
    until: 2026-05-31
  - sellers: S3
    rule: in-time
    levels:
      - {level: fine, target: ">= 0.8", state: ok}
      - {level: poor, target: ">= 0.5", state: at_risk}
      - {level: bad, state: breached}
    from: 2026-02-01
    silence: {until: 2026-03-31, reason: "it is new"}
  - sellers_file: lists/new.csv
    rule: claims
    warn: 0.1
    resolve: 0.02
`

var newSellers = File{Name: "lists/new.csv", Text: []byte("name,seller_id\n# of March\nMy shop,S9\n\"Yours, too\", S8 \n\nMy shop,S9\n")}

func parseOverrides(text string, lists ...File) (*Set, error) {
	return ParseAll(400, File{Name: "shop.yaml", Text: []byte(text), Lists: lists})
}

func overrides(t testing.TB, text string) *Set {
	t.Helper()
	s, err := parseOverrides(text, newSellers)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// What holds of a seller on a day: the rule as a line, or that it is exempt, and the silence.
func TestOverridesHold(t *testing.T) {
	s := overrides(t, overridesFile)
	const claims, inTime = "shop/claims", "shop/in-time"
	for _, row := range []struct{ seller, rule, day, want string }{
		{"S0", claims, "2026-03-31", "<= 0.1 warn 0.05 resolve 0.01 min 1 misses 1"},
		{"S1", claims, "2026-03-31", "< 0.3 warn 0.24 resolve 0.3 min 9 misses 2"},
		{"S2", claims, "2026-04-01", "< 0.3 warn 0.24 resolve 0.3 min 9 misses 2"},
		{"S1", claims, "2026-01-31", "< 0.3 warn 0.24 resolve 0.3 min 9 misses 2"},
		{"S1", claims, "2026-02-01", "< 0.3 warn 0.24 resolve 0.3 min 9 misses 2, silenced until 2026-02-28: they move to another warehouse"},
		{"S2", claims, "2026-02-01", "< 0.3 warn 0.24 resolve 0.3 min 9 misses 2"},
		{"S1", inTime, "2026-02-28", "exempt, silenced until 2026-02-28: they move to another warehouse"},
		{"S1", inTime, "2026-05-31", "exempt"},
		{"S1", inTime, "2026-06-01", "good bad min 1 misses 1"},
		{"S3", inTime, "2026-01-31", "good bad min 1 misses 1, silenced until 2026-03-31: it is new"},
		{"S3", inTime, "2026-02-01", "fine poor bad min 1 misses 1, silenced until 2026-03-31: it is new"},
		{"S3", inTime, "2026-04-01", "fine poor bad min 1 misses 1"},
		{"S8", claims, "2026-03-31", "<= 0.1 warn 0.1 resolve 0.02 min 1 misses 1"},
		{"S9", claims, "2026-04-01", "<= 0.2 warn 0.1 resolve 0.02 min 1 misses 1"},
		{"S9", inTime, "2026-04-01", "good bad min 1 misses 1"},
	} {
		day := date(row.day)
		r := s.Find(row.rule).InForce(day)
		of := s.OverridesOf(row.seller)
		held, exempt := of.Held(r, day)
		got := heldText(held)
		if exempt {
			got = "exempt"
		}
		if silence := of.Silence(r, day); silence != nil {
			got += fmt.Sprintf(", silenced until %v: %s", silence.Until, silence.Reason)
		}
		if got != row.want {
			t.Errorf("%s, %s on %s: %s, want %s", row.seller, row.rule, row.day, got, row.want)
		}
	}
	if s.OverridesOf("S8") != s.OverridesOf("S9") {
		t.Error("sellers of the same overrides do not share them")
	}
}

func heldText(r *Rule) string {
	text := r.Target.String()
	if warn, ok := r.WarnAt(); ok {
		text += fmt.Sprintf(" warn %v", warn)
	}
	if r.Levels == nil {
		text += fmt.Sprintf(" resolve %v", r.ResolveAt().Limit)
	} else {
		text = ""
	}
	for _, l := range r.Levels {
		text += l.Name + " "
	}
	return fmt.Sprintf("%s min %d misses %d", strings.TrimSpace(text), r.MinDenominator, r.MinMisses)
}

func TestOverridesTurn(t *testing.T) {
	var got []string
	for _, o := range overrides(t, overridesFile).Overrides() {
		got = append(got, strings.Trim(fmt.Sprint(o.Turns()), "[]"))
	}
	if want := "|2026-02-01 2026-03-01|2026-06-01|2026-02-01 2026-04-01|"; strings.Join(got, "|") != want {
		t.Errorf("%q, want %q", strings.Join(got, "|"), want)
	}
}

func TestOverridesThatAreOver(t *testing.T) {
	s := overrides(t, overridesFile)
	for day, want := range map[string]int{"2026-02-28": 0, "2026-03-01": 1, "2026-05-31": 1, "2026-06-01": 2} {
		if got := len(s.Over(date(day))); got != want {
			t.Errorf("%d are over on %s, want %d", got, day, want)
		}
	}
}

// A file of overrides alone is about the rules of a pack, wherever its file stands.
func TestOverridesInAFileOfTheirOwn(t *testing.T) {
	rules, own, _ := strings.Cut(overridesFile, "overrides:\n")
	files := []File{{Name: "own.yaml", Text: []byte("pack: shop\noverrides:\n" + own), Lists: []File{newSellers}}, {Name: "shop.yaml", Text: []byte(rules)}}
	for range 2 {
		s, err := ParseAll(400, files...)
		if err != nil {
			t.Fatal(err)
		}
		if got, want := string(s.Canonical()), string(overrides(t, overridesFile).Canonical()); got != want || len(s.Packs()) != 1 {
			t.Errorf("%d packs:\n%s\nwant\n%s", len(s.Packs()), got, want)
		}
		files[0], files[1] = files[1], files[0]
	}
}

func TestOverridesCanonical(t *testing.T) {
	const want = `shop/claims: of 2 sellers af8efd41af0da8a5 {target: "< 0.3", min_denominator: 9, min_misses: 2, reason: as agreed}`
	s := overrides(t, overridesFile)
	if !strings.Contains(string(s.Canonical()), want+"\n") {
		t.Errorf("%s\nhas not\n%s", s.Canonical(), want)
	}
	for _, change := range [][2]string{
		{"[S2, S1]", "[S2, S4]"},
		{`"< 0.3"`, `"< 0.31"`},
		{"min_misses: 2", "min_misses: 3"},
		{"until: 2026-02-28", "until: 2026-02-27"},
		{"as agreed", "as said"},
		{"rule: [in-time]", "rule: [in-time, claims]"},
		{"until: 2026-05-31", "until: 2026-06-01"},
		{"level: poor", "level: meagre"},
	} {
		b, err := parseOverrides(strings.Replace(strings.Replace(overridesFile, "sellers: [S2, S1]\n    rule: claims", "sellers: [S2, S1]\n    rule: claims\n    from: 2026-06-02", 1), change[0], change[1], 1), newSellers)
		if err != nil {
			t.Fatalf("%s: %v", change[1], err)
		}
		a := overrides(t, strings.Replace(overridesFile, "sellers: [S2, S1]\n    rule: claims", "sellers: [S2, S1]\n    rule: claims\n    from: 2026-06-02", 1))
		if string(a.Canonical()) == string(b.Canonical()) || len(Diff(a, b)) == 0 || len(Diff(a, a)) != 0 {
			t.Errorf("%s: no difference", change[1])
		}
	}
}

func TestDiffOfOverrides(t *testing.T) {
	a := overrides(t, overridesFile)
	b := overrides(t, strings.Replace(overridesFile, "exempt: true", "min_misses: 3", 1))
	var lines []string
	for _, d := range Diff(a, b) {
		lines = append(lines, d.String())
	}
	const want = `shop/in-time: override: now {sellers: [S1], min_misses: 3, until: 2026-05-31}
shop/in-time: override: no more {sellers: [S1], exempt: true, until: 2026-05-31}`
	if got := strings.Join(lines, "\n"); got != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
}

// What is written says the same, given the same lists.
func TestOverridesAreWritten(t *testing.T) {
	s := overrides(t, overridesFile)
	again, err := parseOverrides(string(s.YAML()), newSellers)
	if err != nil {
		t.Fatalf("%v:\n%s", err, s.YAML())
	}
	if string(again.Canonical()) != string(s.Canonical()) || string(again.JSON()) != string(s.JSON()) {
		t.Errorf("written as\n%s", s.YAML())
	}
	schema := compiledSchema(t)
	for _, text := range []string{overridesFile, string(s.YAML()), "overrides: [{sellers: S, exempt: true}]"} {
		if err := validate(schema, text); err != nil {
			t.Errorf("%v:\n%s", err, text)
		}
	}
}

func TestWordsOfOverrides(t *testing.T) {
	s := overrides(t, overridesFile)
	const want = `For the seller it is another: as agreed.
NO_DATA with fewer than 9 orders.
BREACHED where the rate is not less than 30%.
AT_RISK from 24% or more.
OK else.
Fewer than 2 misses are no breach.
Nobody is told of it from 2026-02-01 until 2026-02-28: they move to another warehouse.`
	if got := strings.Join(s.OverridesOf("S1").Words(s.Find("shop/claims").Versions[0]), "\n"); got != want {
		t.Errorf("%s", got)
	}
	if got := s.OverridesOf("S1").Words(s.Find("shop/in-time").Versions[0]); got[1] != "The seller is exempt until 2026-05-31." {
		t.Errorf("%q", got)
	}
	if got := s.OverridesOf("S0").Words(s.Find("shop/claims").Versions[0]); got != nil {
		t.Errorf("%q", got)
	}
}

// overrideErrors are changes of overridesFile that make it no rule file, what is said then, and whether the schema takes it.
var overrideErrors = []struct {
	name, old, new, want string
	beyond               bool
}{
	{"no overrides", "overrides:\n", "overrides: []\nx:\n", "overrides", false},
	{"an unknown rule", "rule: [in-time]", "rule: [in-tim]", `line 34, column 11: overrides[2].rule: unknown rule "shop/in-tim": use one of shop/claims, shop/in-time; did you mean shop/in-time?`, true},
	{"a full name", "rule: [in-time]", "rule: [shop/in-time]", `overrides[2].rule[0]: "shop/in-time" is no name of a rule`, false},
	{"an unknown key", "exempt: true", "exempted: true", "line 35, column 5: overrides[2]: unknown key \"exempted\": use sellers, sellers_file", false},
	{"a key of rules", "exempt: true", "window: 7d", "overrides[2]: unknown key \"window\"", false},
	{"no sellers", "  - sellers: [S2, S1]\n    rule: claims\n", "  - rule: claims\n", "line 25, column 5: overrides[0]: an override has sellers or a sellers_file", false},
	{"sellers twice over", "sellers: [S2, S1]", "sellers: [S2, S1]\n    sellers_file: x.csv", "overrides[0].sellers_file: there is no list \"x.csv\"", false},
	{"sellers and a list", "sellers_file: lists/new.csv", "sellers_file: lists/new.csv\n    sellers: S9", "overrides[4]: an override has sellers or a sellers_file", false},
	{"a seller twice", "[S2, S1]", "[S2, S2]", `overrides[0].sellers[1]: "S2" stands there twice`, false},
	{"an empty seller", "[S2, S1]", `[S2, ""]`, `overrides[0].sellers[1]: "" is no id of a seller`, false},
	{"no such list", "lists/new.csv", "lists/old.csv", `line 45, column 19: overrides[4].sellers_file: there is no list "lists/old.csv": put the file beside this one`, true},
	{"nothing said", "    exempt: true\n    until: 2026-05-31\n", "", "line 33, column 5: overrides[2]: an override that says nothing: add one of target, levels", true},
	{"days of nothing", "    exempt: true\n    until: 2026-05-31\n", "    until: 2026-05-31\n    exempt: false\n", "overrides[2]: an override that says nothing", true},
	{"exempt and a target", "exempt: true", "exempt: true\n    target: \">= 0.5\"", "line 35, column 13: overrides[2].exempt: exempt beside another target", true},
	{"exempt and silenced", "exempt: true", "exempt: true\n    silence: {until: 2026-03-01, reason: x}", "overrides[2].silence: a silence beside exempt", true},
	{"exempt perhaps", "exempt: true", "exempt: perhaps", `overrides[2].exempt: "perhaps" is neither true nor false`, false},
	{"days beside a silence", "    silence: {from: 2026-02-01,", "    until: 2026-03-01\n    silence: {from: 2026-02-01,", "overrides[1].until: days beside a silence alone", true},
	{"a silence without end", "until: 2026-02-28, ", "", "overrides[1].silence: a silence without until: add it", false},
	{"a silence without a reason", ", reason: they move to another warehouse", "", "overrides[1].silence: a silence without reason: add it", false},
	{"a silence of an empty reason", `"it is new"`, `""`, "overrides[3].silence.reason: a reason of 0 bytes", false},
	{"a long reason", "as agreed", strings.Repeat("x", 257), "overrides[0].reason: a reason of 257 bytes", false},
	{"a silence that ends before it begins", "{from: 2026-02-01, until: 2026-02-28", "{from: 2026-03-01, until: 2026-02-28", "overrides[1].silence.until: 2026-02-28 is before from, 2026-03-01", true},
	{"a change that ends before it begins", "    until: 2026-05-31\n", "    from: 2026-06-01\n    until: 2026-05-31\n", "overrides[2].until: 2026-05-31 is before from, 2026-06-01", true},
	{"until no day", "until: 2026-05-31", "until: June", `overrides[2].until: "June" is no date`, false},
	{"< against good", "exempt: true", `target: "< 0.5"`, "line 35, column 13: overrides[2].target: metric on_time_delivery_rate counts what is good, so that the rate is to be high: use > or >= instead of < (for rule shop/in-time)", true},
	{"of all, one the wrong way", "    rule: claims\n    target: \"< 0.3\"", "    target: \"< 0.3\"", "overrides[0].target: metric on_time_delivery_rate counts what is good", true},
	{"target and levels", "    levels:\n      - {level: fine", "    target: \">= 0.8\"\n    levels:\n      - {level: fine", "overrides[3].target: a target beside levels", true},
	{"warn of a rule with levels", "exempt: true", "warn: 0.95", `overrides[2].warn: warn of rule "shop/in-time", which has levels`, true},
	{"warn that is too late", "warn: 0.1\n", "warn: 0.15\n", `overrides[4].warn: 0.15 warns too late or always: for "<= 0.1" use a rate above 0 and up to 0.1 (for rule shop/claims)`, true},
	{"two of one day", "  - sellers: S1\n    rule: [in-time]\n    exempt: true\n    until: 2026-05-31\n", "  - sellers: S1\n    min_misses: 3\n", `line 33, column 5: overrides[2]: a second override of seller "S1" and rule shop/claims on one day; the first is in line 25`, true},
	{"two silences of one day", "until: 2026-05-31", "until: 2026-05-31\n  - sellers: S1\n    silence: {until: 2026-02-01, reason: x}", `overrides[3]: a second override of seller "S1" and rule shop/claims on one day; the first is in line 31`, true},
	{"a rule whose last is not its pack's", "pack: shop\nrules:", "pack: shop\nmetrics: [{name: m, bad: claim}]\nrule:", "unknown key \"rule\"", false},
}

func TestOverrideErrors(t *testing.T) {
	schema := compiledSchema(t)
	for _, row := range overrideErrors {
		text := strings.Replace(overridesFile, row.old, row.new, 1)
		if text == overridesFile {
			t.Fatalf("%s: no %q in the file", row.name, row.old)
		}
		_, err := parseOverrides(text, newSellers)
		var at *Error
		if err == nil || !strings.Contains(err.Error(), row.want) || !errors.As(err, &at) || at.File != "shop.yaml" || at.Line == 0 || at.Column == 0 || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v; want %s", row.name, err, row.want)
		}
		if err := validate(schema, text); (err == nil) != row.beyond {
			t.Errorf("%s: the schema says %v; beyond it: %v", row.name, err, row.beyond)
		}
	}
}

// Days that do not meet, and a silence beside a change, are no collision.
func TestOverridesSideBySide(t *testing.T) {
	const more = "  - sellers: S1\n    rule: in-time\n    from: 2026-06-01\n    min_misses: 2\n  - sellers: S1\n    silence: {from: 2026-03-01, until: 2026-03-01, reason: x}\n"
	if _, err := parseOverrides(overridesFile+more, newSellers); err != nil {
		t.Error(err)
	}
}

func TestFilesOfOverridesAlone(t *testing.T) {
	const own = "overrides: [{sellers: S, exempt: true}]\n"
	for text, want := range map[string]string{
		"figures: 2026-01-01\n" + own:  "own.yaml: line 1, column 10: figures: figures of a file that has overrides alone",
		"pack: other\n" + own:          "own.yaml: line 2, column 14: overrides[0]: overrides of pack other, of which there are no rules",
		own:                            "own.yaml: line 1, column 14: overrides[0]: overrides of pack amazon-2022, which a file is of that names none, of which there are no rules",
		"pack: other\n":                "own.yaml: line 1, column 1: a rule file without rules: add them",
		"pack: shop\noverrides: 3\n":   "own.yaml: line 2, column 12: overrides: no list",
		"pack: shop\noverrides: [7]\n": "own.yaml: line 2, column 13: overrides[0]: not a mapping",
	} {
		rules, _, _ := strings.Cut(overridesFile, "overrides:\n")
		if _, err := ParseAll(400, File{Name: "shop.yaml", Text: []byte(rules)}, File{Name: "own.yaml", Text: []byte(text)}); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
}

func TestListsOfSellers(t *testing.T) {
	for text, want := range map[string]string{
		"S2\nS1\r\n# none\n\n S2\n":       "[S1 S2]",
		"\xef\xbb\xbfS1\n":                "[S1]",
		"S1,the first\nS2\n":              "[S1 S2]",
		"since,seller_id\n2020,S1\n":      "[S1]",
		"\"a, \"\"b\"\"\"\n\"#7\"\n":      `[#7 a, "b"]`,
		"":                                "list.csv: a list without sellers",
		"seller_id\n":                     "list.csv: a list without sellers",
		"S1\n,x\n":                        `list.csv: line 2, column 1: "" is no id of a seller`,
		"a\"b\n":                          "list.csv: line 1, column 2: bare \" in non-quoted",
		"x,seller_id\nS1\n":               "list.csv: line 2, column 1: a line without column 2",
		"\xff\n":                          `list.csv: line 1, column 1: "\xff" is no id of a seller`,
		"S\x001\x00":                      "list.csv: line 1, column 1: it is in utf-16le: save it as UTF-8",
		strings.Repeat("x", 1025):         "list.csv: line 1, column 1: ",
		strings.Repeat("S1\n", 128<<10+1): "list.csv: a list of sellers of 393219 bytes: it may have up to 393216",
	} {
		ids, err := readList(&File{Name: "list.csv", Text: []byte(text)})
		got := fmt.Sprint(ids)
		if err != nil {
			got = err.Error()
		}
		if !strings.HasPrefix(got, want) {
			t.Errorf("%.40q: %.200s, want %s", text, got, want)
		}
	}
}

func FuzzListsOfSellers(f *testing.F) {
	f.Add("x,seller_id\n1,S1\n")
	f.Add("S1\n#\n\"S,2\"\n")
	f.Fuzz(func(t *testing.T, text string) {
		ids, err := readList(&File{Name: "list.csv", Text: []byte(text)})
		if (err == nil) == (len(ids) == 0) {
			t.Fatalf("%d ids, %v", len(ids), err)
		}
		for i, id := range ids {
			if !isSeller(id) || i > 0 && ids[i-1] >= id {
				t.Fatalf("%q in %q", id, ids)
			}
		}
	})
}

func TestTooManyOverrides(t *testing.T) {
	rules, _, _ := strings.Cut(overridesFile, "overrides:\n")
	var sellers strings.Builder
	for i := range 10_001 {
		fmt.Fprintf(&sellers, "S%d\n", i)
	}
	list := File{Name: "all", Text: []byte(sellers.String())}
	twice := "overrides:\n  - {sellers_file: all, rule: claims, min_misses: 2}\n  - {sellers_file: all, rule: in-time, min_misses: 2}\n"
	if _, err := parseOverrides(rules+twice, list); err == nil || !strings.Contains(err.Error(), "overrides[1].sellers_file: override 2 of 20002 sellers in all: a set may have up to 256 of up to 20000") {
		t.Error(err)
	}
	var many strings.Builder
	for i := range 257 {
		fmt.Fprintf(&many, "  - {sellers: S%d, exempt: true}\n", i)
	}
	if _, err := parseOverrides(rules + "overrides:\n" + many.String()); err == nil || !strings.Contains(err.Error(), "257 overrides: there may be up to 256") {
		t.Error(err)
	}
}

func TestReadLists(t *testing.T) {
	f := File{Text: []byte(overridesFile + "  - {sellers_file: lists/new.csv, rule: in-time, min_misses: 2}\n")}
	err := f.ReadLists(func(name string) ([]byte, error) { return []byte("of " + name), nil })
	if got := fmt.Sprint(f.Lists); err != nil || len(f.Lists) != 1 || string(f.list("lists/new.csv").Text) != "of lists/new.csv" {
		t.Error(got, err)
	}
	f.Lists = nil
	if err := f.ReadLists(func(string) ([]byte, error) { return nil, errors.New("gone") }); err == nil || f.Lists != nil {
		t.Error(f.Lists, err)
	}
	for _, text := range []string{"", "a: [", "rules: 1", "overrides: [1, {sellers_file: [x]}]", "- 1"} {
		if got := (&File{Text: []byte(text)}).listNames(); got != nil {
			t.Errorf("%q: %q", text, got)
		}
	}
}
