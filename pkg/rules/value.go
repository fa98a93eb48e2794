package rules

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"sellerpulse/internal/meant"
	"sellerpulse/internal/yamltext"
)

// Error is a place in a rule file that says what no rule set is, or what this version does not know.
type Error struct {
	File         string // its name, empty where it has none
	Line, Column int    // from 1; 0 for what is of the whole file
	Field        string // such as window, levels[1].target; empty for what is of the whole file
	Problem      string // with what to write instead
}

// Error names the place.
func (e *Error) Error() string {
	var b strings.Builder
	if e.File != "" {
		b.WriteString(e.File + ": ")
	}
	if e.Line > 0 {
		fmt.Fprintf(&b, "line %d, column %d: ", e.Line, e.Column)
	}
	if e.Field != "" {
		b.WriteString(e.Field + ": ")
	}
	return b.String() + e.Problem
}

// value is what stands for a field of a file.
type value struct {
	*yamltext.Node
	field string
}

// wrong is an error at the value.
func (v value) wrong(format string, args ...any) error {
	return &Error{Line: v.Line, Column: v.Column, Field: v.field, Problem: fmt.Sprintf(format, args...)}
}

// in puts a file's name into an error of it.
func in(file string, err error) error {
	var syntax *yamltext.Error
	if errors.As(err, &syntax) {
		return &Error{File: file, Line: syntax.Line, Column: syntax.Column, Problem: syntax.Problem}
	}
	var at *Error
	if errors.As(err, &at) && at.File == "" {
		at.File = file
	}
	return err
}

// text is that of a plain or quoted value, as it is written.
func (v value) text() (string, error) {
	if v.Kind != yamltext.Scalar {
		return "", v.wrong("no plain value: write it on the key's line; a target goes in quotes")
	}
	return v.Text, nil
}

// list is the values of a list of a number of them, each a field of its own.
func (v value) list(what string, least, most int) ([]value, error) {
	if v.Kind != yamltext.List {
		return nil, v.wrong("no list: write %s below it, each after a dash", what)
	}
	switch n := len(v.List); {
	case n < least:
		return nil, v.wrong("a list of %d %s: there are at least %d; leave %s out, or add to it", n, what, least, v.field)
	case n > most:
		return nil, value{v.List[most], v.field}.wrong("%d %s: there may be up to %d", n, what, most)
	}
	values := make([]value, 0, len(v.List))
	for i, node := range v.List {
		values = append(values, value{node, v.field + "[" + strconv.Itoa(i) + "]"})
	}
	return values, nil
}

// texts is a text, or the texts of a list of at most a number, each once.
func (v value) texts(most int) (texts []string, at []value, err error) {
	at = []value{v}
	if v.Kind == yamltext.List {
		if at, err = v.list("values", 1, most); err != nil {
			return nil, nil, err
		}
	}
	for _, element := range at {
		text, err := element.text()
		if err != nil {
			return nil, nil, err
		}
		if slices.Contains(texts, text) {
			return nil, nil, element.wrong("%q stands there twice: remove one", text)
		}
		texts = append(texts, text)
	}
	return texts, at, nil
}

// fields are those of a mapping, each once, with the names of all that there may be.
func (v value) fields(prefix string, known []string) (map[string]value, error) {
	if v.Kind != yamltext.Map {
		return nil, v.wrong("not a mapping: write one of %s and a colon", strings.Join(known, ", "))
	}
	fields := map[string]value{}
	for _, e := range v.Map {
		key := value{&yamltext.Node{Line: e.Line, Column: e.Column}, prefix + e.Key}
		if later, ok := laterKeys[e.Key]; ok && !slices.Contains(known, e.Key) {
			return nil, key.wrong("%s is not read by this version: %s", e.Key, later)
		}
		if !slices.Contains(known, e.Key) {
			key.field = v.field
			return nil, key.wrong("unknown key %q: use %s%s", e.Key, strings.Join(known, ", "), meant.Hint(e.Key, known))
		}
		if _, ok := fields[e.Key]; ok {
			return nil, key.wrong("a second %q: remove one", e.Key)
		}
		fields[e.Key] = value{e.Value, prefix + e.Key}
	}
	return fields, nil
}

// laterKeys are those that are thought of, and what to do without them.
var laterKeys = map[string]string{
	"on":       "an order, with all of it, counts on its order date; leave it out",
	"value":    "a metric counts units; name facts in bad or good",
	"distinct": "each unit counts; leave it out",
	"group":    "a file is one pack; give a pack of its own to each group",
}
