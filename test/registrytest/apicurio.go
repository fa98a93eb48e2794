package registrytest

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"sync"
	"testing"
	"time"

	"sellerpulse/test/brokertest/apachekafka"
)

// apiPath is where Apicurio Registry has Confluent's API.
const apiPath = "/apis/ccompat/v6"

// jar is what `make registry` makes, in the module.
var jar = filepath.Join("test", "registry", "target", "registry-for-tests-1-runner.jar")

var errNotBuilt = errors.New("no Apicurio Registry; run `make registry`")

// once is the one that all tests of a package use. It ends with the test's process, whose standard input it reads.
var once = sync.OnceValues(start)

// Apicurio gives Apicurio Registry, which nothing was registered in but by this package's tests.
func Apicurio(t testing.TB) *Registry {
	t.Helper()
	r, err := once()
	absent := errors.Is(err, errNotBuilt) || errors.Is(err, apachekafka.ErrNotInstalled)
	if absent && os.Getenv("CI") != "true" {
		t.Skipf("skipped: %v", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	return r
}

var listening = regexp.MustCompile(`Listening on: (http://[0-9.:]+)`)

func start() (*Registry, error) {
	installation, err := apachekafka.Find() // Java, and where the module is.
	if err != nil {
		return nil, err
	}
	program := filepath.Join(installation.Root, jar)
	if _, err := os.Stat(program); err != nil {
		return nil, fmt.Errorf("%w: %w", errNotBuilt, err)
	}
	// The shell waits for the end of this process, which closes the pipe, however it ends.
	command := exec.Command("sh", "-c", `"$@" & java=$!; read -r end; kill -9 $java`, "sh", installation.Java, "-Xmx512m",
		"-Dquarkus.http.port=0", "-Dquarkus.http.host=127.0.0.1", "-jar", program)
	alive, err := command.StdinPipe()
	if err != nil {
		return nil, err
	}
	output, err := command.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := command.Start(); err != nil {
		return nil, fmt.Errorf("start Apicurio Registry: %w", err)
	}
	address, err := awaitAddress(output)
	if err != nil {
		return nil, errors.Join(err, command.Process.Kill())
	}
	return &Registry{Name: "apicurio", URL: address + apiPath, alive: alive}, awaitAnswer(address + apiPath + "/subjects")
}

// awaitAddress reads what it prints up to its address, and on, so that it never waits for a reader.
func awaitAddress(output io.Reader) (string, error) {
	lines, read := bufio.NewScanner(output), ""
	for lines.Scan() {
		if found := listening.FindStringSubmatch(lines.Text()); found != nil {
			go func() { _, _ = io.Copy(io.Discard, output) }()
			return found[1], nil
		}
		read += lines.Text() + "\n"
	}
	return "", errors.Join(fmt.Errorf("Apicurio Registry ended before it answered:\n%s", read), lines.Err())
}

// awaitAnswer asks until there is an answer, which takes a while when nothing was asked before.
func awaitAnswer(url string) error {
	client := http.Client{Timeout: time.Minute}
	answer, err := client.Get(url)
	if err != nil {
		return fmt.Errorf("ask Apicurio Registry: %w", err)
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("Apicurio Registry answers %s", answer.Status)
	}
	return nil
}
