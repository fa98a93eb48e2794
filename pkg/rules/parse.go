package rules

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"sellerpulse/internal/yamltext"
)

// Bounds of a rule file.
const (
	MaxRules     = 64
	MaxNameBytes = 64 // of the name of a rule
	maxFileBytes = 64 << 10
)

// Parse reads a rule file, of the form of builtin.yaml, and checks it against the days for which orders are kept. An error names the
// line and what to write there.
func Parse(file []byte, retentionDays int) (*Set, error) {
	list, err := ruleList(file)
	if err != nil {
		return nil, err
	}
	s := new(Set)
	lines := map[string]int{}
	for _, node := range list {
		r, err := parseRule(node, retentionDays)
		if err != nil {
			return nil, err
		}
		if first, ok := lines[r.Name]; ok {
			return nil, at(node.Line, fmt.Errorf("a second rule %q; the first is in line %d: give each rule a name of its own", r.Name, first))
		}
		lines[r.Name] = node.Line
		s.named = append(s.named, &Named{Name: r.Name, Versions: []*Rule{r}})
	}
	return s, nil
}

// ruleList finds the list of rules in a file.
func ruleList(file []byte) ([]*yamltext.Node, error) {
	if len(file) > maxFileBytes {
		return nil, fmt.Errorf("a rule file of %d bytes: it may have up to %d", len(file), maxFileBytes)
	}
	documents, err := yamltext.Parse(file)
	if err != nil {
		return nil, err
	}
	if len(documents) != 1 || documents[0].Kind == yamltext.Null {
		return nil, errors.New(`not one YAML document: begin with "rules:" and list the rules below it`)
	}
	fields, err := fieldsOf(documents[0], []string{"rules"})
	if err != nil {
		return nil, err
	}
	list := fields["rules"]
	switch {
	case list == nil || len(list.List) == 0:
		return nil, at(documents[0].Line, errors.New(`no rules: list them below "rules:", each after a dash`))
	case len(list.List) > MaxRules:
		return nil, at(list.List[MaxRules].Line, fmt.Errorf("%d rules: there may be up to %d", len(list.List), MaxRules))
	}
	return list.List, nil
}

// fieldsOf reads a mapping whose keys are among those that are known.
func fieldsOf(node *yamltext.Node, known []string) (map[string]*yamltext.Node, error) {
	if node.Kind != yamltext.Map {
		return nil, at(node.Line, fmt.Errorf("not a mapping: write one of %s and a colon", strings.Join(known, ", ")))
	}
	fields := map[string]*yamltext.Node{}
	for _, e := range node.Map {
		if !slices.Contains(known, e.Key) {
			return nil, at(e.Line, fmt.Errorf("unknown key %q: use %s", e.Key, strings.Join(known, ", ")))
		}
		if _, ok := fields[e.Key]; ok {
			return nil, at(e.Line, fmt.Errorf("a second %q: remove one", e.Key))
		}
		fields[e.Key] = e.Value
	}
	return fields, nil
}

// scalar is the text of a plain or quoted value.
func scalar(node *yamltext.Node) (string, error) {
	if node.Kind != yamltext.Scalar {
		return "", errors.New("no plain value: write it on the key's line; a target goes in quotes")
	}
	return node.Text, nil
}

// at puts a line before an error.
func at(line int, err error) error { return fmt.Errorf("line %d: %w", line, err) }
