package mapping

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/itchyny/gojq"

	"sellerpulse/internal/meant"
	"sellerpulse/internal/yamltext"
)

// program is a jq program, for any number of goroutines.
type program struct {
	code     *gojq.Code
	values   []any // of its variables but the record's
	ofRecord bool  // it asks for the record
}

// recordVariable is what a program knows of its record beside the value.
const recordVariable = "$record"

// prelude refuses what would make of one record something else tomorrow.
const prelude = `def now: error("a record must become the same whenever it is read: use $record.timestamp | millis"); `

// compile compiles a program with the definitions of its file.
func (r *reader) compile(n *yamltext.Node, constants map[string]any) (*program, error) {
	text := n.Text
	query, err := gojq.Parse(prelude + "\n" + r.definitions + "\n" + text)
	if err != nil {
		return nil, r.syntax(n, text, err)
	}
	p := &program{ofRecord: strings.Contains(r.definitions+text, recordVariable)}
	names := []string{recordVariable}
	for _, name := range slices.Sorted(maps.Keys(constants)) {
		names = append(names, "$"+name)
		p.values = append(p.values, constants[name])
	}
	environment, err := r.variables()
	if err != nil {
		return nil, wrong(n, "%v", err)
	}
	options := append(r.functions(), gojq.WithVariables(names), gojq.WithEnvironLoader(func() []string { return environment }))
	if p.code, err = gojq.Compile(query, options...); err != nil {
		return nil, wrong(n, "events: %v%s", err, hint(err, names))
	}
	return p, nil
}

// hint proposes a variable that may have been meant.
func hint(err error, names []string) string {
	if _, name, ok := strings.Cut(err.Error(), "variable not defined: "); ok {
		return meant.Hint(name, names) + ": `constants:` are variables"
	}
	return ""
}

// variables are those of the environment that the file names.
func (r *reader) variables() (all []string, err error) {
	for _, name := range r.environment {
		value, ok := "", false
		if r.options.Environment != nil {
			value, ok = r.options.Environment(name)
		}
		if !ok {
			return nil, fmt.Errorf("the environment has no variable %s, which `environment:` names: set it", name)
		}
		all = append(all, name+"="+value)
	}
	return all, nil
}

// syntax tells where in the file a program cannot be read.
func (r *reader) syntax(n *yamltext.Node, text string, err error) error {
	var at *gojq.ParseError
	if !errors.As(err, &at) {
		return wrong(n, "events: %v", err)
	}
	before := prelude + "\n" + r.definitions + "\n"
	place := &yamltext.Node{Line: n.Line + 1, Column: n.Column}
	if !strings.Contains(text, "\n") {
		place.Line = n.Line
	}
	if at.Offset < len(before) {
		place.Line = r.line + 1 + strings.Count(before[:max(0, at.Offset-1)], "\n") - 1
		return wrong(place, "definitions: %v near %q", err, at.Token)
	}
	place.Line += strings.Count(text[:min(len(text), max(0, at.Offset-len(before)-1))], "\n")
	return wrong(place, "events: %v near %q: a jq program makes events of a record", err, at.Token)
}

// steps is the context of a program under way: it ends after a number of steps, not after a time, so that a record becomes the same on any machine.
type steps struct{ left int }

var over = func() chan struct{} {
	c := make(chan struct{})
	close(c)
	return c
}()

var errSteps = fmt.Errorf("the program took more than %d steps for this record: does it loop?", MaxProgramSteps)

// Done is asked before each step.
func (s *steps) Done() <-chan struct{} {
	if s.left--; s.left < 0 {
		return over
	}
	return nil
}

// Err is why the program ended.
func (s *steps) Err() error { return errSteps }

// Deadline is none.
func (s *steps) Deadline() (deadline time.Time, ok bool) { return deadline, false }

// Value is none.
func (s *steps) Value(any) any { return nil }

// each runs the program on a value and hands on what it makes.
func (p *program) each(v any, r *Record, key any, take func(any) error) error {
	values := make([]any, 1, 1+len(p.values))
	if p.ofRecord {
		values[0] = about(r, key)
	}
	iter := p.code.RunWithContext(&steps{left: MaxProgramSteps}, v, append(values, p.values...)...)
	for {
		made, ok := iter.Next()
		if !ok {
			return nil
		}
		if err, failed := made.(error); failed {
			if halt := (*gojq.HaltError)(nil); errors.As(err, &halt) && halt.Value() == nil {
				return nil
			}
			return invalid("the program fails: %w", err)
		}
		if err := take(made); err != nil {
			return err
		}
	}
}

// about is what a program knows of its record.
func about(r *Record, key any) map[string]any {
	headers := make(map[string]any, len(r.Headers))
	for _, h := range r.Headers {
		headers[h.Key] = strings.ToValidUTF8(string(h.Value), "\ufffd")
	}
	return map[string]any{
		"topic": r.Topic, "partition": int(r.Partition), "offset": int(r.Offset), "timestamp": int(r.Timestamp), "key": key, "headers": headers,
	}
}
