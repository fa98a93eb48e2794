package events

import (
	"fmt"

	"github.com/twmb/avro"

	"sellerpulse/schemas"
)

// reader is what resolution needs of a reader's schema: all that it has but what every one of ours has alike. A field that a writer's schema
// lacks, and the reader's has with a default, is one that the event does not have: that is what all defaults say.
type reader struct {
	topic      Topic
	fields     map[string]field // by name and by alias
	itemFields map[string]field // likewise, of an order's line
	aliases    map[string]bool  // those of the names that are aliases
	otherwise  [numFields]uint8 // of enums with a default: what an unknown symbol is; 0 for an error
}

// readers are the topics' newest schemas.
var readers = func() (all [NumTopics]*reader) {
	for t := range NumTopics {
		r, err := newReader(t, schemas.Text(t.String()))
		if err != nil {
			panic(fmt.Sprintf("read built-in schema %s: %v", t, err))
		}
		all[t] = r
	}
	return all
}()

var itemFieldsByName = map[string]field{"item_id": fieldItemID, "product_line": fieldProductLine, "quantity": fieldQuantity}

// newReader takes what resolution needs out of a schema of the topic.
func newReader(topic Topic, text string) (*reader, error) {
	schema, err := parseSchema(text)
	if err != nil {
		return nil, err
	}
	r := &reader{topic: topic, fields: map[string]field{}, itemFields: map[string]field{}, aliases: map[string]bool{}}
	for i := range schema.Fields {
		if err := r.take(&schema.Fields[i], fieldsByName[topic], r.fields); err != nil {
			return nil, err
		}
	}
	return r, nil
}

// take notes by which names a field is found, and what its type adds.
func (r *reader) take(f *avro.SchemaField, known, fields map[string]field) error {
	to, ok := known[f.Name]
	if !ok {
		return fmt.Errorf("the schema has a field %q, which events have not", f.Name)
	}
	fields[f.Name] = to
	for _, alias := range f.Aliases {
		fields[alias], r.aliases[alias] = to, true
	}
	for _, n := range append(f.Type.Branches, f.Type) {
		switch {
		case n.HasEnumDefault:
			r.otherwise[to] = codeOf(r.topic, to, n.EnumDefault)
		case n.Type == "array" && to == fieldItems:
			for i := range n.Items.Fields {
				if err := r.take(&n.Items.Fields[i], itemFieldsByName, r.itemFields); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// codeOf finds a symbol in a field's closed set; 0 is none.
func (r *reader) codeOf(f field, symbol string) uint8 {
	if code := codeOf(r.topic, f, symbol); code != 0 {
		return code
	}
	return r.otherwise[f]
}
