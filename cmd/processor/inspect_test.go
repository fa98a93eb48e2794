package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"sellerpulse/internal/inspect"
	"sellerpulse/internal/state"
	"sellerpulse/internal/stream"
)

// questions are commands about S1 of the market.
var questions = []string{
	"orders --seller S1", "orders --seller S1 --rule odr-early", "orders --seller S1 --rule odr-early --output json",
	"orders --seller S1 --metric late_shipment_rate --which numerator --channel ALL --from 2026-01-01 --to 2026-01-03 --product-line toys",
	"orders --seller S1 --rule on-time-delivery --which denominator", "orders --seller S1 --metric valid_tracking_rate --from 2026-01-01 --limit 1",
	"orders --seller S1 --metric claim_rate --product-line=", "orders --seller S1 --which all --channel AFN", "orders --seller S1 --rule odr",
	"orders --seller S1 --order O1", "orders --seller S1 --order O2", "orders --seller S1 --order O3", "orders --seller S1 --order O4", "orders --seller S1 --order O5",
	"orders --seller S1 --order O6", "orders --seller S1 --order O7", "orders --seller S1 --order O5 --output json",
	"orders --seller S1 --order O1 --events", "orders --seller S1 --order O5 --events", "orders --seller S1 --order O7 --events", "orders --seller S1 --order O5 --events --output json",
	"history --seller S1 --metric late_shipment_rate --from 2026-01-01 --to 2026-01-06", "history --seller S1 --metric claim_rate --channel AFN --product-line books --from 2026-01-02 --output json",
	"history --seller S1 --metric order_defect_rate --from 2025-11-20 --to 2025-11-22", "forecast --seller S1 --days 2", "forecast --seller S1 --output json",
	"report --seller S1 --from 2026-01-03 --to 2026-01-03", "report --seller S1 --from 2026-01-02 --to 2026-01-03 --output json",
	"why S1/odr-early/1", "why S1/valid-tracking/1", "why S1/return-dissatisfaction/1", "why S1/on-time-delivery/1", "why S1/cancellation/2", "why S1/odr-early/1 --output json",
}

// The tables are those of a file, which is to be looked at when it changes; a running process and the directory of a stopped one have the same answers.
func TestTablesOfAMarket(t *testing.T) {
	environment, directory := marketAt(t)
	delete(environment, "SELLERPULSE_STATE_DIR")
	var stopped []string
	var tables strings.Builder
	for _, question := range questions {
		out := must(t, environment, "", append(strings.Fields(question), "--state-dir", directory)...)
		stopped = append(stopped, out)
		if !strings.Contains(question, "json") {
			tables.WriteString("$ processor " + question + "\n" + strings.ReplaceAll(out, environment["SELLERPULSE_TOPIC_PREFIX"], "") + "\n")
		}
	}
	address := api(t, environment, directory, 2, "")
	for i, question := range questions {
		if out := must(t, environment, "", append(strings.Fields(question), "--url", address)...); out != stopped[i] {
			t.Errorf("%s: a running process has\n%s\nand a stopped one\n%s", question, out, stopped[i])
		}
	}
	golden(t, "inspect.txt", tables.String())
}

// golden demands a text to be that of a file, or with -update makes it so.
func golden(t *testing.T, name, text string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if text != string(want) {
		t.Errorf("%s is not what is printed: with -update it becomes\n%s", file, text)
	}
}

// Whatever sellers, orders, parts and product lines are called, they are found, shown escaped, and as they are in JSON.
func TestHostileIDs(t *testing.T) {
	environment, directory := marketAt(t)
	delete(environment, "SELLERPULSE_STATE_DIR")
	const order, feedback = "o\x1b[31m/\u202e%2F", "f\n\x1b]0;x\a"
	ask := func(flag, value string) {
		t.Helper()
		with := func(args ...string) []string { return append(args, flag, value) }
		for _, args := range [][]string{
			with("orders", "--seller", hostile, "--rule", "odr-early"), with("orders", "--seller", hostile), with("orders", "--seller", hostile, "--order", order),
			with("orders", "--seller", hostile, "--order", ".."), with("orders", "--seller", hostile, "--order", order, "--events"), with("orders", "--seller", "..", "--order", ".", "--events"), with("history", "--seller", hostile, "--metric", "claim_rate", "--product-line", "\x1b[2J\u202e/?&line", "--from", "2026-01-20"),
			with("forecast", "--seller", hostile), with("report", "--seller", hostile, "--from", "2026-01-20", "--to", "2026-01-20"),
			with("why", hostile+"/odr-early/1"), with("orders", "--seller", "..", "--order", "."),
		} {
			demandVisible(t, strings.Join(args, " "), must(t, environment, "", args...))
		}
		out := must(t, environment, "", with("orders", "--seller", hostile, "--rule", "odr-early", "--output", "json")...)
		var line inspect.OrderLine
		if err := json.Unmarshal([]byte(out), &line); err != nil || line.OrderID != order || len(line.MadeBy) != 1 || *line.MadeBy[0].ID != feedback {
			t.Errorf("orders prints %q: %v", out, err)
		}
		for _, args := range [][]string{with("orders", "--seller", "no\x1b[31m\nbody"), with("orders", "--seller", hostile, "--order", "no\x1b[31m\nthing")} {
			got := call(t, environment, "", args...)
			if got.code != exitFailed || got.stdout != "" || strings.Count(got.stderr, "\n") != 1 || !strings.Contains(got.stderr, "find ") {
				t.Errorf("%q: %+v, want one line that nothing is found", args, got)
			}
			demandVisible(t, strings.Join(args, " "), got.stderr)
		}
	}
	ask("--state-dir", directory)
	ask("--url", api(t, environment, directory, 2, ""))
}

// Orders come page by page, each once, and no more than a limit.
func TestOrdersOfManyPages(t *testing.T) {
	environment := broker(t)
	directory := environment["SELLERPULSE_STATE_DIR"]
	delete(environment, "SELLERPULSE_STATE_DIR")
	const orders = 2*pageOrders + 203
	must(t, environment, "", "topics", "--partitions", "1")
	var events strings.Builder
	for i := range orders {
		events.WriteString(placed("S1", fmt.Sprintf("O%d", i), time.Date(2026, 1, 2+i/400, 3, 4, 5+i%50, 0, time.UTC)))
	}
	must(t, environment, events.String(), "produce")
	must(t, environment, "", "run", "--until-end", "--state-dir", directory)
	ask := func(flag, value string) {
		t.Helper()
		out := must(t, environment, "", "orders", "--seller", "S1", "--output", "json", flag, value)
		var ids []string
		for line := range strings.Lines(out) {
			var o inspect.OrderLine
			if err := json.Unmarshal([]byte(line), &o); err != nil {
				t.Fatal(err)
			}
			ids = append(ids, o.OrderID)
		}
		slices.Sort(ids)
		if n := len(ids); n != orders || len(slices.Compact(ids)) != n {
			t.Errorf("%d orders, want %d, each once", n, orders)
		}
		for limit, want := range map[string]string{"501": "\n702 more orders not listed: see --limit.\n", "1202": "\n1 more order not listed: see --limit.\n", "1203": "", "9999": ""} {
			table := must(t, environment, "", "orders", "--seller", "S1", "--limit", limit, flag, value)
			if _, rows, _ := strings.Cut(table, "WHY\n"); !strings.HasSuffix(rows, want) || want == "" && strings.Count(rows, "\n") != orders {
				t.Errorf("with --limit %s it ends with %q, want %q", limit, rows[max(0, len(rows)-100):], want)
			}
		}
	}
	ask("--state-dir", directory)
	ask("--url", api(t, environment, directory, 1, ""))
}

// What cannot be answered is one line, with what to do; how it was asked is wrong usage.
func TestQuestionsThatHaveNoAnswer(t *testing.T) {
	environment, directory := marketAt(t)
	delete(environment, "SELLERPULSE_STATE_DIR")
	file := write(t, "rules.yaml", "rules:\n  - name: mine\n    metric: order_defect_rate\n    window: 60d\n    target: \"< 0.5\"\n    class: advisory\n")
	for _, c := range []struct {
		args string
		code int
		want string
	}{
		{"orders --seller S2", exitFailed, `find seller "S2": no order of it was ever placed`},
		{"orders --seller S1 --events", exitUsage, "--events prints those of one order: name it with --order"},
		{"orders --seller S1 --order O9 --events", exitFailed, `find order "O9" of seller "S1": there is none, or none any more`},
		{"orders --seller S1 --order O9", exitFailed, `find order "O9" of seller "S1": there is none, or none any more`},
		{"orders --seller S1 --rule mine", exitUsage, `--rule: "mine" is none of those in force on 2026-01-21: use odr, odr-early`},
		{"orders --seller S1 --from 2024-01-01", exitUsage, "those from 2025-09-23 to 2026-01-23 are kept"},
		{"orders --seller S1 --from 2026-01-03 --to 2026-01-02", exitUsage, "--from: 2026-01-03 is after 2026-01-02"},
		{"history --seller S1 --metric claim_rate --to 2027-01-01", exitUsage, "are kept: choose of these"},
		{"forecast --seller S1 --days 181", exitUsage, "--days: 181 is not from 1 to 180"},
		{"report --seller S1 --from 2026-01-01 --to 2027-01-01", exitUsage, "are kept: choose of these"},
		{"why S1/odr-early/9", exitFailed, `find alert "S1/odr-early/9": there is no such alert, or none any more`},
		{"orders --seller S1 --time-zone Europe/Stockholm", exitFailed, "(--time-zone) was UTC and is Europe/Stockholm: give the --rules, --time-zone and --retention of its `processor run`"},
		{"orders --seller S1 --retention 121d", exitFailed, "(--retention) was 120d and is 121d"},
		{"orders --seller S1 --rules " + file, exitFailed, "(--rules)"},
	} {
		got := call(t, environment, "", append(strings.Fields(c.args), "--state-dir", directory)...)
		if got.code != c.code || got.stdout != "" || strings.Count(got.stderr, "\n") != 1 || !strings.Contains(got.stderr, c.want) {
			t.Errorf("%s: %+v, want code %d and %q", c.args, got, c.code, c.want)
		}
	}
	address := api(t, environment, directory, 2, "t0ken")
	token := write(t, "token", "t0ken\n")
	for _, c := range []struct {
		args string
		code int
		want string
	}{
		{"orders --seller S1", exitFailed, "401 Unauthorized: no token: give a token that may read with --token-file"},
		{"orders --seller S2 --token-file " + token, exitFailed, `404 Not Found: find seller "S2": no order of it was ever placed`},
		{"orders --seller S1 --rule mine --token-file " + token, exitUsage, `422 Unprocessable Entity: validation failed: query.rule: "mine" is none of those in force on 2026-01-21: use odr`},
		{"orders --seller S1 --token-file " + write(t, "empty", "\n"), exitUsage, "not one line with a token"},
		{"orders --seller S1 --token-file /does/not/exist", exitUsage, "--token-file: "},
	} {
		got := call(t, environment, "", append(strings.Fields(c.args), "--url", address)...)
		if got.code != c.code || got.stdout != "" || strings.Count(got.stderr, "\n") != 1 || !strings.Contains(got.stderr, c.want) {
			t.Errorf("%s: %+v, want code %d and %q", c.args, got, c.code, c.want)
		}
	}
	if out := must(t, environment, "", "orders", "--seller", "S1", "--rule", "odr-early", "--url", address, "--token-file", token); !strings.Contains(out, "2 of 5, 40.00%") {
		t.Errorf("with the token: %q", out)
	}
}

// A directory that a process runs on is that process's to tell of, which is asked where the directory was not on the command line.
func TestADirectoryInUse(t *testing.T) {
	environment, directory := marketAt(t) // The environment names the directory.
	api(t, environment, directory, 2, "")
	got := call(t, environment, "", "orders", "--seller", "S1", "--state-dir", directory)
	if got.code != exitFailed || !strings.Contains(got.stderr, "is in use: ask the process that runs on it with --url") {
		t.Errorf("on the command line: %+v", got)
	}
	if got = call(t, environment, "", "orders", "--seller", "S1"); got.code == exitDone || !strings.Contains(got.stderr, "ask "+defaultURL+":") {
		t.Errorf("in the environment: %+v, want that %s is asked", got, defaultURL)
	}
	if out := must(t, environment, "", "why", "S1/odr-early/1"); strings.Contains(out, "NOW") {
		t.Errorf("why prints %q, want what Kafka alone tells", out)
	}
}

// A seller whose partition a directory does not have is one clear line.
func TestASellerWhoseStateIsElsewhere(t *testing.T) {
	environment, directory := marketAt(t)
	db, err := state.Open(state.Options{Directory: directory, Owner: owner(t, directory)})
	if err != nil {
		t.Fatal(err)
	}
	p, err := db.Partition(stream.PartitionFor([]byte("S1"), 2))
	if err != nil || p.Clear() != nil || p.Close() != nil || db.Close() != nil {
		t.Fatal("the partition could not be cleared")
	}
	got := call(t, environment, "", "orders", "--seller", "S1", "--state-dir", directory)
	if got.code != exitFailed || strings.Count(got.stderr, "\n") != 1 || !strings.Contains(got.stderr, "the seller's partition is 1, of which state directory "+directory+" has nothing: ask a process that runs with --url") {
		t.Errorf("%+v", got)
	}
	must(t, environment, "", "orders", "--seller", hostile, "--state-dir", directory)
}
