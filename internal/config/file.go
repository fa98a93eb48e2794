package config

import (
	"errors"
	"fmt"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// entry is what a file says of a flag.
type entry struct {
	value string
	line  int
}

// parse reads a file of scalars and lists of scalars.
func parse(name string, text []byte, known func(string) bool) (map[string]entry, error) {
	file, err := parser.ParseBytes(text, 0)
	if err != nil {
		return nil, syntaxError(name, err)
	}
	entries := map[string]entry{}
	for _, document := range file.Docs {
		values, err := mapping(name, document.Body)
		if err != nil {
			return nil, err
		}
		for _, v := range values {
			if err := add(entries, name, v, known); err != nil {
				return nil, err
			}
		}
	}
	return entries, nil
}

func syntaxError(name string, err error) error {
	var syntax *yaml.SyntaxError
	if errors.As(err, &syntax) {
		return fmt.Errorf("%s:%d: %s", name, syntax.Token.Position.Line, syntax.Message)
	}
	return fmt.Errorf("%s: %s", name, strings.SplitN(err.Error(), "\n", 2)[0])
}

// mapping is the keys and values of a document, none for an empty one.
func mapping(name string, body ast.Node) ([]*ast.MappingValueNode, error) {
	switch node := body.(type) {
	case nil, *ast.NullNode, *ast.CommentGroupNode:
		return nil, nil
	case *ast.MappingNode:
		return node.Values, nil
	case *ast.MappingValueNode:
		return []*ast.MappingValueNode{node}, nil
	}
	return nil, fmt.Errorf("%s:%d: not a list of `flag: value`", name, line(body))
}

func add(entries map[string]entry, name string, v *ast.MappingValueNode, known func(string) bool) error {
	key, at := v.Key.GetToken().Value, line(v.Key)
	if !known(key) {
		return fmt.Errorf("%s:%d: unknown key %q: the keys are the names of flags, without dashes in front", name, at, key)
	}
	if earlier, twice := entries[key]; twice {
		return fmt.Errorf("%s:%d: %q is set already in line %d", name, at, key, earlier.line)
	}
	value, err := text(v.Value)
	if err != nil {
		return fmt.Errorf("%s:%d: %s: %w", name, at, key, err)
	}
	entries[key] = entry{value: value, line: at}
	return nil
}

// text is a value as it would be written on a command line; the elements of a list are joined by commas.
func text(node ast.Node) (string, error) {
	switch n := node.(type) {
	case *ast.StringNode:
		return n.Value, nil
	case *ast.LiteralNode:
		return strings.TrimSuffix(n.Value.Value, "\n"), nil
	case *ast.NullNode:
		return "", errors.New("no value")
	case *ast.SequenceNode:
		var parts []string
		for _, element := range n.Values {
			part, err := text(element)
			if err != nil {
				return "", err
			}
			parts = append(parts, part)
		}
		return strings.Join(parts, ","), nil
	case ast.ScalarNode:
		return n.GetToken().Value, nil
	}
	return "", errors.New("neither a scalar nor a list of scalars")
}

func line(node ast.Node) int { return node.GetToken().Position.Line }
