package scenario

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"sellerpulse/internal/plaintext"
	"sellerpulse/pkg/events"
	"sellerpulse/pkg/windows"
)

// File is the scenarios of one file.
type File struct {
	Name      string
	Scenarios []*Scenario
}

// Scenario is one story: what it rests on, and what happens and is expected, in order.
type Scenario struct {
	Title string
	Line  int

	settings settings
	steps    []step
}

// settings are what the numbers of a scenario rest on.
type settings struct {
	zone       *time.Location
	retention  int      // days
	history    int      // days; 0 for the retention
	rulesFiles []string // paths, or
	rulesText  []byte   // the rules themselves; without both those of the run
	rulesLine  int
	partition  int32
	partitions int32 // 0 trusts the producers

	ignoreAll bool
	ignored   []string // rules whose alerts need not be listed
}

// step is a line that does or expects something.
type step struct {
	line   int
	act    action      // nil for an expectation
	expect expectation // nil for an action
}

// Error is a line that cannot be read: what was found, and what may stand there.
type Error struct {
	File    string
	Line    int
	Problem string
}

// Error is the place and the problem.
func (e *Error) Error() string { return fmt.Sprintf("%s:%d: %s", e.File, e.Line, e.Problem) }

// Bounds of a file, which may be the wrong one, and of a line of it.
const (
	maxFileBytes = 1 << 20
	maxLineBytes = 1 << 20
)

// Load reads the file of scenarios at a path, of up to 1 MiB. Its error is an [*Error], or one of the file's, which names it.
func Load(path string) (*File, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	bounded := io.LimitedReader{R: file, N: maxFileBytes + 1}
	f, err := Parse(path, &bounded)
	if bounded.N == 0 {
		return nil, fmt.Errorf("read %s: larger than %d bytes: divide it", path, maxFileBytes)
	}
	return f, err
}

// Parse reads a file of scenarios, at least one; name is what errors and failures call it. Its error is an [*Error], or one of r.
func Parse(name string, r io.Reader) (*File, error) {
	p := &parser{file: &File{Name: name}, general: settings{zone: time.UTC, retention: 120}}
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, maxLineBytes)
	var pending string // a line that ends with a comma goes on on the next
	first := 0
	for number := 1; lines.Scan(); number++ {
		text := lines.Text()
		if number == 1 {
			text = strings.TrimPrefix(text, plaintext.Mark)
		}
		if p.block(number, text) {
			continue
		}
		text = strings.TrimSpace(uncomment(text))
		if text == "" {
			continue
		}
		if pending == "" {
			first = number
		}
		pending += text
		if strings.HasSuffix(text, ",") && !isRaw(text) {
			pending += " "
			continue
		}
		if err := p.line(first, pending); err != nil {
			return nil, &Error{File: name, Line: first, Problem: err.Error()}
		}
		pending = ""
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	if pending != "" {
		return nil, &Error{File: name, Line: first, Problem: "the line ends with a comma, but nothing follows"}
	}
	if p.scenario == nil {
		return nil, &Error{File: name, Line: 1, Problem: "there is no scenario: write \"scenario\" and a title, and the story below"}
	}
	return p.file, nil
}

// isRaw is whether a line ends with bytes that are to be taken as they are.
func isRaw(text string) bool {
	_, _, raw := cutWord(text, "raw")
	return raw && strings.HasPrefix(text, "at ")
}

// uncomment cuts off a comment: a # at the start or after a space, outside quotes.
func uncomment(text string) string {
	quoted := false
	for i := range len(text) {
		switch c := text[i]; {
		case c == '"' && (i == 0 || text[i-1] != '\\'):
			quoted = !quoted
		case c == '#' && !quoted && (i == 0 || text[i-1] == ' ' || text[i-1] == '\t'):
			return text[:i]
		}
	}
	return text
}

// parser keeps what a line leaves to the ones before it.
type parser struct {
	file     *File
	general  settings // of the lines before the first scenario
	scenario *Scenario
	inRules  *settings // whose rules the indented lines are
	then     bool      // the line before was an expectation

	calendar *windows.Calendar
	now      events.Millis // of the last at or wait; events.None before the first
	sellers  []string
	orders   []string
	named    int // events so far, for their ids
}

// block takes the indented lines of a rules block.
func (p *parser) block(number int, text string) bool {
	if p.inRules == nil {
		return false
	}
	if strings.TrimSpace(text) != "" && text[0] != ' ' && text[0] != '\t' {
		p.inRules = nil
		return false
	}
	for lines := strings.Count(string(p.inRules.rulesText), "\n"); lines < number-p.inRules.rulesLine; lines++ {
		p.inRules.rulesText = append(p.inRules.rulesText, '\n')
	}
	p.inRules.rulesText = append(p.inRules.rulesText, text...)
	return true
}

// line reads a line that is not empty.
func (p *parser) line(number int, text string) error {
	keyword, rest, _ := strings.Cut(strings.ReplaceAll(text, "\t", " "), " ")
	rest = strings.TrimSpace(rest)
	if keyword == "scenario" {
		return p.begin(number, rest)
	}
	if set, ok := settingsOf[keyword]; ok {
		return p.set(number, keyword, rest, set)
	}
	if keyword != "and" {
		p.then = keyword == "then"
	}
	switch keyword {
	case "at":
		return p.at(number, rest)
	case "wait":
		return p.wait(number, rest)
	case "then", "and":
		if !p.then {
			return fmt.Errorf("%q continues no line of \"then\"", keyword)
		}
		return p.expect(number, rest)
	}
	return unknown("a line that begins with", keyword, "scenario", "zone", "retention", "history", "rules", "rules:", "pack:", "partition", "ignore", "at", "wait", "then", "and")
}

// begin begins a scenario with the settings before the first one.
func (p *parser) begin(number int, title string) error {
	if title == "" {
		return fmt.Errorf("a scenario without a title: say in a sentence what it shows")
	}
	p.scenario = &Scenario{Title: title, Line: number, settings: p.general}
	p.scenario.settings.ignored = append([]string(nil), p.general.ignored...)
	p.file.Scenarios = append(p.file.Scenarios, p.scenario)
	p.calendar, p.now, p.then, p.named = nil, events.None, false, 0
	p.sellers, p.orders = []string{"S1"}, []string{"O1"}
	return nil
}

// started makes sure that a line that does or expects something is in a scenario, whose settings are complete then.
func (p *parser) started() error {
	if p.scenario == nil {
		return fmt.Errorf("nothing has begun yet: write \"scenario\" and a title first")
	}
	if p.calendar == nil {
		p.calendar = windows.NewCalendar(p.scenario.settings.zone)
	}
	return nil
}

func (p *parser) add(s step) { p.scenario.steps = append(p.scenario.steps, s) }

// unknown is the error of a word that is none of those allowed.
func unknown(what, found string, allowed ...string) error {
	return fmt.Errorf("%s %q is not known: use %s", what, found, oneOf(allowed))
}

// oneOf lists words as a choice.
func oneOf(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:len(words)-1], ", ") + " or " + words[len(words)-1]
}
