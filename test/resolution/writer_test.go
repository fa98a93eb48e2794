package resolution

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"

	"sellerpulse/pkg/events"
	"sellerpulse/schemas"
)

// object is a JSON object: a schema, a field of it, or a value.
type object = map[string]any

// writer makes a producer's schema of one of ours, and values by it.
type writer struct {
	*rand.Rand
	topic  events.Topic
	loose  bool             // beyond what the specification resolves
	units  map[string]int64 // of fields with instants: how many make a millisecond
	named  int
	schema any
}

// newWriter makes a schema: ours with its fields in another order, with other types and lacking some, and with others between them.
func newWriter(r *rand.Rand, topic events.Topic, loose bool) *writer {
	w := &writer{Rand: r, topic: topic, loose: loose, units: map[string]int64{}}
	var schema object
	if err := json.Unmarshal([]byte(schemas.Text(topic.String())), &schema); err != nil {
		panic(err)
	}
	w.schema = w.record(schema)
	if w.chance(5) {
		w.schema = w.shuffled([]any{"null", w.schema, object{"type": "record", "name": "other.Thing", "fields": []any{object{"name": "x", "type": "int"}}}})
	}
	return w
}

func (w *writer) chance(in int) bool { return w.IntN(in) == 0 }

func (w *writer) shuffled(list []any) []any {
	w.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
	return list
}

func (w *writer) record(reader object) object {
	var fields []any
	for _, f := range reader["fields"].([]any) {
		f := f.(object)
		name := f["name"].(string)
		if w.chance(30) {
			continue // Where it has no default, Avro cannot resolve it, and the event lacks what it needs.
		}
		fields = append(fields, object{"name": name, "type": w.changed(name, f["type"])})
	}
	for range w.IntN(4) {
		fields = append(fields, object{"name": w.name("extra"), "type": w.anyType(3)})
	}
	return object{"type": "record", "name": reader["name"], "namespace": "sellerpulse", "fields": w.shuffled(fields)}
}

func (w *writer) name(of string) string {
	w.named++
	return fmt.Sprintf("%s%d", of, w.named)
}

// changed is another type that Avro resolves to the reader's, and that may be the same; loose, also one that only events are read by.
func (w *writer) changed(name string, reader any) any {
	switch r := reader.(type) {
	case []any: // With null first, in ours.
		inner := w.changed(name, r[1])
		if w.chance(3) {
			return inner
		}
		union := []any{"null", inner}
		if w.chance(8) {
			union = append(union, object{"type": "fixed", "name": w.name("Fixed"), "size": 2})
		}
		return w.shuffled(union)
	case string:
		return w.otherPrimitive(r)
	case object:
		return w.otherType(name, r)
	}
	panic(fmt.Sprintf("a schema is a %T", reader))
}

func (w *writer) otherPrimitive(reader string) any {
	if reader == "int" && w.loose && w.chance(2) {
		return "long"
	}
	if reader != "string" {
		return reader
	}
	return []any{"string", "string", "bytes", object{"type": "string", "avro.java.string": "String"}}[w.IntN(4)]
}

func (w *writer) otherType(name string, reader object) any {
	switch reader["type"] {
	case "enum":
		symbols := w.shuffled(slices.Clone(reader["symbols"].([]any)))
		if w.chance(5) {
			symbols = symbols[:1+w.IntN(len(symbols))]
		}
		if w.chance(5) {
			symbols = append([]any{"UNHEARD_OF"}, symbols...)
		}
		if w.loose && w.chance(3) {
			return "string"
		}
		return object{"type": "enum", "name": reader["name"], "namespace": "sellerpulse", "symbols": symbols}
	case "array":
		items := w.changed(name, reader["items"])
		if w.chance(6) {
			items = w.shuffled([]any{"null", items})
		}
		return object{"type": "array", "items": items}
	case "record":
		return w.record(reader)
	}
	if reader["logicalType"] == "timestamp-millis" {
		return w.otherInstant(name)
	}
	return reader["type"]
}

func (w *writer) otherInstant(name string) any {
	units := []struct {
		kind any
		unit int64
	}{
		{"long", 1},
		{"int", 1},
		{object{"type": "long", "logicalType": "timestamp-millis"}, 1},
		{object{"type": "long", "logicalType": "local-timestamp-millis"}, 1},
		{object{"type": "long", "logicalType": "of-their-own"}, 1},
		{object{"type": "long", "logicalType": "timestamp-micros"}, 1_000},
		{object{"type": "long", "logicalType": "local-timestamp-micros"}, 1_000},
		{object{"type": "long", "logicalType": "timestamp-nanos"}, 1_000_000},
	}
	u := units[w.IntN(len(units))]
	w.units[name] = u.unit
	return u.kind
}

// anyType is some type that is none of ours.
func (w *writer) anyType(depth int) any {
	if depth == 0 || w.chance(2) {
		return []any{"null", "boolean", "int", "long", "float", "double", "string", "bytes"}[w.IntN(8)]
	}
	switch w.IntN(6) {
	case 0:
		return object{"type": "array", "items": w.anyType(depth - 1)}
	case 1:
		return object{"type": "map", "values": w.anyType(depth - 1)}
	case 2:
		return object{"type": "fixed", "name": w.name("Fixed"), "size": w.IntN(4)}
	case 3:
		return object{"type": "enum", "name": w.name("Enum"), "symbols": []any{"A", "B"}}
	case 4: // It holds itself.
		name := w.name("Tree")
		return object{"type": "record", "name": name, "fields": []any{
			object{"name": "leaf", "type": w.anyType(depth - 1)}, object{"name": "next", "type": []any{"null", name}}, object{"name": "all", "type": object{"type": "array", "items": name}},
		}}
	}
	return []any{"null", object{"type": "record", "name": w.name("Part"), "fields": []any{object{"name": "a", "type": w.anyType(depth - 1)}, object{"name": "b", "type": "string"}}}}
}
