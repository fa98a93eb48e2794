package yamltext

import (
	"bytes"
	"errors"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"

	"sellerpulse/internal/plaintext"
)

// Parse reads the documents of a file; an empty one is Null. Its error is an *Error.
func Parse(text []byte) ([]*Node, error) {
	text, err := plaintext.Trim(text)
	if err != nil {
		return nil, refused(1, 1, "%v", err)
	}
	if err := checkCharacters(text); err != nil {
		return nil, err
	}
	file, err := parser.ParseBytes(text, 0)
	if err != nil {
		return nil, syntaxError(err)
	}
	var documents []*Node
	for _, document := range file.Docs {
		if _, directive := document.Body.(*ast.DirectiveNode); directive {
			continue
		}
		r := reader{anchors: map[string]*Node{}}
		node, err := r.node(document.Body)
		if err != nil {
			return nil, err
		}
		documents = append(documents, node)
	}
	return documents, nil
}

// checkCharacters refuses what YAML has no place for, and the parser would take for text.
func checkCharacters(text []byte) error {
	for number := 1; len(text) > 0; number++ {
		line, rest, _ := bytes.Cut(text, []byte{'\n'})
		if !utf8.Valid(line) {
			return refused(number, 1, "it is not UTF-8: save the file as UTF-8")
		}
		if i := bytes.IndexFunc(line, forbidden); i >= 0 {
			return refused(number, i+1, "control character %#02x: remove it", line[i])
		}
		text = rest
	}
	return nil
}

func forbidden(c rune) bool { return c < ' ' && c != '\t' && c != '\r' || c == 0x7f }

// syntaxError says on one line what the YAML parser says on several.
func syntaxError(err error) error {
	const remedy = "indent by spaces, and put text with other signs than letters and digits in quotes"
	var syntax *yaml.SyntaxError
	if !errors.As(err, &syntax) || syntax.Token == nil || syntax.Token.Position == nil {
		return refused(1, 1, "not YAML: %s: %s", strings.SplitN(err.Error(), "\n", 2)[0], remedy)
	}
	problem := strings.ReplaceAll(syntax.Message, "'\t'", "tab")
	return refused(syntax.Token.Position.Line, syntax.Token.Position.Column, "not YAML: %s: %s", problem, remedy)
}
