package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sellerpulse/internal/state"
)

// stateOf is the state directory that a bounded run over a shop leaves.
func stateOf(t *testing.T) string {
	t.Helper()
	environment := broker(t)
	directory := filepath.Join(t.TempDir(), "state")
	must(t, environment, "", "topics", "--partitions", "2")
	must(t, environment, shop, "produce")
	must(t, environment, "", "run", "--until-end", "--state-dir", directory, "--time-zone", "Europe/Stockholm")
	return directory
}

func TestVerifyOfAStoppedDirectory(t *testing.T) {
	directory := stateOf(t)
	table := must(t, nil, "", "verify", "--state-dir", directory)
	if want := "PARTITION"; !strings.HasPrefix(table, want) || strings.Count(table, "\n") < 2 {
		t.Errorf("verify prints %q", table)
	}
	out := must(t, nil, "", "verify", "--state-dir", directory, "--output", "json", "--time-zone", "Europe/Stockholm", "--retention", "120d")
	for _, want := range []string{`"sellers":1,"orders":1,"buckets":1,`, `"differences":[]`, `"differences_total":0}`} {
		if !strings.Contains(out, want) {
			t.Errorf("verify prints %q, want %s in it", out, want)
		}
	}
}

// Settings that are not those of the state are named.
func TestVerifyRefusesOtherSettings(t *testing.T) {
	directory := stateOf(t)
	file := write(t, "rules.yaml", "rules:\n  - name: odr\n    metric: order_defect_rate\n    window: 60d\n    target: \"< 0.5\"\n    class: advisory\n")
	for _, c := range []struct{ flag, value, want string }{
		{"--time-zone", "UTC", "built with Europe/Stockholm, not with UTC"},
		{"--retention", "121d", "built with 120d, not with 121d"},
		{"--rules", file, "odr: order_defect_rate < 0.5 over 60d"},
	} {
		got := call(t, nil, "", "verify", "--state-dir", directory, c.flag, c.value)
		if got.code != exitFailed || got.stdout != "" || !strings.Contains(got.stderr, c.flag+" is not that of the state") || !strings.Contains(got.stderr, c.want) {
			t.Errorf("%s: %+v, want a refusal with %q", c.flag, got, c.want)
		}
	}
}

// A difference is printed and is a failure.
func TestVerifyFailsOnADifference(t *testing.T) {
	directory := stateOf(t)
	damage(t, directory)
	got := call(t, nil, "", "verify", "--state-dir", directory)
	if got.code != exitFailed || !strings.HasPrefix(got.stderr, "processor: ") || strings.Count(got.stderr, "\n") != 1 || !strings.Contains(got.stderr, " differences ") {
		t.Errorf("code %d, error %q; want 1 and one line", got.code, got.stderr)
	}
	for _, want := range []string{"\n        ", "bucket  S1             2026-01-02", "MFN total: none", "MFN total: orders 1", `MFN line "toys": orders 1`} {
		if !strings.Contains(got.stdout, want) {
			t.Errorf("verify prints %q, want %q in it", got.stdout, want)
		}
	}
	if got = call(t, nil, "", "verify", "--state-dir", directory, "--output", "json"); got.code != exitFailed || !strings.Contains(got.stdout, `{"kind":"bucket","seller":"S1","date":"2026-01-02",`) {
		t.Errorf("verify prints %q, want the bucket that differs", got.stdout)
	}
}

// damage deletes the buckets of a stopped directory.
func damage(t *testing.T, directory string) {
	t.Helper()
	db, err := state.Open(state.Options{Directory: directory, Owner: owner(t, directory)})
	if err != nil {
		t.Fatal(err)
	}
	for partition := range int32(2) {
		p, err := db.Partition(partition)
		if err != nil {
			t.Fatal(err)
		}
		var keys [][]byte
		err = p.Scan([]byte{'b'}, []byte{'c'}, func(key, _ []byte) (bool, error) {
			keys = append(keys, append([]byte(nil), key...))
			return true, nil
		})
		for _, key := range keys {
			p.Delete(key)
		}
		if err != nil || p.Checkpoint(state.Saved{Position: p.Position()}) != nil || p.Close() != nil {
			t.Fatal("the directory could not be damaged")
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
}

func owner(t *testing.T, directory string) string {
	t.Helper()
	view, err := state.OpenView(state.Options{Directory: directory})
	if err != nil {
		t.Fatal(err)
	}
	defer view.Close()
	name, err := view.Owner()
	if err != nil {
		t.Fatal(err)
	}
	return name
}

func TestVerifyNeedsAStateToItself(t *testing.T) {
	directory := t.TempDir()
	if got := call(t, nil, "", "verify", "--state-dir", directory); got.code != exitFailed || !strings.Contains(got.stderr, "there is no state") {
		t.Errorf("an empty directory: %+v", got)
	}
	missing := filepath.Join(directory, "missing")
	if got := call(t, nil, "", "verify", "--state-dir", missing); got.code != exitFailed || !strings.Contains(got.stderr, "missing: there is no state") {
		t.Errorf("a missing directory: %+v", got)
	}
	if _, err := os.Stat(missing); !os.IsNotExist(err) {
		t.Errorf("a missing directory was made: %v", err)
	}
	db, err := state.Open(state.Options{Directory: directory, Owner: "test"})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if got := call(t, nil, "", "verify", "--state-dir", directory); got.code != exitFailed || !strings.Contains(got.stderr, "is in use: ask the process that runs on it with --url") {
		t.Errorf("a directory in use: %+v", got)
	}
}
