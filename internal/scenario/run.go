package scenario

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"sellerpulse/internal/state"
	"sellerpulse/pkg/events"
	"sellerpulse/pkg/rules"
)

// Options say how scenarios are run. The zero value is usable.
type Options struct {
	Rules    []rules.File                      // for scenarios that name none; default: the built-in rules
	ReadFile func(path string) ([]byte, error) // reads the rule files that scenarios name, and names the path in its errors; default: [os.ReadFile]
	Only     func(title string) bool           // which scenarios are run; default: all
}

// Result is what came of a scenario that was run.
type Result struct {
	File     string
	Line     int
	Title    string
	Failures []Failure // none if all is as it says
}

// Failure is an expectation that was not met, an alert or a dead letter that nothing expects, or rules that are wrong.
type Failure struct {
	File     string
	Line     int
	Scenario string
	Problem  string

	// Expected and Found are what a line says and what is so, as a line would say it; both empty where one cannot be set beside the other.
	Expected, Found string
}

// String is the place and the problem, on one line.
func (f Failure) String() string {
	return fmt.Sprintf("%s:%d: %s (%s)", f.File, f.Line, f.Problem, f.Scenario)
}

// Run runs the scenarios that are asked for, each on a state of its own, and tells what came of each, in the order of the file. What a scenario
// gets wrong is a [Failure], rules that say what they cannot mean too. An error is an [*Error] where a scenario names a rule file that cannot be read,
// else one of the state's.
func (f *File) Run(o Options) (results []Result, err error) {
	if o.Rules == nil {
		o.Rules = []rules.File{{Name: "the rules", Text: rules.BuiltInFile()}}
	}
	if o.ReadFile == nil {
		o.ReadFile = os.ReadFile
	}
	db, err := state.OpenInMemory()
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	for i, s := range f.Scenarios {
		if o.Only != nil && !o.Only(s.Title) {
			continue
		}
		failures, err := f.runOne(db, int32(i), s, o)
		if err != nil {
			return nil, fmt.Errorf("run scenario %q: %w", s.Title, err)
		}
		results = append(results, Result{File: f.Name, Line: s.Line, Title: s.Title, Failures: failures})
	}
	return results, nil
}

// runOne runs a scenario on an engine in a partition of the database.
func (f *File) runOne(db *state.DB, partition int32, s *Scenario, o Options) (failures []Failure, err error) {
	set, err := f.rulesOf(s, o)
	if unread, ok := errors.AsType[*Error](err); ok {
		return nil, unread
	}
	if err != nil {
		is := Failure{File: f.Name, Line: max(s.settings.rulesLine, s.Line), Scenario: s.Title, Problem: err.Error()}
		return []Failure{is}, nil //nolint:nilerr // Rules that are wrong are a failure of the scenario.
	}
	keys, err := db.Partition(partition)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, keys.Close()) }()
	m, err := open(keys, s, set)
	if err != nil {
		return nil, err
	}
	return f.tell(s, m)
}

// tell tells a scenario to what it runs on.
func (f *File) tell(s *Scenario, on interpreter) (failures []Failure, err error) {
	fail := func(line int, is fault) {
		failures = append(failures, Failure{File: f.Name, Line: line, Scenario: s.Title, Problem: is.problem, Expected: is.expected, Found: is.found})
	}
	r := &run{scenario: s, on: on}
	for _, step := range s.steps {
		is, err := r.step(step)
		if err != nil {
			return nil, fmt.Errorf("%s:%d: %w", f.Name, step.line, err)
		}
		if is.problem != "" {
			fail(step.line, is)
		}
	}
	for _, problem := range r.leftOver() {
		fail(s.Line, fault{problem: problem})
	}
	return failures, nil
}

// rulesOf reads the rules that a scenario is about.
func (f *File) rulesOf(s *Scenario, o Options) (*rules.Set, error) {
	if history := s.settings.history; history > 0 && history < s.settings.retention {
		return nil, fmt.Errorf("history %dd: counts are kept for as long as orders at least, %dd: give more, or leave it out", history, s.settings.retention)
	}
	files, err := f.ruleFiles(s, o)
	if err != nil {
		return nil, err
	}
	set, err := rules.ParseAll(max(s.settings.history, s.settings.retention), files...)
	if err != nil {
		return nil, fmt.Errorf("read %w", err)
	}
	return set, nil
}

func (f *File) ruleFiles(s *Scenario, o Options) (files []rules.File, err error) {
	if s.settings.rulesText != nil {
		// As many lines as are before it, so that an error names the line of this file.
		text := append([]byte(strings.Repeat("\n", s.settings.rulesLine-1)), s.settings.rulesText...)
		file := rules.File{Name: "the rules here", Text: text}
		err := f.readLists(s, o, "", &file)
		return []rules.File{file}, err
	}
	for _, name := range s.settings.rulesFiles {
		text, err := f.readBeside(s, o, name)
		if err != nil {
			return nil, err
		}
		file := rules.File{Name: name, Text: text}
		if err := f.readLists(s, o, filepath.Dir(name), &file); err != nil {
			return nil, err
		}
		files = append(files, file)
	}
	if files == nil {
		files = o.Rules
	}
	return files, nil
}

// readLists reads the files of sellers that a rule file names, whose paths are from its folder.
func (f *File) readLists(s *Scenario, o Options, folder string, file *rules.File) error {
	return file.ReadLists(func(name string) ([]byte, error) { return f.readBeside(s, o, filepath.Join(folder, name)) })
}

// readBeside reads a file whose path is from the folder of the scenarios.
func (f *File) readBeside(s *Scenario, o Options, name string) ([]byte, error) {
	text, err := o.ReadFile(filepath.Join(filepath.Dir(f.Name), name))
	if err != nil {
		return nil, &Error{File: f.Name, Line: s.settings.rulesLine, Problem: fmt.Sprintf("read rules: %v: the path is from the folder of this file", err)}
	}
	return text, nil
}

// interpreter is what a scenario runs on: the engine, or in tests the reference.
type interpreter interface {
	// apply takes in the message of an offset of its topic.
	apply(m message, offset int64) (outcome, error)
	// pass lets time pass until an instant.
	pass(until events.Millis) (outcome, error)
	// report is where a seller stands, and whether it is known at all.
	report(seller string) (report fields, known bool, err error)
	streamTime() events.Millis
}

// outcome is what came of a message, or of time that passed.
type outcome struct {
	alerts []fields
	dead   []letter
}

// letter is a dead letter: which message, and why.
type letter struct {
	topic        events.Topic
	offset       int64
	reason, text string
}

// run is a scenario that is being run.
type run struct {
	scenario *Scenario
	on       interpreter
	messages [events.NumTopics][]message // by offset
	alerts   []fields                    // that no line has named yet
	dead     []dead                      // likewise
}

// step does what a line says, or checks it.
func (r *run) step(s step) (fault, error) {
	switch act := s.act.(type) {
	case passing:
		return fault{}, r.gather(r.on.pass(act.until))
	case []message:
		for _, m := range act {
			offset := int64(len(r.messages[m.topic]))
			r.messages[m.topic] = append(r.messages[m.topic], m)
			if err := r.gather(r.on.apply(m, offset)); err != nil {
				return fault{}, err
			}
		}
	default:
		return s.expect.check(r)
	}
	return fault{}, nil
}

func (r *run) gather(o outcome, err error) error {
	r.alerts = append(r.alerts, o.alerts...)
	for _, l := range o.dead {
		r.dead = append(r.dead, dead{l.reason, l.text, r.messages[l.topic][l.offset]})
	}
	return err
}

// ignored is whether an alert need not be named.
func (r *run) ignored(a fields) bool {
	return r.scenario.settings.ignoreAll || slices.Contains(r.scenario.settings.ignored, a.text("rule"))
}

// leftOver is what came of the scenario and no line has named.
func (r *run) leftOver() (problems []string) {
	for _, a := range r.alerts {
		if !r.ignored(a) {
			problems = append(problems, "no line expects "+show(a))
		}
	}
	for i := range r.dead {
		problems = append(problems, "no line expects "+r.dead[i].show())
	}
	return problems
}
