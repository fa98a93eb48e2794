package producers

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"sellerpulse/test/brokertest/apachekafka"
)

// Destination is where events go.
type Destination struct {
	Brokers  []string
	Registry string // URL
	Prefix   string // of topics
}

// Java sends events, a line of JSON each with its topic, with half by an older schema of its own and half by a newer. Without Java and the jars of
// `make kafka` it skips the test, or fails it with CI=true.
func Java(t testing.TB, to Destination, lines string) {
	t.Helper()
	installation := find(t)
	send(t, to, lines, nil, installation.Java, "-Dorg.slf4j.simpleLogger.defaultLogLevel=error", "-cp", filepath.Join(installation.Libs, "*"),
		filepath.Join(installation.Root, "test", "producers", "EventProducer.java"))
}

// Python sends events likewise, by one schema, with keys in Avro too. Without Python and the client of `make python-client` it skips the test, or
// fails it with CI=true.
func Python(t testing.TB, to Destination, lines string) {
	t.Helper()
	home := filepath.Join(find(t).Root, "test", "producers")
	client := filepath.Join(home, "python")
	if _, err := os.Stat(filepath.Join(client, ".fetched")); err != nil {
		missing(t, errors.New("no client of Confluent for Python; run `make python-client`"))
	}
	send(t, to, lines, append(os.Environ(), "PYTHONPATH="+client), "python3", filepath.Join(home, "produce.py"))
}

func find(t testing.TB) apachekafka.Installation {
	t.Helper()
	installation, err := apachekafka.Find()
	if errors.Is(err, apachekafka.ErrNotInstalled) {
		missing(t, err)
	}
	if err != nil {
		t.Fatal(err)
	}
	return installation
}

func missing(t testing.TB, err error) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatal(err)
	}
	t.Skipf("skipped: %v", err)
}

func send(t testing.TB, to Destination, lines string, environment []string, program string, arguments ...string) {
	t.Helper()
	command := exec.CommandContext(t.Context(), program, append(arguments, strings.Join(to.Brokers, ","), to.Registry, to.Prefix)...)
	command.Env, command.Stdin, command.Stderr = environment, strings.NewReader(lines), os.Stderr
	output, err := command.Output()
	if err != nil {
		t.Fatalf("run %s: %v", program, err)
	}
	if strings.TrimSpace(string(output)) == "0" {
		t.Fatalf("%s sent nothing", program)
	}
}
