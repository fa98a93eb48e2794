package yamltext

import "github.com/goccy/go-yaml/ast"

// reader turns the parser's nodes into ours.
type reader struct {
	anchors map[string]*Node // that stand before, as YAML demands, so that nothing contains itself
}

func (r *reader) node(from ast.Node) (*Node, error) {
	switch n := from.(type) {
	case nil, *ast.CommentGroupNode:
		return &Node{Line: 1, Column: 1}, nil
	case *ast.NullNode:
		return node(Null, n), nil
	case *ast.StringNode:
		return scalar(n, n.Value), nil
	case *ast.LiteralNode:
		return scalar(n, n.Value.Value), nil
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.InfinityNode, *ast.NanNode:
		return scalar(n, n.GetToken().Value), nil
	case *ast.SequenceNode:
		return r.list(n)
	case *ast.MappingNode:
		return r.mapping(n, n.Values)
	case *ast.MappingValueNode:
		return r.mapping(n, []*ast.MappingValueNode{n})
	case *ast.MappingKeyNode: // "? key"
		return r.node(n.Value)
	case *ast.AnchorNode:
		return r.anchor(n)
	case *ast.AliasNode:
		return r.alias(n)
	case *ast.TagNode:
		return r.tagged(n)
	default:
		return nil, refusedAt(from, "%s is not read here: write a value, a list or a mapping", from.Type())
	}
}

func (r *reader) list(n *ast.SequenceNode) (*Node, error) {
	list := node(List, n)
	for _, value := range n.Values {
		element, err := r.node(value)
		if err != nil {
			return nil, err
		}
		list.List = append(list.List, element)
	}
	return list, nil
}

func (r *reader) mapping(n ast.Node, values []*ast.MappingValueNode) (*Node, error) {
	mapping := node(Map, n)
	for i, v := range values {
		key, err := r.key(v.Key)
		if err != nil {
			return nil, err
		}
		value, err := r.node(v.Value)
		if err != nil {
			return nil, err
		}
		if i == 0 {
			mapping.Line, mapping.Column = key.Line, key.Column
		}
		mapping.Map = append(mapping.Map, Entry{Key: key.Text, Line: key.Line, Column: key.Column, Value: value})
	}
	return mapping, nil
}

func (r *reader) key(from ast.MapKeyNode) (*Node, error) {
	if _, merge := from.(*ast.MergeKeyNode); merge {
		return nil, refusedAt(from, "merge key \"<<\" is not read here: write the keys out")
	}
	key, err := r.node(from)
	if err != nil {
		return nil, err
	}
	if key.Kind != Scalar {
		return nil, refusedAt(from, "a key that is no text: write `key: value`")
	}
	return key, nil
}

func (r *reader) anchor(n *ast.AnchorNode) (*Node, error) {
	node, err := r.node(n.Value)
	if err != nil {
		return nil, err
	}
	r.anchors[n.Name.GetToken().Value] = node
	return node, nil
}

// alias is what its anchor is, in the alias's line.
func (r *reader) alias(n *ast.AliasNode) (*Node, error) {
	name := n.Value.GetToken().Value
	node, ok := r.anchors[name]
	if !ok {
		return nil, refusedAt(n, "alias *%s: no anchor &%s stands before it; put text that begins with * in quotes", name, name)
	}
	there := *node
	there.Line, there.Column = place(n)
	return &there, nil
}

// tagged reads a scalar that is said to be text, which it is here anyway.
func (r *reader) tagged(n *ast.TagNode) (*Node, error) {
	node, err := r.node(n.Value)
	if err != nil {
		return nil, err
	}
	if tag := n.GetToken().Value; tag != "!!str" || node.Kind != Scalar {
		return nil, refusedAt(n, "tag %s is not read here: leave it out; put text that begins with ! in quotes", tag)
	}
	return node, nil
}

// node is an empty node of a kind, where another stands.
func node(k Kind, at ast.Node) *Node {
	n := &Node{Kind: k}
	n.Line, n.Column = place(at)
	return n
}

func scalar(at ast.Node, text string) *Node {
	n := node(Scalar, at)
	n.Text = text
	return n
}

func refusedAt(node ast.Node, format string, args ...any) error {
	line, column := place(node)
	return refused(line, column, format, args...)
}

func place(node ast.Node) (line, column int) {
	if token := node.GetToken(); token != nil && token.Position != nil {
		return token.Position.Line, token.Position.Column
	}
	return 1, 1
}
