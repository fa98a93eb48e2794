package enginetest

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"testing"
)

// Shape is which fields some JSON has.
type Shape map[string]Shape

// ShapeOf is that of JSON, of a list's elements together.
func ShapeOf(t testing.TB, text []byte) Shape {
	t.Helper()
	return shapeOf(decode(t, text))
}

func shapeOf(v any) Shape {
	shape := Shape{}
	switch v := v.(type) {
	case map[string]any:
		for key, value := range v {
			shape[key] = shapeOf(value)
		}
	case []any:
		for _, element := range v {
			shape.add(shapeOf(element))
		}
	}
	return shape
}

func (s Shape) add(o Shape) {
	for key, of := range o {
		if s[key] == nil {
			s[key] = Shape{}
		}
		s[key].add(of)
	}
}

// Line is JSON as a line to compare by: sorted by field, with those fields that the shape has, without those that are null.
func (s Shape) Line(t testing.TB, text []byte) string {
	t.Helper()
	line, err := json.Marshal(s.prune(decode(t, text)))
	if err != nil {
		t.Fatal(err)
	}
	return string(line)
}

func (s Shape) prune(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for _, key := range slices.Collect(maps.Keys(v)) {
			of, has := s[key]
			if v[key] = of.prune(v[key]); !has && len(s) > 0 || v[key] == nil {
				delete(v, key)
			}
		}
	case []any:
		for i := range v {
			v[i] = s.prune(v[i])
		}
	}
	return v
}

// Lines are the elements of a list in an object, each as a line.
func (s Shape) Lines(t testing.TB, text []byte, list string) (lines []string) {
	t.Helper()
	object, _ := decode(t, text).(map[string]any)
	elements, _ := object[list].([]any)
	for _, element := range elements {
		line, err := json.Marshal(s[list].prune(element))
		if err != nil {
			t.Fatal(err)
		}
		lines = append(lines, string(line))
	}
	return lines
}

func decode(t testing.TB, text []byte) (v any) {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	if err := d.Decode(&v); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	return v
}

// JSONOf is a value as JSON.
func JSONOf(t testing.TB, v any) []byte {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return text
}
