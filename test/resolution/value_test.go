package resolution

import (
	"fmt"

	"sellerpulse/pkg/events"
)

// value is some value of the writer's schema, such as an event has where the field is one of ours.
func (w *writer) value() any { return w.valueOf("", w.schema, object{}, 0) }

func (w *writer) valueOf(field string, schema any, known object, depth int) any {
	switch s := schema.(type) {
	case []any:
		i := w.IntN(len(s))
		for w.IntN(3) > 0 && s[i] == "null" { // Null is rare.
			i = w.IntN(len(s))
		}
		if depth > 8 {
			i = indexOfNull(s)
		}
		return w.valueOf(field, s[i], known, depth)
	case string:
		if named, ok := known[s]; ok {
			return w.valueOf(field, named, known, depth)
		}
		return w.primitive(field, s)
	case object:
		return w.complex(field, s, known, depth)
	}
	panic(fmt.Sprintf("a schema is a %T", schema))
}

func indexOfNull(union []any) int {
	for i := range union {
		if union[i] == "null" {
			return i
		}
	}
	return 0
}

func (w *writer) complex(field string, s object, known object, depth int) any {
	switch s["type"] {
	case "record":
		known[s["name"].(string)] = s
		out := object{}
		for _, f := range s["fields"].([]any) {
			f := f.(object)
			out[f["name"].(string)] = w.valueOf(f["name"].(string), f["type"], known, depth+1)
		}
		return out
	case "enum":
		symbols := s["symbols"].([]any)
		return symbols[w.IntN(len(symbols))]
	case "fixed":
		return make([]byte, s["size"].(int))
	case "array", "map":
		return w.several(field, s, known, depth)
	}
	return w.primitive(field, s["type"].(string))
}

func (w *writer) several(field string, s object, known object, depth int) any {
	n := w.IntN(3)
	if depth > 4 {
		n = 0
	}
	list, named := []any{}, object{}
	for i := range n {
		if s["type"] == "map" {
			named[fmt.Sprint("k", i)] = w.valueOf(field, s["values"], known, depth+1)
		} else {
			list = append(list, w.valueOf(field, s["items"], known, depth+1))
		}
	}
	if s["type"] == "map" {
		return named
	}
	return list
}

// texts of closed sets, where the schema has a string for them.
var texts = map[string][]string{
	"channel": {"AFN", "MFN", "FBA"}, "cancelled_by": {"SELLER", "BUYER"}, "category": {"FRAUD", "SERVICE"}, "answer": {"CLOSED", "REFUNDED"},
	"reason": {"OTHER", "DAMAGED", "OUT_OF_STOCK"}, "metrics": {"late_shipment_rate", "valid_tracking_rate"},
}

func (w *writer) primitive(field, kind string) any {
	switch kind {
	case "null":
		return nil
	case "boolean":
		return w.chance(2)
	case "int":
		return int32(w.IntN(7))
	case "long":
		if unit := w.units[field]; unit > 0 {
			return int64(w.IntN(100_000_000))*unit + int64(w.IntN(int(unit)))
		}
		return int64(w.IntN(7))
	case "float":
		return w.Float32()
	case "double":
		return w.Float64()
	case "bytes":
		return []byte(w.text(field))
	}
	return w.text(field)
}

func (w *writer) text(field string) string {
	if field == "kind" {
		kinds := []string{"SENT"}
		for k := events.Kind(1); k < events.NumKinds; k++ {
			if k.Topic() == w.topic {
				kinds = append(kinds, k.String())
			}
		}
		return kinds[w.IntN(len(kinds))]
	}
	if known := texts[field]; known != nil {
		return known[w.IntN(len(known))]
	}
	return []string{"a", "bcd", "é€", "x y"}[w.IntN(4)]
}
