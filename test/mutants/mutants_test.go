package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Each entry of the list still names one place of the source, and gives a reason.
func TestEquivalentsAreThere(t *testing.T) {
	t.Chdir("../..")
	list, err := readEquivalents("test/mutants/equivalent.txt")
	if err != nil || len(list) == 0 {
		t.Fatalf("%d equivalent mutants: %v", len(list), err)
	}
	seen := map[mutant]bool{}
	for _, e := range list {
		if err := e.check(); err != nil {
			t.Error(err)
		}
		if seen[e.mutant] {
			t.Errorf("listed twice: %v", &e.mutant)
		}
		seen[e.mutant] = true
	}
}

const source = "package a\n\nfunc f(n, m int) bool {\n\tif n >= 0 && m-1 > -n {\n\t\tn--\n\t}\n\treturn n == 0\n}\n"

// write makes a folder with a source and a list of equivalents, and goes there.
func write(t *testing.T, list string) {
	t.Helper()
	t.Chdir(t.TempDir())
	for name, text := range map[string]string{"a.go": source, "list.txt": list} {
		if err := os.WriteFile(filepath.Join(".", name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// Survivors are told from what is listed by the text of the line; what did not come to be judged is not taken for killed.
func TestJudge(t *testing.T) {
	write(t, "# Comment.\na.go CONDITIONALS_BOUNDARY\n    if n «>=» 0 && m-1 > -n {\n    A reason\n    of two lines.\n\na.go INCREMENT_DECREMENT\nn«--»\nA reason.")
	var r report
	if err := json.Unmarshal([]byte(`{"go_module":"a","files":[{"file_name":"a.go","mutations":[
		{"type":"CONDITIONALS_BOUNDARY","status":"LIVED","line":4,"column":7},
		{"type":"CONDITIONALS_NEGATION","status":"NOT COVERED","line":4,"column":7},
		{"type":"ARITHMETIC_BASE","status":"KILLED","line":4,"column":16},
		{"type":"CONDITIONALS_BOUNDARY","status":"LIVED","line":4,"column":19},
		{"type":"INVERT_NEGATIVES","status":"TIMED OUT","line":4,"column":21},
		{"type":"INCREMENT_DECREMENT","status":"KILLED","line":5,"column":4},
		{"type":"CONDITIONALS_NEGATION","status":"NOT VIABLE","line":7,"column":11}]}]}`), &r); err != nil {
		t.Fatal(err)
	}
	mutants, err := r.mutants(".")
	if err != nil {
		t.Fatal(err)
	}
	list, err := readEquivalents("list.txt")
	if err != nil || len(list) != 2 || list[0].reason != "A reason of two lines." || list[1].reason != "A reason." {
		t.Fatalf("list %+v, error %v", list, err)
	}
	v := judge("a", mutants, list)
	want := `a: 7 mutants, 3 killed, 1 equivalent, 3 survive

survives (not covered): a.go CONDITIONALS_NEGATION
    if n «>=» 0 && m-1 > -n {

survives (lived): a.go CONDITIONALS_BOUNDARY
    if n >= 0 && m-1 «>» -n {

survives (not viable): a.go CONDITIONALS_NEGATION
    return n «==» 0

is killed, and need not be listed: a.go INCREMENT_DECREMENT
    n«--»
`
	if got := v.String(); got != want {
		t.Errorf("the verdict is\n%s\nnot\n%s", got, want)
	}
}

// An entry whose line is gone, or is there twice, is told with the remedy; so is one without a reason.
func TestCheckEquivalents(t *testing.T) {
	for _, c := range []struct{ list, want string }{
		{"a.go X\n    n«--»\n    Reason.\n", ""},
		{"a.go X\n    n«++»\n    Reason.\n", `a.go: 0 lines say "n++", want one: adapt the entry`},
		{"a.go X\n    «}»\n    Reason.\n", `a.go: 2 lines say "}", want one: adapt the entry`},
		{"b.go X\n    n«--»\n    Reason.\n", "b.go"},
		{"a.go X\n    n«--»\n", `list.txt: before line 3: "a.go X" is no mutant: write its file and kind`},
		{"a.go X\n    n--\n    Reason.\n", `"a.go X" is no mutant: write its file and kind, below it the line with the token between «»`},
		{"a.go\n    n«--»\n    Reason.\n", `"a.go" is no mutant`},
	} {
		write(t, c.list)
		list, err := readEquivalents("list.txt")
		if err == nil {
			err = list[0].check()
		}
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%q: %v, want %q", c.list, err, c.want)
		}
	}
}
