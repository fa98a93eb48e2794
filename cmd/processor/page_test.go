package main

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// page runs the commands of a page of the documentation as whoever reads it would, in a shell, and compares what they print.
//
// Commands are in blocks of the language "console", each after "$ ", over several lines where they end with a backslash or have a document in them;
// what follows is what they print. Of a command that ends with " &" the lines are awaited in what it logs, in order, with others before and between. "%2"
// is the second such.
type page struct {
	t           *testing.T
	directory   string
	environment []string
	mask        func(string) string // of what is printed, and of what the page has
	names       *regexp.Regexp      // that are others each time: the first that is printed is the first that the page has
	inPage      []string
	printed     []string
	during      func(command string) (stop func())
	jobs        []*job
}

// step is a command and what it prints.
type pageStep struct {
	line    int
	command string
	printed []string
}

// pageSteps are the commands of a page.
func pageSteps(t *testing.T, file string) (steps []pageStep) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	in, document := false, ""
	for i, line := range strings.Split(string(text), "\n") {
		switch {
		case strings.HasPrefix(line, "```"):
			in = line == "```console"
		case !in:
		case document != "" || len(steps) > 0 && strings.HasSuffix(steps[len(steps)-1].command, `\`):
			steps[len(steps)-1].command += "\n" + line
			if line == document {
				document = ""
			}
		case strings.HasPrefix(line, "$ "):
			steps = append(steps, pageStep{line: i + 1, command: line[2:]})
			if _, rest, ok := strings.Cut(line, "<<"); ok {
				document = strings.Trim(strings.Fields(rest)[0], "'")
			}
		default:
			last := &steps[len(steps)-1]
			last.printed = append(last.printed, line)
		}
	}
	return steps
}

// job is a command in the background.
type job struct {
	cmd   *exec.Cmd
	lines chan string
	tail  []string
	mutex sync.Mutex
}

func (p *page) run(steps []pageStep) {
	p.t.Helper()
	defer p.stop()
	for _, s := range steps {
		p.inPage = p.find(p.inPage, strings.Join(append(s.printed, s.command), "\n"))
		begun := time.Now()
		before := p.t.Failed()
		p.step(&s)
		p.t.Logf("line %d: %v: %s", s.line, time.Since(begun).Round(time.Millisecond), s.command)
		if p.t.Failed() && !before {
			p.t.Fatalf("stopped at line %d", s.line)
		}
	}
}

// find appends the names in a text that are not known.
func (p *page) find(known []string, text string) []string {
	for _, name := range p.names.FindAllString(text, -1) {
		if !slices.Contains(known, name) {
			known = append(known, name)
		}
	}
	return known
}

// exchange puts each of some names in the place of the one that it stands for.
func exchange(text string, names, by []string) string {
	for i := range min(len(names), len(by)) {
		text = strings.ReplaceAll(text, names[i], by[i])
	}
	return text
}

func (p *page) step(s *pageStep) {
	if n, ok := strings.CutPrefix(s.command, "wait "); ok {
		p.wait(s, p.job(n))
		return
	}
	command := exchange(s.command, p.inPage, p.printed)
	command = jobNumber.ReplaceAllStringFunc(command, func(n string) string {
		return strconv.Itoa(p.job(n).cmd.Process.Pid)
	})
	if background, ok := strings.CutSuffix(command, " &"); ok {
		p.begin(background)
		p.await(s)
		return
	}
	if p.during != nil {
		defer p.during(command)()
	}
	cmd := p.shell(command)
	printed, err := cmd.CombinedOutput()
	lines := bytes.Split(bytes.TrimSpace(printed), []byte("\n"))
	failed := bytes.HasPrefix(lines[len(lines)-1], []byte("processor: "))
	if err != nil && !errors.As(err, new(*exec.ExitError)) || (err != nil) != failed && !strings.Contains(command, "|") {
		p.t.Errorf("line %d: %s: %v\n%s", s.line, s.command, err, printed)
		return
	}
	p.printed = p.find(p.printed, string(printed))
	got, want := p.mask(exchange(string(printed), p.printed, p.inPage)), p.mask(strings.Join(append(s.printed, ""), "\n"))
	if got != want {
		p.t.Errorf("line %d: %s prints\n%s\nmasked\n%s\nand the page has\n%s", s.line, s.command, printed, got, want)
	}
	for _, n := range jobNumber.FindAllString(s.command, -1) {
		if j := p.job(n); strings.HasPrefix(command, "kill ") {
			if err := p.awaitEnd(j); err != nil {
				p.t.Errorf("line %d: %s: %v\n%s", s.line, j.cmd, err, j.said())
			}
		}
	}
}

// job is the one of a number, as %2.
func (p *page) job(number string) *job {
	n, err := strconv.Atoi(number[1:])
	if err != nil || n > len(p.jobs) {
		p.t.Fatalf("there is no job %s", number)
	}
	return p.jobs[n-1]
}

var jobNumber = regexp.MustCompile(`%\d+`)

func (p *page) shell(command string) *exec.Cmd {
	cmd := exec.CommandContext(p.t.Context(), "bash", "-c", command)
	cmd.Dir, cmd.Env = p.directory, p.environment
	return cmd
}

// begin begins a job.
func (p *page) begin(command string) {
	cmd := p.shell("exec " + command)
	read, write, err := os.Pipe()
	if err != nil {
		p.t.Fatal(err)
	}
	cmd.Stdout, cmd.Stderr = write, write
	if err := cmd.Start(); err != nil {
		p.t.Fatal(err)
	}
	write.Close()
	j := &job{cmd: cmd, lines: make(chan string, 10_000)}
	p.jobs = append(p.jobs, j)
	go j.read(read)
}

func (j *job) read(from io.ReadCloser) {
	defer close(j.lines)
	defer from.Close()
	for lines := bufio.NewScanner(from); lines.Scan(); {
		j.mutex.Lock()
		j.tail = append(j.tail, lines.Text())
		j.mutex.Unlock()
		j.lines <- lines.Text()
	}
}

// await waits for what a job is to log.
func (p *page) await(s *pageStep) {
	j := p.jobs[len(p.jobs)-1]
	late := time.NewTimer(time.Minute) // Only what hangs takes that long.
	defer late.Stop()
	for _, want := range s.printed {
		for p.mask(want) != "" {
			select {
			case got, ok := <-j.lines:
				if ok && p.mask(got) != p.mask(want) {
					continue
				}
				if ok {
					break
				}
				p.t.Fatalf("line %d: %s ended without %q: %s", s.line, s.command, p.mask(want), j.said())
			case <-late.C:
				p.t.Errorf("line %d: %s has not said %q: %s", s.line, s.command, p.mask(want), j.said())
				return
			}
			break
		}
	}
}

func (j *job) said() string {
	j.mutex.Lock()
	defer j.mutex.Unlock()
	return strings.Join(j.tail, "\n")
}

// awaitEnd waits until a job has ended and all that it said is read.
func (p *page) awaitEnd(j *job) (err error) {
	late := time.NewTimer(time.Minute) // Only what hangs takes that long.
	defer late.Stop()
	for {
		select {
		case _, more := <-j.lines:
			if !more {
				return j.cmd.Wait()
			}
		case <-late.C:
			p.t.Errorf("%s has not ended: %s", j.cmd, j.said())
			return nil
		}
	}
}

// wait waits until a job has ended by itself, and compares what it says last.
func (p *page) wait(s *pageStep, j *job) {
	_ = p.awaitEnd(j) // What it says last is compared.
	said := strings.Split(j.said(), "\n")
	got, want := p.mask(said[len(said)-1]), p.mask(strings.Join(s.printed, "\n"))
	if got != want {
		p.t.Errorf("line %d: %s ends with\n%s\nand the page has\n%s", s.line, s.command, got, want)
	}
}

// stop ends what still runs.
func (p *page) stop() {
	for i, j := range p.jobs {
		if j.cmd.ProcessState == nil {
			_ = j.cmd.Process.Signal(syscall.SIGTERM) // It may have ended.
			_ = j.cmd.Wait()
		}
		if p.t.Failed() {
			p.t.Logf("job %d said\n%s", i+1, j.said())
		}
	}
}

// build builds the command and gives the directory that it is in.
func build(t *testing.T) string {
	t.Helper()
	directory := t.TempDir()
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", filepath.Join(directory, "processor"), ".").CombinedOutput(); err != nil {
		t.Fatalf("build the command: %v\n%s", err, out)
	}
	return directory
}

// othersVariables is the environment without what whoever tests has set of ours.
func othersVariables() []string {
	return slices.DeleteFunc(os.Environ(), func(variable string) bool { return strings.HasPrefix(variable, "SELLERPULSE_") })
}
