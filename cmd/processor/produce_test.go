package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"

	"sellerpulse/test/brokertest"
)

// topicsAt makes the topics on a broker, and gives the environment that names it.
func topicsAt(t *testing.T, b *brokertest.Broker) map[string]string {
	t.Helper()
	environment := map[string]string{
		"SELLERPULSE_BROKERS": strings.Join(b.Addresses, ","), "SELLERPULSE_TOPIC_PREFIX": b.Prefix, "SELLERPULSE_APP_ID": b.Prefix + "app",
	}
	must(t, environment, "", "topics", "--partitions", "2")
	return environment
}

// zip is a gzip member of a text.
func zip(t *testing.T, text string) string {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := io.WriteString(w, text); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// All whole lines of a file that was cut off are sent, and the error names the line that was not whole.
func TestCutFileIsSentUpToTheCut(t *testing.T) {
	const file = "../../../shared/data/cases/cut.jsonl.gz"
	if _, err := os.Stat(file); errors.Is(err, fs.ErrNotExist) && os.Getenv("CI") != "true" {
		t.Skip("the cases lie beside the project, and are not there")
	}
	brokertest.Each(t, func(t *testing.T, b *brokertest.Broker) {
		environment := topicsAt(t, b)
		got := call(t, environment, "", "produce", file)
		const want = "processor: " + file + ":3001: read what follows: decompress: unexpected EOF: the file was cut off: fetch it again (3,000 events before that were sent)\n"
		if got.code != exitFailed || got.stderr != want {
			t.Errorf("code %d, error %q; want %q", got.code, got.stderr, want)
		}
		must(t, environment, "", "run", "--until-end", "--state-dir", t.TempDir())
		if report := must(t, environment, "", "report", "--seller", "S1"); !strings.Contains(report, "3,000") {
			t.Errorf("the report has no 3,000 orders:\n%s", report)
		}
	})
}

func TestProduceTakesFilesAsTheyCome(t *testing.T) {
	environment := topicsAt(t, brokertest.Embedded(t))
	lines := strings.SplitAfter(shop, "\n")
	for name, text := range map[string]string{
		"plain": shop, "marked": "\xef\xbb\xbf" + shop, "windows": strings.ReplaceAll(shop, "\n", "\r\n"), "unended": strings.TrimSuffix(shop, "\n"),
		"zipped": zip(t, shop), "members": zip(t, lines[0]) + zip(t, "") + zip(t, strings.Join(lines[1:], "")), "padded": zip(t, shop) + "\x00\x00\x00\x00",
	} {
		if got := call(t, environment, "", "produce", write(t, name, text)); got.code != exitDone || !strings.HasSuffix(got.stderr, ": orders 1, feedback 1\n") {
			t.Errorf("%s: code %d, error %q", name, got.code, got.stderr)
		}
		if got := call(t, environment, text, "produce", "-"); got.code != exitDone || !strings.HasSuffix(got.stderr, ": orders 1, feedback 1\n") {
			t.Errorf("%s on standard input: code %d, error %q", name, got.code, got.stderr)
		}
	}
	got := call(t, environment, "", "produce", write(t, "trailed", zip(t, shop)+"rubbish"))
	if got.code != exitDone || strings.Count(got.stderr, "level=WARN") != 1 || !strings.Contains(got.stderr, "what follows the compressed data is ignored") || !strings.Contains(got.stderr, "trailed") {
		t.Errorf("rubbish behind gzip: code %d, error %q; want a warning that names the file", got.code, got.stderr)
	}
	if got := call(t, environment, "", "produce"); got.code != exitDone || !strings.HasPrefix(got.stderr, "sent 0 events") {
		t.Errorf("nothing: code %d, error %q", got.code, got.stderr)
	}
}

func TestProduceSaysWhatHelps(t *testing.T) {
	environment := topicsAt(t, brokertest.Embedded(t))
	closed := write(t, "closed.jsonl", shop)
	if err := os.Chmod(closed, 0); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct{ file, want string }{
		"zip":       {write(t, "events.zip", "PK\x03\x04\x14\x00\x00"), "events.zip: it is a zip archive: use `unzip -p FILE | processor produce -` (0 events before that were sent)"},
		"array":     {write(t, "events.json", "["+strings.TrimSpace(shop)+"]"), "events.json:1: read JSON: it is not an object; for a JSON array use `jq -c '.[]' FILE | processor produce -` (0 events before that were sent)"},
		"second":    {write(t, "events.jsonl", shop+"x\n"), "events.jsonl:4: read JSON: it is not an object; make files of other forms, such as CSV, lines of JSON first, an event each (2 events before that were sent)"},
		"none":      {filepath.Join(t.TempDir(), "none.jsonl"), "read events: stat"},
		"directory": {t.TempDir(), "has no files: name one that has, or the files"},
		"forbidden": {closed, "permission denied"},
	} {
		if name == "forbidden" && os.Geteuid() == 0 {
			continue // Nothing is forbidden to root.
		}
		if got := call(t, environment, "", "produce", c.file); got.code != exitFailed || strings.Count(got.stderr, "\n") != 1 || !strings.Contains(got.stderr, c.want) {
			t.Errorf("%s: code %d, error %q; want %q", name, got.code, got.stderr, c.want)
		}
	}
}

// The events before an error of a pipe are sent too.
func TestBrokenPipeIsSentUpToTheBreak(t *testing.T) {
	environment := topicsAt(t, brokertest.Embedded(t))
	var stderr bytes.Buffer
	s := &session{
		environment: func(v string) (string, bool) { text, ok := environment[v]; return text, ok }, stderr: &stderr,
		stdin: io.MultiReader(strings.NewReader(shop+"{"), iotest.ErrReader(errors.New("input/output error"))),
	}
	code := run(t.Context(), []string{"produce"}, s)
	const want = "processor: standard input:4: read what follows: input/output error (2 events before that were sent)\n"
	if code != exitFailed || stderr.String() != want {
		t.Errorf("code %d, error %q; want %q", code, &stderr, want)
	}
}

// Who starts it by hand is told that it waits, and can stop it.
func TestTerminalIsToldThatItIsWaitedFor(t *testing.T) {
	terminal, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Skipf("no terminal to be had: %v", err)
	}
	defer terminal.Close()
	environment := topicsAt(t, brokertest.Embedded(t))
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	stderr := &watched{text: "waiting for events, a line of JSON each: Ctrl-D ends them, Ctrl-C stops", seen: stop}
	s := &session{environment: func(v string) (string, bool) { text, ok := environment[v]; return text, ok }, stdin: terminal, stderr: stderr}
	if code := run(ctx, []string{"produce"}, s); code != exitFailed || !strings.HasSuffix(stderr.String(), "processor: interrupted (0 events before that were sent)\n") {
		t.Errorf("code %d, error %q", code, stderr.String())
	}
}

// watched tells when a text has been written.
type watched struct {
	all  bytes.Buffer // not embedded: its other ways to write would not be watched
	text string
	seen func()
}

func (w *watched) String() string { return w.all.String() }

func (w *watched) Write(b []byte) (int, error) {
	n, err := w.all.Write(b)
	if strings.Contains(w.String(), w.text) {
		w.seen()
	}
	return n, err
}
