package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode"

	"github.com/jedib0t/go-pretty/v6/text"

	"sellerpulse/internal/display"
	"sellerpulse/internal/verify"
	"sellerpulse/pkg/outputs"
	"sellerpulse/pkg/rules"
)

// sharedCase is the path of a file of inputs that once failed.
func sharedCase(t *testing.T, name string) string {
	t.Helper()
	path := filepath.Join("..", "..", "..", "shared", "data", "cases", name)
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) && os.Getenv("CI") != "true" {
		t.Skipf("the shared data is not here: %v", err)
	} else if err != nil {
		t.Fatal(err)
	}
	return path
}

// hostile is the seller of control-characters.jsonl, and hostileShown how it is shown.
const (
	hostile      = "a\x1b[31mred\x1b[0m\nnext\u202eabc"
	hostileShown = `a\x1b[31mred\x1b[0m\nnext\u202eabc`
)

// demandVisible demands that nothing in an output does anything but be seen, line breaks of its own apart.
func demandVisible(t *testing.T, name, output string) {
	t.Helper()
	for _, r := range output {
		if r != '\n' && (!unicode.IsPrint(r) || r == unicode.ReplacementChar) {
			t.Errorf("%s prints %U: %q", name, r, output)
			return
		}
	}
}

// What a producer calls a seller or an order is shown escaped wherever it is shown, in one row; JSON has it as it is.
func TestControlCharacters(t *testing.T) {
	environment := broker(t)
	must(t, environment, "", "topics", "--partitions", "1")
	must(t, environment, "", "produce", sharedCase(t, "control-characters.jsonl"))
	must(t, environment, "", "run", "--until-end")
	alerts := must(t, environment, "", "alerts", "--from-beginning", "--until-end")
	demandVisible(t, "alerts", alerts)
	if lines := strings.Split(alerts, "\n"); len(lines) != 3 || !strings.HasPrefix(lines[1], "2026-11-20 10:00:00  BREACHED  "+hostileShown+"  odr-early ") {
		t.Errorf("alerts prints %q, want a heading and one row of %s", alerts, hostileShown)
	}
	report := must(t, environment, "", "report", "--seller", hostile)
	demandVisible(t, "report", report)
	if !strings.HasPrefix(report, "Seller "+hostileShown+": ACTIVE as of ") {
		t.Errorf("report prints %q", report)
	}
	for _, args := range [][]string{{"alerts", "--from-beginning", "--until-end", "--output", "json"}, {"report", "--all"}} {
		if out := must(t, environment, "", args...); !strings.Contains(out, `"seller_id":"a\u001b[31mred\u001b[0m\u000anext`+"\u202e"+`abc"`) {
			t.Errorf("%v prints %q", args, out)
		}
	}
}

// The line that says what failed, and those of the log, show no character that does anything.
func TestControlCharactersOfErrors(t *testing.T) {
	environment := broker(t)
	must(t, environment, "", "topics", "--partitions", "1")
	for name, line := range map[string]string{
		"number":  `{"topic":"feedback","kind":"LEFT","rating":1` + "\x1b[31m\u202e" + `}`,
		"text":    `{"topic":"feedback","kind":"LEFT","rating":"` + "\u009b31m\u202e\u3164\x7f" + `"}`,
		"bytes":   `{"topic":"feedback","kind":` + "\xff\xfe",
		"unknown": `{"topic":"` + "\u2066\u200b" + `"}`,
	} {
		got := call(t, environment, line+"\n", "produce")
		if got.code != exitFailed || strings.Count(got.stderr, "\n") != 1 {
			t.Errorf("%s: code %d, error %q; want one line", name, got.code, got.stderr)
		}
		demandVisible(t, name, strings.ReplaceAll(got.stderr, "\uFFFD", "?"))
	}
	got := call(t, environment, "", "produce", "no\x1b[31msuch\nfile")
	if !strings.HasPrefix(got.stderr, `processor: read events: stat no\x1b[31msuch; file: `) {
		t.Errorf("error %q", got.stderr)
	}
	var log bytes.Buffer
	s := session{shared: shared{logLevel: choice{value: "info"}, logFormat: choice{value: "text"}}}
	s.shared.logger(&log).Info("event refused", "seller", hostile, "order", "a\x7fb\u3164")
	demandVisible(t, "the log", log.String())
}

// A long id is cut, and does not widen the column of those that follow.
func TestLongIDs(t *testing.T) {
	text.OverrideRuneWidthEastAsianWidth(false) // An ellipsis takes one cell, whatever the locale.
	var out bytes.Buffer
	lines := alertLines{to: &out}
	long, wide := strings.Repeat("x", 1024), strings.Repeat("紫", 300)
	for i, seller := range []string{"S1", long, "S2", wide, "S-00000003", "S4"} {
		a := outputs.Alert{SellerID: seller, Rule: "odr", Metric: rules.OrderDefectRate.Name, State: rules.Breached, Cause: outputs.Cause{Kind: "LEFT", Topic: "feedback", OrderID: fmt.Sprint("O", i)}}
		if i == 2 {
			a.Cause.OrderID = long
		}
		if err := lines.write(&a); err != nil {
			t.Fatal(err)
		}
	}
	rows := strings.Split(out.String(), "\n")
	want := []string{
		"TIME (UTC)           KIND      SELLER  RULE ",
		"1970-01-01 00:00:00  BREACHED  S1      odr ",
		"1970-01-01 00:00:00  BREACHED  " + strings.Repeat("x", 39) + "…  odr ",
		"1970-01-01 00:00:00  BREACHED  S2      odr ",
		"1970-01-01 00:00:00  BREACHED  " + strings.Repeat("紫", 19) + "…  odr ",
		"1970-01-01 00:00:00  BREACHED  S-00000003  odr ",
		"1970-01-01 00:00:00  BREACHED  S4          odr ",
	}
	for i, row := range rows[:len(want)] {
		if !strings.HasPrefix(row, want[i]) {
			t.Errorf("row %d is %q, want %q", i, row, want[i])
		}
		if display.Width(row) > 250 {
			t.Errorf("row %d is %d cells wide", i, display.Width(row))
		}
	}
	if want := "feedback LEFT of order " + strings.Repeat("x", 39) + "…"; !strings.HasSuffix(rows[3], want) {
		t.Errorf("row %q, want %q at its end", rows[3], want)
	}
	out.Reset()
	differences := verify.Answer{Total: 1, Partitions: []verify.Result{{Total: 1, Differences: []verify.Difference{
		{Kind: verify.KindBucket, Seller: long, Order: hostile, Stored: "AFN line " + long, Computed: "none"},
	}}}}
	s := session{stdout: &out}
	if err := s.writeDifferences(&differences); err != nil {
		t.Fatal(err)
	}
	demandVisible(t, "verify", out.String())
	if row := strings.Split(out.String(), "\n")[1]; display.Width(row) > 320 || !strings.Contains(row, "x…  "+hostileShown+"  ") {
		t.Errorf("verify prints %q", out.String())
	}
}

// A report that lists no more product lines says how many there are.
func TestReportOfManyLines(t *testing.T) {
	environment := broker(t)
	must(t, environment, "", "topics", "--partitions", "1")
	must(t, environment, "", "produce", sharedCase(t, "many-lines.jsonl.gz"))
	must(t, environment, "", "run", "--until-end")
	table := must(t, environment, "", "report", "--seller", "BIG")
	if !strings.HasSuffix(table, "\n\n3,100 more product lines are not listed: those with the fewest orders over 60 days.\n") || !strings.Contains(table, " line-00199 ") {
		t.Errorf("report ends with %q", table[max(0, len(table)-300):])
	}
	if out := must(t, environment, "", "report", "--seller", "BIG", "--output", "json"); !strings.Contains(out, `],"product_lines_omitted":3100,`) {
		t.Errorf("report ends with %q", out[max(0, len(out)-300):])
	}
	if text := linesText(1); text != "1 more product line is" {
		t.Error(text)
	}
}
