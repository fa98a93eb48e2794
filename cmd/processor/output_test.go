package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"
	"time"
)

var errFull = errors.New("no space left on device")

// full is a disk without room.
type full struct{}

func (full) Write([]byte) (int, error) { return 0, errFull }

// callTo is call with another place for standard output.
func callTo(t *testing.T, stdout io.Writer, environment map[string]string, args ...string) result {
	var stderr bytes.Buffer
	s := &session{
		environment: func(variable string) (string, bool) { value, ok := environment[variable]; return value, ok },
		stdin:       strings.NewReader(""), stdout: stdout, stderr: &stderr,
	}
	code := run(t.Context(), args, s)
	return result{code, "", stderr.String()}
}

// Output that cannot be written is a failure, not of usage, of every command whose purpose it is.
func TestOutputThatCannotBeWritten(t *testing.T) {
	environment := broker(t)
	must(t, environment, "", "topics", "--partitions", "1")
	must(t, environment, shop, "produce")
	directory := t.TempDir()
	must(t, environment, "", "run", "--until-end", "--state-dir", directory)
	start(t, environment, "x")
	for _, command := range []string{
		"topics --check", "report --all", "report --seller S1", "alerts --from-beginning --until-end", "version", "completion bash", "export", "export --output avro", "produce --dry-run",
		"orders --seller S1 --state-dir " + directory, "orders --seller S1 --output json --state-dir " + directory, "orders --seller S1 --order O1 --state-dir " + directory,
		"history --seller S1 --metric claim_rate --state-dir " + directory, "forecast --seller S1 --state-dir " + directory, "why S1/odr-early/1", "why S1/odr-early/1 --output json",
		"report --seller S1 --from 2026-01-01 --to 2026-01-02 --state-dir " + directory, "backfill list", "backfill list --output json", "backfill status x", "backfill status x --output json",
	} {
		got := callTo(t, full{}, environment, strings.Fields(command)...)
		if got.code != exitFailed || !strings.Contains(got.stderr, "processor: ") || !strings.Contains(got.stderr, errFull.Error()) {
			t.Errorf("%s: %+v, want exit code 1 and why", command, got)
		}
	}
}

// With --log-format json all that standard error holds is lines of JSON, durations with their unit.
func TestStandardErrorForPrograms(t *testing.T) {
	environment := broker(t)
	must(t, environment, "", "topics", "--partitions", "1")
	environment["SELLERPULSE_LOG_FORMAT"] = "json"
	got := call(t, environment, shop, "produce")
	var line struct {
		Msg    string
		Events int
		After  string
	}
	if err := json.Unmarshal([]byte(got.stderr), &line); err != nil || line.Msg != "sent" || line.Events != 2 {
		t.Errorf("produce: %q: %v", got.stderr, err)
	}
	if _, err := time.ParseDuration(line.After); err != nil {
		t.Errorf("a duration is %q: %v", line.After, err)
	}
}
