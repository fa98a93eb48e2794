package yamltext

import "github.com/goccy/go-yaml/ast"

// reader turns the parser's nodes into ours.
type reader struct {
	anchors map[string]*Node // that stand before, as YAML demands, so that nothing contains itself
}

func (r *reader) node(from ast.Node) (*Node, error) {
	switch n := from.(type) {
	case nil, *ast.CommentGroupNode:
		return &Node{Line: 1}, nil
	case *ast.NullNode:
		return &Node{Line: lineOf(n)}, nil
	case *ast.StringNode:
		return &Node{Kind: Scalar, Line: lineOf(n), Text: n.Value}, nil
	case *ast.LiteralNode:
		return &Node{Kind: Scalar, Line: lineOf(n), Text: n.Value.Value}, nil
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.InfinityNode, *ast.NanNode:
		return &Node{Kind: Scalar, Line: lineOf(n), Text: n.GetToken().Value}, nil
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
		return nil, refused(lineOf(from), "%s is not read here: write a value, a list or a mapping", from.Type())
	}
}

func (r *reader) list(n *ast.SequenceNode) (*Node, error) {
	list := &Node{Kind: List, Line: lineOf(n)}
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
	mapping := &Node{Kind: Map, Line: lineOf(n)}
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
			mapping.Line = key.Line
		}
		mapping.Map = append(mapping.Map, Entry{Key: key.Text, Line: key.Line, Value: value})
	}
	return mapping, nil
}

func (r *reader) key(from ast.MapKeyNode) (*Node, error) {
	if _, merge := from.(*ast.MergeKeyNode); merge {
		return nil, refused(lineOf(from), "merge key \"<<\" is not read here: write the keys out")
	}
	key, err := r.node(from)
	if err != nil {
		return nil, err
	}
	if key.Kind != Scalar {
		return nil, refused(lineOf(from), "a key that is no text: write `key: value`")
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
		return nil, refused(lineOf(n), "alias *%s: no anchor &%s stands before it; put text that begins with * in quotes", name, name)
	}
	there := *node
	there.Line = lineOf(n)
	return &there, nil
}

// tagged reads a scalar that is said to be text, which it is here anyway.
func (r *reader) tagged(n *ast.TagNode) (*Node, error) {
	node, err := r.node(n.Value)
	if err != nil {
		return nil, err
	}
	if tag := n.GetToken().Value; tag != "!!str" || node.Kind != Scalar {
		return nil, refused(lineOf(n), "tag %s is not read here: leave it out; put text that begins with ! in quotes", tag)
	}
	return node, nil
}

func lineOf(node ast.Node) int {
	if token := node.GetToken(); token != nil && token.Position != nil {
		return token.Position.Line
	}
	return 1
}
