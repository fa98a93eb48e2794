package mapping

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strings"

	"sellerpulse/internal/meant"
	"sellerpulse/internal/yamltext"
	"sellerpulse/pkg/events"
)

// Bounds of a mapping file.
const (
	maxSources = 64
	maxTopics  = 256 // of one source
	maxNames   = 64  // constants, tables and variables of the environment
)

// File is the text of a mapping file.
type File struct {
	Name string // in errors
	Text []byte
}

// Options of reading a mapping file. Each may be zero, where the file does not ask for it.
type Options struct {
	Set         map[string]string                        // constants that replace those of the file
	Environment func(name string) (string, bool)         // of variables that the file names
	Open        func(name string) (io.ReadCloser, error) // a table's file
	Mapping     func(name string) (File, error)          // another mapping, of which a program is used
	Schema      func(id uint32) (string, error)          // the text of a schema of the registry, as events.DecoderOptions have it, for any number of goroutines

	schemas *schemas // by Schema
}

// Mapping is a mapping file that has been read.
type Mapping struct {
	Name    string
	Sources []*Source
}

// Source is a kind of records that are mapped alike.
type Source struct {
	Name    string
	Topics  []string       // by name
	Pattern *regexp.Regexp // further ones; nil for none
	Files   string         // pattern of the names of files that have such records; empty: all
	Latest  bool           // begins at the end of what there is, not at the beginning
	Rows    Rows           // how files of rows are read

	form    Form
	keyForm Form
	into    *events.Topic // of a source without a program
	program *program      // nil: the records are events already
	options Options
}

// reader reads one file.
type reader struct {
	file        File
	options     Options
	definitions string
	line        int // of the definitions
	constants   map[string]any
	environment []string
	tables      map[string]*table
	depth       int             // of mappings that use others
	known       map[string]bool // constants of this file and of those that it uses
}

// Parse reads a mapping file. Its error names the file and the line.
func Parse(file File, o Options) (*Mapping, error) {
	known := map[string]bool{}
	o.schemas = &schemas{text: o.Schema}
	m, err := parse(file, o, 0, known)
	for _, name := range slices.Sorted(maps.Keys(o.Set)) {
		if err == nil && !known[name] {
			err = fmt.Errorf("it has no constant %q to set%s", name, meant.Hint(name, slices.Sorted(maps.Keys(known))))
		}
	}
	if wrong := (*yamltext.Error)(nil); errors.As(err, &wrong) {
		return nil, fmt.Errorf("%s:%d: %s", file.Name, wrong.Line, wrong.Problem)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file.Name, err)
	}
	return m, nil
}

func parse(file File, o Options, depth int, known map[string]bool) (*Mapping, error) {
	documents, err := yamltext.Parse(file.Text)
	if err != nil {
		return nil, err
	}
	if len(documents) != 1 || documents[0].Kind != yamltext.Map {
		return nil, errors.New("it is no mapping: begin with `mapping: NAME` and `sources:`")
	}
	r := &reader{file: file, options: o, constants: map[string]any{}, tables: map[string]*table{}, depth: depth, known: known}
	return r.mapping(documents[0])
}

func wrong(n *yamltext.Node, format string, args ...any) error {
	return &yamltext.Error{Line: n.Line, Column: n.Column, Problem: fmt.Sprintf(format, args...)}
}

// fields are the values of a node by their keys, which are to be among the known ones.
func fields(n *yamltext.Node, known ...string) (map[string]*yamltext.Node, error) {
	if n.Kind != yamltext.Map {
		return nil, wrong(n, "write keys and values here: %s", strings.Join(known, ", "))
	}
	found := map[string]*yamltext.Node{}
	for _, e := range n.Map {
		switch at := (&yamltext.Node{Line: e.Line, Column: e.Column}); {
		case !slices.Contains(known, e.Key):
			return nil, wrong(at, "unknown key %q%s: use one of %s", e.Key, meant.Hint(e.Key, known), strings.Join(known, ", "))
		case found[e.Key] != nil:
			return nil, wrong(at, "%s is there twice: remove one", e.Key)
		}
		found[e.Key] = e.Value
	}
	return found, nil
}

// text is the value of a scalar, empty where there is none.
func text(n *yamltext.Node) (string, error) {
	switch {
	case n == nil || n.Kind == yamltext.Null:
		return "", nil
	case n.Kind != yamltext.Scalar:
		return "", wrong(n, "write a text here")
	}
	return n.Text, nil
}

// list is the values of a list of scalars, or the one of a scalar.
func list(n *yamltext.Node, most int) (all []string, err error) {
	if n == nil || n.Kind == yamltext.Null {
		return nil, nil
	}
	if n.Kind == yamltext.Scalar {
		return []string{n.Text}, nil
	}
	if n.Kind != yamltext.List || len(n.List) > most {
		return nil, wrong(n, "write a list of at most %d texts here", most)
	}
	for _, element := range n.List {
		if element.Kind != yamltext.Scalar {
			return nil, wrong(element, "write a text here")
		}
		all = append(all, element.Text)
	}
	return all, nil
}

var legalName = regexp.MustCompile(`^[a-z][a-z0-9_/-]{0,99}$`)

func (r *reader) mapping(n *yamltext.Node) (*Mapping, error) {
	f, err := fields(n, "mapping", "constants", "environment", "tables", "definitions", "sources")
	if err != nil {
		return nil, err
	}
	m := &Mapping{}
	if m.Name, err = text(f["mapping"]); err != nil {
		return nil, err
	}
	if !legalName.MatchString(m.Name) {
		return nil, wrong(n, "`mapping:` is to be the mapping's name, of small letters, digits, - and _, such as acme-orders")
	}
	if err := r.shared(f); err != nil {
		return nil, err
	}
	sources := f["sources"]
	if sources == nil || sources.Kind != yamltext.List || len(sources.List) == 0 || len(sources.List) > maxSources {
		return nil, wrong(n, "`sources:` is to be a list of 1 to %d sources, each with `topics:` and `events:`", maxSources)
	}
	for i, s := range sources.List {
		source, err := r.source(s, i)
		if err != nil {
			return nil, err
		}
		m.Sources = append(m.Sources, source)
	}
	return m, nil
}

// shared reads what all programs of a file may use.
func (r *reader) shared(f map[string]*yamltext.Node) (err error) {
	if err := r.readConstants(f["constants"], r.constants); err != nil {
		return err
	}
	if r.environment, err = list(f["environment"], maxNames); err != nil {
		return err
	}
	if n := f["tables"]; n != nil {
		if err := r.readTables(n); err != nil {
			return err
		}
	}
	if n := f["definitions"]; n != nil {
		r.line = n.Line
		r.definitions, err = text(n)
	}
	return err
}

var legalVariable = regexp.MustCompile(`^[a-zA-Z_][a-zA-Z0-9_]{0,63}$`)

// readConstants reads names and values, which are texts, and those that the options set instead.
func (r *reader) readConstants(n *yamltext.Node, to map[string]any) error {
	if n == nil {
		return nil
	}
	if n.Kind != yamltext.Map || len(n.Map) > maxNames {
		return wrong(n, "constants are at most %d names and values: write `name: value`", maxNames)
	}
	for _, e := range n.Map {
		if !legalVariable.MatchString(e.Key) || e.Key == "record" || e.Key == "ENV" {
			return wrong(&yamltext.Node{Line: e.Line}, "%q cannot be the name of a constant: use letters, digits and _; record and ENV are taken", e.Key)
		}
		r.known[e.Key] = true
		if e.Value.Kind == yamltext.List {
			texts, err := list(e.Value, 10_000)
			if err != nil {
				return err
			}
			values := make([]any, len(texts))
			for i := range texts {
				values[i] = texts[i]
			}
			to[e.Key] = values
			continue
		}
		value, err := text(e.Value)
		if err != nil {
			return err
		}
		if set, ok := r.options.Set[e.Key]; ok {
			value = set
		}
		to[e.Key] = value
	}
	return nil
}
