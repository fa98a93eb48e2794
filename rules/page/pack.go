package page

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"sellerpulse/internal/yamltext"
)

// Pack is a rule file with what its comments say.
type Pack struct {
	Title    string
	Intro    string
	Sections []string // Markdown, each with its heading

	Name    string
	Figures string // the day on which the sources were last read
	Sources []Source
	Where   []Field
	Metrics []Definition
	Rules   []Definition
}

// Source is where figures are from.
type Source struct{ Text, Note string }

// Definition is a metric or a rule.
type Definition struct {
	Comment string
	Fields  []Field
	Figures []Figure // of a rule
}

// Field is a key with the values of its list, or its one value.
type Field struct {
	Key    string
	Values []string
	node   *yamltext.Node
}

// Figure is a number or a date of a rule, and how sure it is.
type Figure struct {
	Key, Value string
	Evidence   Evidence
}

// Read reads a rule file of a pack. An error names the line and what to write there.
func Read(file []byte) (*Pack, error) {
	documents, err := yamltext.Parse(file)
	if err != nil {
		return nil, err
	}
	if len(documents) != 1 || documents[0].Kind != yamltext.Map {
		return nil, fmt.Errorf("not one YAML document with keys: see the other packs")
	}
	r := reader{comments: commentsOf(string(file)), pack: new(Pack)}
	if err := r.header(); err != nil {
		return nil, err
	}
	for _, e := range documents[0].Map {
		if err := r.entry(e); err != nil {
			return nil, err
		}
	}
	return r.pack, nil
}

type reader struct {
	comments comments
	pack     *Pack
}

func (r *reader) header() error {
	title, rest, _ := strings.Cut(strings.Join(r.comments.header(), "\n"), "\n")
	parts := strings.Split(rest, "\n## ")
	if r.pack.Title, r.pack.Intro = title, strings.TrimSpace(parts[0]); title == "" || r.pack.Intro == "" {
		return at(1, `a pack without a title and a paragraph about it: begin with "# Title", "#", "# What it is."`)
	}
	for _, section := range parts[1:] {
		r.pack.Sections = append(r.pack.Sections, "## "+strings.TrimSpace(section))
	}
	return nil
}

func (r *reader) entry(e yamltext.Entry) (err error) {
	switch e.Key {
	case "pack":
		r.pack.Name = e.Value.Text
	case "figures":
		r.pack.Figures = e.Value.Text
	case "sources":
		return r.sources(e.Value.List)
	case "where":
		r.pack.Where = fields(e.Value)
	case "metrics":
		r.pack.Metrics, err = r.definitions(e.Value.List)
	case "rules":
		if r.pack.Rules, err = r.definitions(e.Value.List); err == nil {
			err = r.figures()
		}
	}
	return err
}

func (r *reader) sources(list []*yamltext.Node) error {
	for i, node := range list {
		note, ok := strings.CutPrefix(r.comments.after[node.Line], strconv.Itoa(i+1)+": ")
		if !ok {
			return at(node.Line, `a source without its number and reading: write behind it "# %d: read 2026-11-25"`, i+1)
		}
		r.pack.Sources = append(r.pack.Sources, Source{node.Text, note})
	}
	return nil
}

func (r *reader) definitions(list []*yamltext.Node) (all []Definition, err error) {
	var before Definition
	for _, node := range list {
		d := Definition{Comment: r.comments.above(node.Line), Fields: fields(node)}
		if d.Comment == "" && d.Text("name") == before.Text("name") {
			d.Comment = before.Comment // another version of the rule
		}
		if d.Comment == "" {
			return nil, at(node.Line, "%s has no comment: say above it what it is about", d.Text("name"))
		}
		all, before = append(all, d), d
	}
	return all, nil
}

// figureKeys are the keys of a rule whose values are the marketplace's.
var figureKeys = []string{"by", "from", "until", "window", "lag", "evaluate", "min_denominator", "min_misses", "target", "warn", "resolve", "levels"}

// figures finds the figures of the rules.
func (r *reader) figures() error {
	for i := range r.pack.Rules {
		d := &r.pack.Rules[i]
		for _, f := range d.Fields {
			if !slices.Contains(figureKeys, f.Key) {
				continue
			}
			if err := r.figure(d, f); err != nil {
				return err
			}
		}
	}
	return nil
}

func (r *reader) figure(d *Definition, f Field) error {
	add := func(line int, key, value string) error {
		evidence, err := parseEvidence(r.comments.after[line], len(r.pack.Sources))
		if err != nil {
			return at(line, "%s of %s: %v", f.Key, d.Text("name"), err)
		}
		d.Figures = append(d.Figures, Figure{key, value, evidence})
		return nil
	}
	if f.Key != "levels" {
		return add(f.node.Line, f.Key, strings.Join(f.Values, ", "))
	}
	for _, node := range f.node.List {
		level := Definition{Fields: fields(node)}
		if level.Text("target") == "" {
			continue // what is below all limits
		}
		if err := add(node.Line, "level "+level.Text("level"), level.Text("target")); err != nil {
			return err
		}
	}
	return nil
}

// Text is the value of a key; empty where it is not there.
func (d Definition) Text(key string) string { return strings.Join(d.Values(key), ", ") }

// Values are the values of a key.
func (d Definition) Values(key string) []string {
	for _, f := range d.Fields {
		if f.Key == key {
			return f.Values
		}
	}
	return nil
}

// list is the mappings in the list of a key.
func (d Definition) list(key string) (all []Definition) {
	for _, f := range d.Fields {
		if f.Key != key {
			continue
		}
		for _, node := range f.node.List {
			all = append(all, Definition{Fields: fields(node)})
		}
	}
	return all
}

func fields(node *yamltext.Node) (all []Field) {
	for _, e := range node.Map {
		all = append(all, Field{e.Key, texts(e.Value), e.Value})
	}
	return all
}

// texts are the texts of a value: of a list those of its elements, of a mapping each key and its values.
func texts(node *yamltext.Node) (all []string) {
	switch node.Kind {
	case yamltext.Scalar:
		return []string{node.Text}
	case yamltext.List:
		for _, element := range node.List {
			all = append(all, strings.Join(texts(element), " "))
		}
	case yamltext.Map:
		for _, e := range node.Map {
			all = append(all, e.Key+" "+strings.Join(texts(e.Value), " or "))
		}
	}
	return all
}

// at puts a line before a problem.
func at(line int, format string, args ...any) error {
	return fmt.Errorf("line %d: %s", line, fmt.Sprintf(format, args...))
}
