package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

// A dry run needs no broker, tells every error with its place and what there is by topic and kind, and fails if there is an error.
func TestDryRun(t *testing.T) {
	wrong := strings.Replace(strings.Split(shop, "\n")[2], `"rating":1`, `"rating":7`, 1) + "\n"
	one, two := write(t, "one.jsonl", shop), write(t, "two.jsonl", wrong+shop+"{\n")
	environment := map[string]string{"SELLERPULSE_BROKERS": nobody}
	const table = `TOPIC     KIND    EVENTS  FIRST (UTC)          LAST (UTC)
orders    PLACED       1  2026-01-02 03:04:05  2026-01-02 03:04:05
feedback  LEFT         1  2026-01-03 10:00:00  2026-01-03 10:00:00
all                    2
`
	if got := call(t, environment, "", "produce", "--dry-run", one); got.code != exitDone || got.stdout != table || got.stderr != "" {
		t.Errorf("without errors: %+v; want\n%s", got, table)
	}
	got := call(t, environment, "", "produce", "--dry-run", one, two)
	want := two + ":1: rating 7 is outside 1 to 5\n" + two + ":5: read JSON: it is not well-formed near byte 1; it ends within an event: if that goes on on the next line use `jq -c . FILE | processor produce -`, else the file was cut off\nprocessor: 2 errors\n"
	if got.code != exitFailed || got.stderr != want || !strings.Contains(got.stdout, "all                    4\n") {
		t.Errorf("with errors: %+v; want %s", got, want)
	}
	got = call(t, environment, shop, "produce", "--dry-run", "--output", "json")
	const summary = `{"events":2,"errors":0,"kinds":[{"topic":"orders","kind":"PLACED","events":1,"first_occurred_at":"2026-01-02T03:04:05.000Z","last_occurred_at":"2026-01-02T03:04:05.000Z"},{"topic":"feedback","kind":"LEFT","events":1,"first_occurred_at":"2026-01-03T10:00:00.000Z","last_occurred_at":"2026-01-03T10:00:00.000Z"}]}` + "\n"
	if got.code != exitDone || got.stdout != summary {
		t.Errorf("as JSON: %+v; want %s", got, summary)
	}
	if got := call(t, environment, "", "produce", "--dry-run", "--output", "json"); got.stdout != `{"events":0,"errors":0,"kinds":[]}`+"\n" {
		t.Errorf("of nothing: %+v", got)
	}
}

// However many errors there are, so many are told, and how many more there are.
func TestDryRunTellsNotAllErrors(t *testing.T) {
	file := write(t, "many.jsonl", strings.Repeat("x\n", 20_000))
	for _, c := range []struct {
		args string
		told int
	}{{"", 100}, {"--max-errors 7", 7}} {
		got := call(t, nil, "", append([]string{"produce", "--dry-run", file}, strings.Fields(c.args)...)...)
		last := fmt.Sprintf("processor: 20,000 errors, of which %s more than are told: raise --max-errors to see them\n", grouped(20_000-int64(c.told)))
		if got.code != exitFailed || strings.Count(got.stderr, "\n") != c.told+1 || !strings.HasSuffix(got.stderr, last) || !strings.HasPrefix(got.stderr, file+":1: ") {
			t.Errorf("%s: code %d, %d lines, error ending with %q; want %q", c.args, got.code, strings.Count(got.stderr, "\n"), got.stderr[max(0, len(got.stderr)-200):], last)
		}
	}
}

// For programs each error is a line of the log, with its place.
func TestDryRunForPrograms(t *testing.T) {
	file := write(t, "x.jsonl", "\nx\n")
	got := call(t, map[string]string{"SELLERPULSE_LOG_FORMAT": "json"}, "", "produce", "--dry-run", file)
	var line struct {
		Msg, File, Error string
		Line             int64
	}
	if err := json.Unmarshal([]byte(strings.Split(got.stderr, "\n")[0]), &line); err != nil || line.File != file || line.Line != 2 || !strings.HasPrefix(line.Error, "read JSON: it is not an object") {
		t.Errorf("%q: %+v, %v", got.stderr, line, err)
	}
}
