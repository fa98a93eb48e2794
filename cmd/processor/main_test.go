package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// mainVariable makes the test binary the command itself.
const mainVariable = "SELLERPULSE_TEST_RUNS_MAIN"

func TestMain(m *testing.M) {
	if file := os.Getenv(peakVariable); file != "" {
		os.Exit(runToPeak(file))
	}
	if os.Getenv(mainVariable) != "" {
		main()
	}
	os.Exit(m.Run())
}

// process is a command that runs the service, as a process of its own, which has joined its group.
type process struct {
	t      *testing.T
	cmd    *exec.Cmd
	output chan string // what it logs, line by line
}

// startProcess starts it by a shell, which may do something first.
func startProcess(t *testing.T, before string) *process {
	t.Helper()
	environment := broker(t)
	must(t, environment, "", "topics", "--partitions", "1")
	return launch(t, environment, before, "run", "--listen", "")
}

// launch starts a command by a shell, and waits until it has joined its group.
func launch(t *testing.T, environment map[string]string, before string, args ...string) *process {
	t.Helper()
	return launched(t, environment, before, "partitions assigned", args...)
}

// launchUntil starts a command and waits until it has logged a message.
func launchUntil(t *testing.T, environment map[string]string, message string, args ...string) *process {
	t.Helper()
	return launched(t, environment, "", message, args...)
}

func launched(t *testing.T, environment map[string]string, before, message string, args ...string) *process {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "sh", append([]string{"-c", before + `exec "$0" "$@"`, os.Args[0], "--log-format", "json"}, args...)...)
	cmd.Env = append(os.Environ(), mainVariable+"=1")
	for name, value := range environment {
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	log, err := cmd.StderrPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	p := &process{t: t, cmd: cmd, output: make(chan string, 1000)}
	go func() {
		defer close(p.output)
		for lines := bufio.NewScanner(log); lines.Scan(); {
			p.output <- lines.Text()
		}
	}()
	p.await(message)
	return p
}

// await reads the log up to a message.
func (p *process) await(message string) {
	p.t.Helper()
	for line := range p.output {
		if strings.Contains(line, fmt.Sprintf(`"msg":%q`, message)) {
			return
		}
	}
	p.t.Fatalf("it ended without saying %q", message)
}

func (p *process) signal(s syscall.Signal) {
	p.t.Helper()
	if err := p.cmd.Process.Signal(s); err != nil {
		p.t.Fatal(err)
	}
}

// ends expects it to end in order.
func (p *process) ends() {
	p.t.Helper()
	p.await("stopped in order")
	for range p.output {
	}
	if err := p.cmd.Wait(); err != nil {
		p.t.Error(err)
	}
}

// ignores is whether the process ignores a signal, as the operating system has it.
func (p *process) ignores(s syscall.Signal) bool {
	p.t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if err != nil {
		p.t.Skipf("the operating system does not tell what is ignored: %v", err)
	}
	mask := regexp.MustCompile(`SigIgn:\s*([0-9a-f]+)`).FindSubmatch(status)
	bits, err := strconv.ParseUint(string(mask[1]), 16, 64)
	if err != nil {
		p.t.Fatal(err)
	}
	return bits&(1<<(s-1)) != 0
}

func TestEachSignalStopsInOrder(t *testing.T) {
	for _, s := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP} {
		t.Run(s.String(), func(t *testing.T) {
			p := startProcess(t, "")
			p.signal(s)
			p.ends()
		})
	}
}

func TestNohupOutlivesTheTerminal(t *testing.T) {
	p := startProcess(t, `trap "" HUP; `)
	p.signal(syscall.SIGHUP)
	if !p.ignores(syscall.SIGHUP) {
		t.Error("SIGHUP is not ignored any more")
	}
	p.signal(syscall.SIGTERM)
	p.ends()
}

func TestTheFatalLineIsOneOfTheLog(t *testing.T) {
	for _, c := range []struct {
		name, args string
		code       int
		want       string
	}{
		{"a failure", "topics --brokers " + nobody, exitFailed, "kafka cannot be reached"},
		{"wrong usage", "run --rules /does/not/exist", exitUsage, "/does/not/exist"},
		{"wrong usage of a shared flag", "run --app-id a/b", exitUsage, "--app-id"},
		{"a wrong password file", "run --sasl-mechanism PLAIN --sasl-username u --sasl-password-file /does/not/exist", exitUsage, "/does/not/exist"},
	} {
		t.Run(c.name, func(t *testing.T) {
			args := append(strings.Fields(c.args), "--log-format", "json", "--log-level", "error")
			got := callUntil(t.Context(), 100*time.Millisecond, nil, "", args...)
			var line struct{ Level, Msg, Error string }
			if err := json.Unmarshal([]byte(got.stderr), &line); err != nil || strings.Count(got.stderr, "\n") != 1 {
				t.Fatalf("standard error is %q: %v", got.stderr, err)
			}
			if got.code != c.code || line.Level != "ERROR" || line.Msg != "processor ended" || !strings.Contains(line.Error, c.want) {
				t.Errorf("code %d, line %+v; want %d and %q", got.code, line, c.code, c.want)
			}
		})
	}
	if got := call(t, nil, "", "run", "--log-format", "json", "--bogus"); !strings.HasPrefix(got.stderr, "processor: unknown flag") {
		t.Errorf("before the flags are known: %q", got.stderr)
	}
}
