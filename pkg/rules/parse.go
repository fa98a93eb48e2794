package rules

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// Bounds of a rule file.
const (
	maxRules     = 64
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
			return nil, at(node, fmt.Errorf("a second rule %q; the first is in line %d: give each rule a name of its own", r.Name, first))
		}
		lines[r.Name] = lineOf(node)
		s.rules = append(s.rules, r)
	}
	return s, nil
}

// ruleList finds the list of rules in a file.
func ruleList(file []byte) ([]ast.Node, error) {
	if len(file) > maxFileBytes {
		return nil, fmt.Errorf("a rule file of %d bytes: it may have up to %d", len(file), maxFileBytes)
	}
	parsed, err := parser.ParseBytes(file, 0)
	if err != nil {
		return nil, syntaxError(err)
	}
	if len(parsed.Docs) != 1 || parsed.Docs[0].Body == nil {
		return nil, errors.New(`not one YAML document: begin with "rules:" and list the rules below it`)
	}
	fields, err := fieldsOf(parsed.Docs[0].Body, []string{"rules"})
	if err != nil {
		return nil, err
	}
	list, ok := fields["rules"].(*ast.SequenceNode)
	switch {
	case !ok || len(list.Values) == 0:
		return nil, at(parsed.Docs[0].Body, errors.New(`no rules: list them below "rules:", each after a dash`))
	case len(list.Values) > maxRules:
		return nil, at(list.Values[maxRules], fmt.Errorf("%d rules: there may be up to %d", len(list.Values), maxRules))
	}
	return list.Values, nil
}

// syntaxError says on one line what the YAML parser says on several.
func syntaxError(err error) error {
	var syntax *yaml.SyntaxError
	if !errors.As(err, &syntax) || syntax.Token == nil || syntax.Token.Position == nil {
		return fmt.Errorf("read YAML: %w", err)
	}
	return fmt.Errorf("line %d: not YAML: %s: put targets in quotes, and indent by spaces", syntax.Token.Position.Line, syntax.Message)
}

// fieldsOf reads a mapping whose keys are among those that are known.
func fieldsOf(node ast.Node, known []string) (map[string]ast.Node, error) {
	mapping, ok := node.(ast.MapNode)
	if !ok {
		return nil, at(node, fmt.Errorf("not a mapping: write one of %s and a colon", strings.Join(known, ", ")))
	}
	fields := map[string]ast.Node{}
	for pairs := mapping.MapRange(); pairs.Next(); {
		key, err := scalar(pairs.Key())
		if err != nil {
			return nil, at(node, err)
		}
		if !slices.Contains(known, key) {
			return nil, at(pairs.Key(), fmt.Errorf("unknown key %q: use %s", key, strings.Join(known, ", ")))
		}
		if _, ok := fields[key]; ok {
			return nil, at(pairs.Key(), fmt.Errorf("a second %q: remove one", key))
		}
		fields[key] = pairs.Value()
	}
	return fields, nil
}

// scalar is the text of a plain or quoted value.
func scalar(node ast.Node) (string, error) {
	switch n := node.(type) {
	case *ast.StringNode:
		return n.Value, nil
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode:
		return n.GetToken().Value, nil
	default:
		return "", errors.New("no plain value: write it on the key's line; a target goes in quotes")
	}
}

// at puts the line of a node before an error.
func at(node ast.Node, err error) error { return fmt.Errorf("line %d: %w", lineOf(node), err) }

func lineOf(node ast.Node) int {
	if mapping, ok := node.(*ast.MappingNode); ok && len(mapping.Values) > 0 {
		node = mapping.Values[0].Key
	}
	if token := node.GetToken(); token != nil && token.Position != nil {
		return token.Position.Line
	}
	return 1
}
