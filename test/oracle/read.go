package oracle

import (
	"fmt"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
)

// Read reads a file of rules. Its error is of YAML, or of a key that is not in the language; whether the rules make sense is not its affair.
func Read(file []byte) (Pack, error) {
	var p Pack
	if err := yaml.UnmarshalWithOptions(file, &p, yaml.Strict()); err != nil {
		return Pack{}, fmt.Errorf("read rules: %w", err)
	}
	return p, nil
}

// Text is a plain value as it is written: 0.010 and 007 stay what they are.
type Text string

// UnmarshalYAML takes the text of a scalar.
func (t *Text) UnmarshalYAML(node ast.Node) error {
	switch n := node.(type) {
	case *ast.NullNode:
		*t = ""
	case *ast.StringNode:
		*t = Text(n.Value)
	case *ast.LiteralNode:
		*t = Text(n.Value.Value)
	case ast.ScalarNode:
		*t = Text(n.GetToken().Value)
	default:
		return fmt.Errorf("a %s where a text belongs, at %s", node.Type(), node.GetPath())
	}
	return nil
}

// Texts is one text or a list of them.
type Texts []Text

// UnmarshalYAML takes a scalar for a list of one.
func (t *Texts) UnmarshalYAML(node ast.Node) error {
	if sequence, ok := node.(*ast.SequenceNode); ok {
		*t = Texts{}
		for _, value := range sequence.Values {
			var text Text
			if err := text.UnmarshalYAML(value); err != nil {
				return err
			}
			*t = append(*t, text)
		}
		return nil
	}
	var text Text
	err := text.UnmarshalYAML(node)
	*t = Texts{text}
	return err
}

// UnmarshalYAML takes a scalar for a list of one window.
func (w *Windows) UnmarshalYAML(node ast.Node) error {
	if sequence, ok := node.(*ast.SequenceNode); ok {
		var choices []Choice
		err := yaml.NodeToValue(sequence, &choices, yaml.Strict())
		*w = choices
		return err
	}
	var text Text
	err := text.UnmarshalYAML(node)
	*w = Over(text)
	return err
}

// MarshalYAML writes one window as its text.
func (w Windows) MarshalYAML() (any, error) {
	if len(w) == 1 {
		return string(w[0].Days), nil
	}
	return []Choice(w), nil
}

// YAML is the pack as a file, which [Read] reads.
func (p *Pack) YAML() []byte {
	file, err := yaml.Marshal(p)
	if err != nil {
		panic(fmt.Sprintf("oracle: write rules: %v", err)) // It writes to memory.
	}
	return file
}
