package resolution

import (
	"bytes"
	"encoding/json"
	"slices"

	"sellerpulse/pkg/events"
	"sellerpulse/schemas"
)

// tolerable is whether an event that Java cannot resolve is understood all the same: a field that Avro has nothing to make of is null, which is absent
// to us, or is one that the event's kind does not have.
func (w *writer) tolerable(e *events.Event, value any) bool {
	written, ok := value.(object)
	if !ok {
		return false
	}
	var event, reader object
	if json.Unmarshal(events.AppendJSON(nil, e, false), &event) != nil || json.Unmarshal([]byte(schemas.Text(w.topic.String())), &reader) != nil {
		return false
	}
	for _, f := range reader["fields"].([]any) {
		name := f.(object)["name"].(string)
		v, given := written[name]
		if _, kept := event[name]; given && !fits(v, f.(object)["type"]) && (v == nil || !kept) {
			return true
		}
	}
	return false
}

// fits is whether a value can be read as a type of ours.
func fits(value, reader any) bool {
	switch r := reader.(type) {
	case []any:
		return slices.ContainsFunc(r, func(branch any) bool { return fits(value, branch) })
	case object:
		if r["type"] == "enum" {
			return slices.Contains(r["symbols"].([]any), value)
		}
		return fitsParts(value, r)
	}
	return (value == nil) == (reader == "null") && !isFixed(value)
}

// fitsParts is whether a value can be read as an array, a record or an instant of ours.
func fitsParts(value any, reader object) bool {
	switch v := value.(type) {
	case []any:
		return !slices.ContainsFunc(v, func(element any) bool { return !fits(element, reader["items"]) })
	case object:
		return !slices.ContainsFunc(reader["fields"].([]any), func(f any) bool { return !fits(v[f.(object)["name"].(string)], f.(object)["type"]) })
	}
	return value != nil && !isFixed(value)
}

// isFixed is whether a value is one that this package makes for a fixed type: zero bytes, which no text has.
func isFixed(value any) bool {
	b, ok := value.([]byte)
	return ok && (len(b) == 0 || b[0] == 0)
}

// unmarshal keeps numbers as they are written.
func unmarshal(line []byte, to any) error {
	d := json.NewDecoder(bytes.NewReader(line))
	d.UseNumber()
	return d.Decode(to)
}
