package events

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/linkedin/goavro/v2"
)

// Bounds of a writer's schema, which may be a stranger's.
const (
	maxSchemaBytes = 1 << 20
	maxSteps       = 10_000
)

// compile makes a topic's plan of a writer's schema.
func compile(topic Topic, text string) (*plan, error) {
	schema, err := parseSchema(text)
	if err != nil {
		return nil, err
	}
	root, err := newCompiler(topic).compile(schema, "", target{field: numFields, fields: fieldsByName[topic]})
	if err != nil {
		return nil, err
	}
	if root.wire != wireRecord {
		return nil, errors.New("the schema is not a record's")
	}
	return &plan{root.steps}, nil
}

// parseSchema gives the JSON of a schema, which is valid.
func parseSchema(text string) (schema any, err error) {
	if len(text) > maxSchemaBytes {
		return nil, fmt.Errorf("the schema is longer than %d bytes", maxSchemaBytes)
	}
	if _, err := goavro.NewCodec(text); err != nil {
		return nil, err
	}
	err = json.Unmarshal([]byte(text), &schema)
	return schema, err
}

// compiler turns the JSON of a schema that is known to be valid into steps.
type compiler struct {
	topic Topic
	named map[string]definition // by full name
	open  map[string]bool       // records that are being compiled: to meet one again is a recursion
	steps int
}

type definition struct {
	schema    map[string]any
	namespace string // that encloses it
}

func newCompiler(topic Topic) *compiler {
	return &compiler{topic: topic, named: map[string]definition{}, open: map[string]bool{}}
}

// target is where a value goes: a field, and the fields of a record by their names.
type target struct {
	field  field
	fields map[string]field
}

var skipped = target{field: numFields}

var itemFields = map[string]field{"item_id": fieldItemID, "product_line": fieldProductLine, "quantity": fieldQuantity}

var primitives = map[string]step{
	"null": {wire: wireNull}, "boolean": {wire: wireBool}, "int": {wire: wireLong}, "long": {wire: wireLong},
	"float": {wire: wireFixed, size: 4}, "double": {wire: wireFixed, size: 8},
	"bytes": {wire: wireBytes}, "string": {wire: wireBytes},
}

// compile makes the step of a schema.
func (c *compiler) compile(schema any, namespace string, to target) (step, error) {
	if c.steps++; c.steps > maxSteps {
		return step{}, fmt.Errorf("the schema has more than %d parts", maxSteps)
	}
	switch s := schema.(type) {
	case string:
		return c.reference(s, namespace, to)
	case []any:
		return c.union(s, namespace, to)
	case map[string]any:
		return c.object(s, namespace, to)
	}
	return step{}, fmt.Errorf("a schema is a %T", schema)
}

// reference is a primitive type, or a named one that was defined before.
func (c *compiler) reference(name, namespace string, to target) (step, error) {
	if s, ok := primitives[name]; ok {
		return c.aim(s, name, to), nil
	}
	found, ok := c.named[fullName(name, namespace)]
	if !ok {
		found, ok = c.named[name]
	}
	if !ok {
		return step{}, fmt.Errorf("the schema has no type %q", name)
	}
	return c.object(found.schema, found.namespace, to)
}

func (c *compiler) union(branches []any, namespace string, to target) (step, error) {
	s := step{wire: wireUnion, field: to.field}
	for _, b := range branches {
		part, err := c.compile(b, namespace, to)
		if err != nil {
			return step{}, err
		}
		s.steps = append(s.steps, part)
	}
	return s, nil
}

func (c *compiler) object(schema map[string]any, namespace string, to target) (step, error) {
	name, _ := schema["type"].(string)
	switch name {
	case "record", "error":
		return c.record(schema, namespace, to)
	case "enum":
		c.define(schema, namespace)
		return c.aim(step{wire: wireEnum, symbols: texts(schema["symbols"])}, name, to), nil
	case "fixed":
		c.define(schema, namespace)
		size, _ := schema["size"].(float64)
		return c.aim(step{wire: wireFixed, size: int(size)}, name, to), nil
	case "array":
		return c.blocks(wireArray, schema["items"], namespace, to)
	case "map":
		return c.blocks(wireMap, schema["values"], namespace, to)
	}
	if primitive, ok := primitives[name]; ok {
		if logical, ok := schema["logicalType"].(string); ok {
			name += " " + logical
		}
		return c.aim(primitive, name, to), nil
	}
	return c.compile(schema["type"], namespace, to)
}

func (c *compiler) record(schema map[string]any, namespace string, to target) (step, error) {
	name, inner := c.define(schema, namespace)
	if c.open[name] {
		return step{}, fmt.Errorf("the schema is recursive: %q holds itself", name)
	}
	c.open[name] = true
	defer delete(c.open, name)
	s := step{wire: wireRecord}
	list, _ := schema["fields"].([]any)
	for _, f := range list {
		declared, _ := f.(map[string]any)
		fieldName, _ := declared["name"].(string)
		part, err := c.compile(declared["type"], inner, aimOf(fieldName, to))
		if err != nil {
			return step{}, err
		}
		s.steps = append(s.steps, part)
	}
	return c.aim(s, "record", to), nil
}

// aimOf gives the target of a record's field.
func aimOf(name string, record target) target {
	f, ok := record.fields[name]
	if !ok {
		return skipped
	}
	if f == fieldItems {
		return target{field: f, fields: itemFields}
	}
	return target{field: f}
}

func (c *compiler) blocks(w wire, element any, namespace string, to target) (step, error) {
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

// define remembers a named type and gives its full name and the namespace within.
func (c *compiler) define(schema map[string]any, namespace string) (name, inner string) {
	inner = namespace
	if own, ok := schema["namespace"].(string); ok {
		inner = own
	}
	name, _ = schema["name"].(string)
	name = fullName(name, inner)
	if dot := strings.LastIndexByte(name, '.'); dot >= 0 {
		inner = name[:dot]
	}
	c.named[name] = definition{schema, namespace}
	return name, inner
}

func fullName(name, namespace string) string {
	if namespace == "" || strings.Contains(name, ".") {
		return name
	}
	return namespace + "." + name
}

func texts(list any) []string {
	var out []string
	values, _ := list.([]any)
	for _, v := range values {
		text, _ := v.(string)
		out = append(out, text)
	}
	return out
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
		s.codes = append(s.codes, codeOf(c.topic, to.field, symbol))
	}
	return s
}

// divisors gives the types of instants: how many of their units make a millisecond.
var divisors = map[string]int64{
	"int": 1, "long": 1, "long timestamp-millis": 1, "long timestamp-micros": 1_000, "long timestamp-nanos": 1_000_000,
}

// fits says whether a field of this shape can have this type.
func fits(s *step, typeName string, sh shape) bool {
	switch sh {
	case shapeInstant:
		return divisors[typeName] > 0
	case shapeFlag:
		return s.wire == wireBool
	case shapeCode:
		return s.wire == wireEnum || s.wire == wireBytes
	case shapeNumber:
		return s.wire == wireLong
	case shapeItems:
		return s.wire == wireArray && s.steps[0].wire == wireRecord
	case shapeTexts:
		return s.wire == wireArray && s.steps[0].wire == wireBytes
	}
	return s.wire == wireBytes
}
