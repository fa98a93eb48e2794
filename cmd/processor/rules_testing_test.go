package main

import (
	"context"
	"encoding/json"
	"encoding/xml"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// TestRulesTest: what is printed, also as JSON, and as JUnit XML, is that of files, which are to be looked at when it changes.
func TestRulesTest(t *testing.T) {
	const folder, mine = "testdata/scenarios", "testdata/scenarios/wrong.yaml"
	junit := filepath.Join(t.TempDir(), "report.xml")
	var printed strings.Builder
	for _, c := range []struct {
		args string
		code int
	}{
		{folder, exitFailed},
		{folder + " --output json", exitFailed},
		{folder + "/right.txt", exitDone},
		{folder + "/limit.txt", exitFailed},
		{folder + "/limit.txt --rules " + mine, exitDone},
		{folder + "/limit.txt --rules " + mine + " --output json", exitDone},
		{folder + " --run ^A.s --output json", exitDone},
		{folder + " --run an?other", exitFailed},
		{folder + "/right.txt --rules amazon-2022", exitDone},
		{folder + "/limit.txt --rules " + folder + "/broken.yaml", exitFailed},
	} {
		got := call(t, nil, "", append([]string{"rules", "test"}, strings.Fields(c.args)...)...)
		if got.code != c.code {
			t.Errorf("%s: code %d, want %d", c.args, got.code, c.code)
		}
		printed.WriteString("$ processor rules test " + c.args + "\n" + got.stdout + got.stderr + "\n")
	}
	golden(t, "rules_test.txt", printed.String())
	if got := call(t, nil, "", "rules", "test", folder, "--junit", junit); got.code != exitFailed || !strings.Contains(got.stdout, "FILE") {
		t.Errorf("with --junit: %+v", got)
	}
	text, err := os.ReadFile(junit)
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "rules_test.xml", string(text))
}

func TestRulesTestRefusals(t *testing.T) {
	unread := write(t, "unread.txt", "rules none.yaml\nscenario A title\n")
	faulty := write(t, "faulty.txt", "scenario A title\nwhen it rains\n")
	const right = "testdata/scenarios/right.txt"
	for _, c := range []struct {
		args string
		code int
		want string
	}{
		{"", exitUsage, "name a file of scenarios, or a folder of them"},
		{right + " /does/not/exist", exitUsage, "find scenarios: stat /does/not/exist"},
		{t.TempDir(), exitUsage, "has no file of scenarios"},
		{right + " " + faulty, exitUsage, faulty + `:2: a line that begins with "when" is not known`},
		{right + " " + unread, exitUsage, unread + ":1: read rules: open "},
		{right + " --rules /does/not/exist", exitUsage, "--rules: open /does/not/exist"},
		{right + " --rules nobody", exitUsage, "neither a file nor a pack"},
		{right + " --run (", exitUsage, "use a regular expression as Go has them"},
		{right + " --run nothing", exitUsage, "--run nothing: no scenario has such a title"},
		{right + " --output xml", exitUsage, "use table or json"},
		{right + " --junit /does/not/exist/report.xml", exitFailed, "write JUnit XML: open /does/not/exist/report.xml"},
	} {
		got := call(t, nil, "", append([]string{"rules", "test"}, strings.Fields(c.args)...)...)
		if got.code != c.code || got.stdout != "" || !strings.Contains(got.stderr, c.want) || strings.Count(got.stderr, "\n") != 1 {
			t.Errorf("%s: %+v, want code %d and %q", c.args, got, c.code, c.want)
		}
	}
	if got := callTo(t, full{}, nil, "rules", "test", right); got.code != exitFailed || !strings.Contains(got.stderr, errFull.Error()) {
		t.Errorf("to a full disk: %+v", got)
	}
	if got := callTo(t, full{}, nil, "rules", "test", "testdata/scenarios/wrong.txt"); got.code != exitFailed || !strings.Contains(got.stderr, errFull.Error()) {
		t.Errorf("failures to a full disk: %+v", got)
	}
	stopped, stop := context.WithCancel(t.Context())
	stop()
	if got := callUntil(stopped, 0, nil, "", "rules", "test", right); got.code != exitFailed || got.stderr != "processor: interrupted\n" {
		t.Errorf("interrupted: %+v", got)
	}
}

// TestRulesTestOfPacks: a scenario of a pack is as expected, or needs a history, which is a failure that says so. The XML tells as many.
func TestRulesTestOfPacks(t *testing.T) {
	junit := filepath.Join(t.TempDir(), "report.xml")
	got := call(t, nil, "", "rules", "test", "../../rules", "--output", "json", "--junit", junit)
	all, failed := 0, 0
	for line := range strings.Lines(got.stdout) {
		var r resultJSON
		if err := json.Unmarshal([]byte(line), &r); err != nil {
			t.Fatal(err)
		}
		all++
		if !r.Passed {
			failed++
		}
		for _, f := range r.Failures {
			if !strings.Contains(f.Problem, "counts are kept for as long as orders are") {
				t.Errorf("%s:%d: %s", r.File, f.Line, f.Problem)
			}
		}
		if r.Passed != (len(r.Failures) == 0) {
			t.Errorf("%+v", r)
		}
	}
	if all == 0 || (got.code == exitFailed) != (failed > 0) || (got.stderr == "") != (failed == 0) {
		t.Errorf("%d scenarios, %d failed, code %d, %q", all, failed, got.code, got.stderr)
	}
	if cases, failures := countXML(t, junit); cases != all || failures != failed {
		t.Errorf("%d cases and %d failures in XML, of %d and %d", cases, failures, all, failed)
	}
}

// countXML counts the cases and failures of a file of JUnit XML, and compares them with the counts that it has itself.
func countXML(t *testing.T, path string) (cases, failures int) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var read struct {
		Tests    int `xml:"tests,attr"`
		Failures int `xml:"failures,attr"`
		Cases    []struct {
			Failures []struct{} `xml:"failure"`
		} `xml:"testsuite>testcase"`
	}
	if err := xml.Unmarshal(text, &read); err != nil {
		t.Fatal(err)
	}
	for _, c := range read.Cases {
		failures += len(c.Failures)
	}
	if read.Tests != len(read.Cases) || read.Failures != failures {
		t.Errorf("%s counts %d tests and %d failures, and has %d and %d", path, read.Tests, read.Failures, len(read.Cases), failures)
	}
	return len(read.Cases), failures
}

// TestRulesTestOfHostileTitles: whatever titles and values hold, nothing of it reaches a terminal, and the XML can be read.
func TestRulesTestOfHostileTitles(t *testing.T) {
	path := write(t, "hostile.txt", "scenario A \x1b[31m]]> <title> \u202e \xff\nat 2026-01-05 order O1 placed\nthen seller \"S\x1b[2J\" status ACTIVE\n")
	junit := filepath.Join(t.TempDir(), "report.xml")
	got := call(t, nil, "", "rules", "test", path, "--junit", junit)
	if strings.ContainsAny(got.stdout, "\x1b\u202e") || !strings.Contains(got.stdout, `A \x1b[31m]]> <title> \u202e \xff`) || !strings.Contains(got.stdout, `S\x1b[2J`) {
		t.Errorf("printed %q", got.stdout)
	}
	if cases, failures := countXML(t, junit); cases != 1 || failures != 1 {
		t.Errorf("%d cases and %d failures", cases, failures)
	}
}

func TestShellsCompleteScenarios(t *testing.T) {
	for line, want := range map[string]string{"": "txt\n:8\n", "own.txt --rules ": "walmart-us\n", "own.txt --output ": "json\n"} {
		args := append([]string{cobra.ShellCompNoDescRequestCmd, "rules", "test"}, strings.Split(line, " ")...)
		if got := call(t, nil, "", args...); !strings.Contains(got.stdout, want) {
			t.Errorf("after %q shells propose %q, want %q in it", line, got.stdout, want)
		}
	}
}

// The page about rules, where it tests some.
func TestRulesPage(t *testing.T) {
	steps := pageSteps(t, "../../docs/rules.md")
	if len(steps) == 0 {
		t.Fatal("docs/rules.md has no commands")
	}
	p := &page{t: t, directory: t.TempDir(), names: regexp.MustCompile(`\bno such name\b`), mask: func(text string) string { return text }}
	p.environment = append(othersVariables(), "PATH="+build(t)+string(os.PathListSeparator)+os.Getenv("PATH"))
	p.run(steps)
}
