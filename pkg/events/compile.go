package events

import (
	"errors"
	"fmt"

	"github.com/twmb/avro"
)

// compile makes a topic's plan of a writer's schema: a record's, or a union's of several.
func compile(topic Topic, text string) (*plan, error) { return readers[topic].compile(text) }

// compile makes the plan by which what the writer's schema wrote is read, as Avro's rules of schema resolution have it.
func (r *reader) compile(text string) (*plan, error) {
	schema, err := parseSchema(text)
	if err != nil {
		return nil, err
	}
	root, err := newCompiler(r).compile(schema, "", target{field: numFields, fields: r.fields})
	if err != nil {
		return nil, err
	}
	if !root.can(wireRecord) {
		return nil, errors.New("the schema is not a record's")
	}
	return &plan{root}, nil
}

// compiler turns a writer's schema into steps.
type compiler struct {
	reader *reader
	named  map[string]*avro.SchemaNode // by full name
	open   map[string]*step            // records that are being compiled: to meet one again is a recursion
	steps  int
}

func newCompiler(r *reader) *compiler {
	return &compiler{reader: r, named: map[string]*avro.SchemaNode{}, open: map[string]*step{}}
}

// target is where a value goes: a field, and the fields of a record by their names.
type target struct {
	field  field
	fields map[string]field
}

var skipped = target{field: numFields}

var primitives = map[string]step{
	"null": {wire: wireNull}, "boolean": {wire: wireBool}, "int": {wire: wireLong}, "long": {wire: wireLong},
	"float": {wire: wireFixed, size: 4}, "double": {wire: wireFixed, size: 8},
	"bytes": {wire: wireBytes}, "string": {wire: wireBytes},
}

// compile makes the step of a schema.
func (c *compiler) compile(n *avro.SchemaNode, namespace string, to target) (step, error) {
	if c.steps++; c.steps > maxSteps {
		return step{}, fmt.Errorf("the schema has more than %d parts", maxSteps)
	}
	switch n.Type {
	case "union":
		return c.union(n, namespace, to)
	case "record", "error":
		return c.record(n, to)
	case "enum":
		c.named[fullNameOf(n)] = n
		return c.aim(step{wire: wireEnum, symbols: n.Symbols}, n.Type, to), nil
	case "fixed":
		c.named[fullNameOf(n)] = n
		return c.aim(step{wire: wireFixed, size: n.Size}, n.Type, to), nil
	case "array":
		return c.blocks(wireArray, n.Items, namespace, to)
	case "map":
		return c.blocks(wireMap, n.Values, namespace, to)
	}
	if primitive, ok := primitives[n.Type]; ok {
		return c.aim(primitive, typeName(n), to), nil
	}
	return c.reference(n.Type, namespace, to)
}

// reference is a named type that was defined before.
func (c *compiler) reference(name, namespace string, to target) (step, error) {
	full := fullName(name, namespace)
	found, ok := c.named[full]
	if !ok {
		full, found = name, c.named[name]
	}
	if found == nil {
		return step{}, fmt.Errorf("the schema has no type %q", name)
	}
	if within := c.open[full]; within != nil {
		return c.aim(step{wire: wireAgain, again: within}, "recursive record", to), nil
	}
	return c.compile(found, namespaceIn(full), to)
}

func (c *compiler) union(n *avro.SchemaNode, namespace string, to target) (step, error) {
	s := step{wire: wireUnion, field: to.field}
	for i := range n.Branches {
		part, err := c.compile(&n.Branches[i], namespace, to)
		if err != nil {
			return step{}, err
		}
		s.steps = append(s.steps, part)
	}
	return s, nil
}

// record leaves out parts that are skipped and take no bytes, so that what is done for a value is bounded by its length.
func (c *compiler) record(n *avro.SchemaNode, to target) (step, error) {
	name, s := fullNameOf(n), &step{wire: wireRecord}
	c.named[name], c.open[name] = n, s
	defer delete(c.open, name)
	for i := range n.Fields {
		f := &n.Fields[i]
		part, err := c.compile(&f.Type, namespaceIn(name), c.aimOf(f.Name, n, to))
		if err != nil {
			return step{}, err
		}
		if part.field != numFields || !part.empty() {
			s.steps = append(s.steps, part)
		}
	}
	*s = c.aim(*s, "record", to)
	return *s, nil
}

// aimOf gives the target of a record's field. A field of the reader's own name goes before one by an alias.
func (c *compiler) aimOf(name string, n *avro.SchemaNode, record target) target {
	f, ok := record.fields[name]
	if !ok || c.reader.aliases[name] && hasField(n, f.nameIn(c.reader.topic)) {
		return skipped
	}
	if f == fieldItems {
		return target{field: f, fields: c.reader.itemFields}
	}
	return target{field: f}
}

func hasField(n *avro.SchemaNode, name string) bool {
	for i := range n.Fields {
		if n.Fields[i].Name == name {
			return true
		}
	}
	return false
}

func (c *compiler) blocks(w wire, element *avro.SchemaNode, namespace string, to target) (step, error) {
	s, err := c.compile(element, namespace, target{field: numFields, fields: to.fields})
	if err != nil {
		return step{}, err
	}
	name := "array"
	if w == wireMap {
		name = "map"
	}
	return c.aim(step{wire: w, steps: []step{s}}, name, to), nil
}

// aim points a step at its field, if the field can have its type.
func (c *compiler) aim(s step, typeName string, to target) step {
	s.field = to.field
	if to.field == numFields || s.wire == wireNull {
		return s
	}
	if !fits(&s, typeName, shapes[to.field]) {
		s.illType = "of type " + typeName
	}
	s.divisor = divisors[typeName]
	for _, symbol := range s.symbols {
		s.codes = append(s.codes, c.reader.codeOf(to.field, symbol))
	}
	return s
}
