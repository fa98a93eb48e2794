package avrovalue

import (
	"fmt"
	"strings"

	schema "github.com/twmb/avro"
)

// maxSchemaBytes bounds a schema, which may be a stranger's. Its depth the library bounds.
const maxSchemaBytes = 1 << 20

// Schema reads what one writer's schema wrote. It is safe for concurrent use.
type Schema struct{ root part }

// part reads one part of a value. After an error it gives whatever it likes.
type part func(d *decoding) any

// Parse compiles a schema that stands alone. Its error tells what is wrong with it.
func Parse(text string) (*Schema, error) {
	if len(text) > maxSchemaBytes {
		return nil, fmt.Errorf("the schema is longer than %d bytes", maxSchemaBytes)
	}
	parsed, err := schema.Parse(text, schema.WithLaxNames(nil)) // Names are the writer's affair.
	if err != nil {
		return nil, err
	}
	c := compiler{named: map[string]*part{}}
	root, err := c.compile(parsed.Root(), "")
	return &Schema{root}, err
}

// compiler makes parts of a schema. A named type is compiled once, where it is defined, and may refer to itself.
type compiler struct{ named map[string]*part }

func (c *compiler) compile(n *schema.SchemaNode, namespace string) (part, error) {
	switch n.Type {
	case "union":
		return c.union(n, namespace)
	case "array":
		element, err := c.compile(n.Items, namespace)
		return array(element), err
	case "map":
		value, err := c.compile(n.Values, namespace)
		return object(value), err
	case "record", "error", "enum", "fixed":
		return c.define(n)
	}
	if p := scalar(n); p != nil {
		return p, nil
	}
	return c.reference(n.Type, namespace)
}

func (c *compiler) union(n *schema.SchemaNode, namespace string) (part, error) {
	branches := make([]part, len(n.Branches))
	for i := range n.Branches {
		var err error
		if branches[i], err = c.compile(&n.Branches[i], namespace); err != nil {
			return nil, err
		}
	}
	return union(branches), nil
}

// define compiles a type that has a name.
func (c *compiler) define(n *schema.SchemaNode) (part, error) {
	name, defined := fullName(n.Name, n.Namespace), new(part)
	c.named[name] = defined
	var err error
	switch n.Type {
	case "enum":
		*defined = enum(n.Symbols)
	case "fixed":
		*defined = fixed(n)
	default:
		*defined, err = c.record(n, namespaceIn(name))
	}
	return *defined, err
}

func (c *compiler) record(n *schema.SchemaNode, namespace string) (part, error) {
	fields := make([]field, len(n.Fields))
	for i := range n.Fields {
		f := &n.Fields[i]
		p, err := c.compile(&f.Type, namespace)
		if err != nil {
			return nil, err
		}
		fields[i] = field{f.Name, p}
	}
	return record(fields), nil
}

// reference is a named type that was defined before, or is just being.
func (c *compiler) reference(name, namespace string) (part, error) {
	found := c.named[fullName(name, namespace)]
	if found == nil {
		found = c.named[name]
	}
	if found == nil {
		return nil, fmt.Errorf("the schema has no type %q", name)
	}
	return func(d *decoding) any { return (*found)(d) }, nil
}

func fullName(name, namespace string) string {
	if namespace == "" || strings.Contains(name, ".") {
		return name
	}
	return namespace + "." + name
}

// namespaceIn is the namespace in which the names within a named type are.
func namespaceIn(full string) string { return full[:max(0, strings.LastIndexByte(full, '.'))] }
