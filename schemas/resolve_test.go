package schemas

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/linkedin/goavro/v2"
)

// schema is the JSON of a schema, with its named types.
type schema struct {
	root  any
	named map[string]map[string]any // by short name, which is unique in a file
}

func parseSchema(text string) (*schema, error) {
	root, err := decodeJSON(text)
	if err != nil {
		return nil, err
	}
	s := &schema{root: root, named: map[string]map[string]any{}}
	s.collect(root)
	return s, nil
}

func (s *schema) collect(part any) {
	switch p := part.(type) {
	case []any:
		for _, x := range p {
			s.collect(x)
		}
	case map[string]any:
		if name, ok := p["name"].(string); ok && (p["symbols"] != nil || p["fields"] != nil) {
			s.named[name] = p
		}
		for _, x := range p {
			s.collect(x)
		}
	}
}

// kindOf gives the kind of a type, its logical type and its attributes.
func (s *schema) kindOf(part any) (kind, logical string, attributes map[string]any) {
	switch p := part.(type) {
	case []any:
		return "union", "", nil
	case string:
		if named, ok := s.named[p]; ok {
			return s.kindOf(named)
		}
		return p, "", nil
	case map[string]any:
		kind, _ = p["type"].(string)
		logical, _ = p["logicalType"].(string)
		return kind, logical, p
	}
	return "", "", nil
}

// promotions are the types that a reader of another one can have; a type can always be read as itself.
var promotions = map[string][]string{
	"int": {"long", "float", "double"}, "long": {"float", "double"}, "float": {"double"}, "string": {"bytes"}, "bytes": {"string"},
}

// resolveValue gives a value that writer's type w holds as reader's type r has it, by the rules of the specification.
func resolveValue(v any, writer *schema, w any, reader *schema, r any) (any, error) {
	if union, ok := w.([]any); ok {
		return resolveFromUnion(v, writer, union, reader, r)
	}
	if union, ok := r.([]any); ok {
		return resolveToUnion(v, writer, w, reader, union)
	}
	wKind, wLogical, wParts := writer.kindOf(w)
	rKind, rLogical, rParts := reader.kindOf(r)
	if wKind != rKind && !slices.Contains(promotions[wKind], rKind) || wLogical != rLogical {
		return nil, fmt.Errorf("%s %s cannot be read as %s %s", wKind, wLogical, rKind, rLogical)
	}
	switch wKind {
	case "record":
		return resolveRecord(v.(map[string]any), writer, wParts, reader, rParts)
	case "array":
		return resolveArray(v.([]any), writer, wParts["items"], reader, rParts["items"])
	case "map":
		return resolveMap(v.(map[string]any), writer, wParts["values"], reader, rParts["values"])
	case "enum":
		return v, hasSymbols(rParts, wParts["symbols"].([]any))
	}
	return v, nil
}

func hasSymbols(reader map[string]any, symbols []any) error {
	for _, symbol := range symbols {
		if !slices.Contains(reader["symbols"].([]any), symbol) {
			return fmt.Errorf("symbol %s is gone", symbol)
		}
	}
	return nil
}

func resolveFromUnion(v any, writer *schema, union []any, reader *schema, r any) (any, error) {
	for _, branch := range union {
		kind, _, _ := writer.kindOf(branch)
		if kind == "null" && v == nil {
			return resolveValue(nil, writer, branch, reader, r)
		}
		if tagged, ok := v.(map[string]any); ok && kind != "null" {
			for _, inner := range tagged { // the library tags a value with its branch
				return resolveValue(inner, writer, branch, reader, r)
			}
		}
	}
	return nil, errors.New("no branch of the writer's union has the value")
}

func resolveToUnion(v any, writer *schema, w any, reader *schema, union []any) (any, error) {
	for _, branch := range union {
		resolved, err := resolveValue(v, writer, w, reader, branch)
		if err != nil {
			continue
		}
		if v == nil {
			return nil, nil
		}
		return goavro.Union(reader.tag(branch), resolved), nil
	}
	return nil, errors.New("no branch of the reader's union can have the value")
}

// tag is the library's name of a union's branch.
func (s *schema) tag(part any) string {
	kind, logical, parts := s.kindOf(part)
	if logical != "" {
		return kind + "." + logical
	}
	if name, ok := parts["name"].(string); ok {
		return "sellerpulse." + name
	}
	return kind
}

func resolveArray(v []any, writer *schema, w any, reader *schema, r any) (any, error) {
	out := []any{}
	for _, element := range v {
		resolved, err := resolveValue(element, writer, w, reader, r)
		if err != nil {
			return nil, err
		}
		out = append(out, resolved)
	}
	return out, nil
}

func resolveMap(v map[string]any, writer *schema, w any, reader *schema, r any) (any, error) {
	out := map[string]any{}
	for key, value := range v {
		resolved, err := resolveValue(value, writer, w, reader, r)
		if err != nil {
			return nil, err
		}
		out[key] = resolved
	}
	return out, nil
}

func resolveRecord(v map[string]any, writer *schema, w map[string]any, reader *schema, r map[string]any) (any, error) {
	written := map[string]any{}
	for _, f := range w["fields"].([]any) {
		written[f.(map[string]any)["name"].(string)] = f.(map[string]any)["type"]
	}
	out := map[string]any{}
	for _, f := range r["fields"].([]any) {
		field := f.(map[string]any)
		name := field["name"].(string)
		if w, ok := written[name]; ok {
			resolved, err := resolveValue(v[name], writer, w, reader, field["type"])
			if err != nil {
				return nil, fmt.Errorf("%s: %w", name, err)
			}
			out[name] = resolved
		} else if _, ok := field["default"]; !ok {
			return nil, fmt.Errorf("%s: new, without a default", name)
		}
	}
	return out, nil
}

// sample makes a value with something in every field: of unions the last branch, of arrays and maps one element.
func (s *schema) sample(part any) any {
	kind, logical, parts := s.kindOf(part)
	switch kind {
	case "union":
		union := part.([]any)
		last := union[len(union)-1]
		return goavro.Union(s.tag(last), s.sample(last))
	case "record":
		out := map[string]any{}
		for _, f := range parts["fields"].([]any) {
			out[f.(map[string]any)["name"].(string)] = s.sample(f.(map[string]any)["type"])
		}
		return out
	case "array":
		return []any{s.sample(parts["items"])}
	case "map":
		return map[string]any{"key": s.sample(parts["values"])}
	case "enum":
		return parts["symbols"].([]any)[0]
	case "boolean":
		return true
	case "double":
		return 0.25
	case "string":
		return "text"
	}
	if logical != "" {
		return time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC)
	}
	return 3
}
