package cases

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"sellerpulse/internal/mapping"
	"sellerpulse/pkg/events"
)

// Timestamp is when the records of cases are from: 2026-01-01.
const Timestamp events.Millis = 1_767_225_600_000

// Result is what a case's record becomes.
type Result struct {
	Case   *Case
	Events []string // lines of JSON
	Err    error    // why it cannot be mapped
	Passed bool
}

// Run maps the records of cases. Its error is of a case that fits no source.
func Run(m *mapping.Mapping, all []*Case) (results []Result, err error) {
	for i, c := range all {
		source, err := m.Source(c.From)
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", c.Line, err)
		}
		r := Result{Case: c}
		r.Events, r.Err = Map(source, c.record(int64(i)))
		if r.Passed, err = r.passed(); err != nil {
			return nil, fmt.Errorf("line %d: %w", c.Line, err)
		}
		results = append(results, r)
	}
	return results, nil
}

func (c *Case) record(n int64) *mapping.Record {
	r := &mapping.Record{Topic: c.From, Offset: n, Timestamp: Timestamp, Value: []byte(c.Record)}
	if c.Record == "null" {
		r.Value = nil
	}
	if c.Key != nil {
		r.Key = []byte(*c.Key)
	}
	return r
}

// Map is what a record of a source becomes, as lines of JSON. A record of rows is a whole file.
func Map(s *mapping.Source, r *mapping.Record) ([]string, error) {
	if !s.Tabular() {
		return Messages(s, r)
	}
	runner := s.NewRunner(events.Encoder{})
	table, err := s.Rows.Open(s.Form(), bytes.NewReader(r.Value))
	if err != nil {
		return nil, err
	}
	var messages []mapping.Message
	for {
		v, line, err := table.Next()
		if errors.Is(err, io.EOF) {
			return lines(s, messages)
		}
		if err == nil {
			messages, err = runner.MapValue(v, r, messages)
		}
		if err != nil {
			return nil, fmt.Errorf("row in line %d: %w", line, err)
		}
	}
}

// Messages is what a record of a topic becomes, as lines of JSON.
func Messages(s *mapping.Source, r *mapping.Record) ([]string, error) {
	messages, err := s.NewRunner(events.Encoder{}).Map(r, nil)
	if err != nil {
		return nil, err
	}
	return lines(s, messages)
}

func lines(s *mapping.Source, messages []mapping.Message) (all []string, err error) {
	decoder := s.NewDecoder()
	for i := range messages {
		var e events.Event
		if err := decoder.Decode(messages[i].Topic, messages[i].Value, &e); err != nil {
			return nil, err
		}
		all = append(all, string(events.AppendJSON(nil, &e, true)))
	}
	return all, nil
}

// passed is whether a record became what was expected. Events are compared as events, however they are written.
func (r *Result) passed() (bool, error) {
	if want := r.Case.Refuse; want != nil {
		return r.Err != nil && strings.Contains(r.Err.Error(), *want), nil
	}
	want, err := r.Case.expected()
	return r.Err == nil && slices.Equal(r.Events, want), err
}

// expected is the events as they are written here.
func (c *Case) expected() (all []string, err error) {
	for _, line := range c.Events {
		var e events.Event
		if err := events.ParseLine([]byte(line), &e); err != nil {
			return nil, fmt.Errorf("an event that is expected is none: %w: %.100s", err, line)
		}
		all = append(all, string(events.AppendJSON(nil, &e, true)))
	}
	return all, nil
}

// Difference says line by line what was expected, after -, and what there is, after +; what is as expected after a space.
func (r *Result) Difference() (all []string) {
	want, _ := r.Case.expected() // It could be read.
	if refuse := r.Case.Refuse; refuse != nil {
		want = []string{"refused " + *refuse}
	}
	got := r.Events
	if r.Err != nil {
		got = []string{"refused " + r.Err.Error()}
	}
	for _, line := range want {
		if i := slices.Index(got, line); i >= 0 {
			for _, more := range got[:i] {
				all = append(all, "+ "+more)
			}
			all, got = append(all, "  "+line), got[i+1:]
		} else {
			all = append(all, "- "+line)
		}
	}
	for _, more := range got {
		all = append(all, "+ "+more)
	}
	return all
}

// Update is the file of cases with what their records become now.
func Update(results []Result) string {
	var b strings.Builder
	for i := range results {
		r := &results[i]
		for _, line := range r.Case.head {
			b.WriteString(line + "\n")
		}
		switch {
		case r.Err != nil && r.Passed:
			b.WriteString("refused " + *r.Case.Refuse + "\n")
		case r.Err != nil:
			b.WriteString("refused " + r.Err.Error() + "\n")
		default:
			b.WriteString("events\n")
		}
		for _, line := range r.Events {
			b.WriteString(line + "\n")
		}
	}
	return b.String()
}
