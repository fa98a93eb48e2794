package schemas

import (
	"encoding/json"
	"fmt"
	"strings"
)

// canonical gives the parsing canonical form of a schema that is known to be valid, as the specification has it. It is
// written here because goavro's keeps {"type":"long"} where the form has "long", once a logical type is stripped.
func canonical(text string) (string, error) {
	var schema any
	if err := json.Unmarshal([]byte(text), &schema); err != nil {
		return "", err
	}
	return canonicalType(schema, "")
}

func canonicalType(schema any, namespace string) (string, error) {
	switch s := schema.(type) {
	case string:
		if primitive[s] {
			return quoted(s), nil
		}
		return quoted(fullName(s, namespace)), nil
	case []any:
		parts, err := canonicalAll(s, namespace, canonicalType)
		return "[" + parts + "]", err
	case map[string]any:
		return canonicalObject(s, namespace)
	}
	return "", fmt.Errorf("a schema is a %T", schema)
}

var primitive = map[string]bool{
	"null": true, "boolean": true, "int": true, "long": true, "float": true, "double": true, "bytes": true, "string": true,
}

// canonicalObject keeps what the form keeps, in its order: name, type, fields, symbols, items, values, size.
func canonicalObject(s map[string]any, namespace string) (string, error) {
	kind, _ := s["type"].(string)
	switch kind {
	case "array":
		items, err := canonicalType(s["items"], namespace)
		return `{"type":"array","items":` + items + `}`, err
	case "map":
		values, err := canonicalType(s["values"], namespace)
		return `{"type":"map","values":` + values + `}`, err
	case "record", "enum", "fixed":
		return canonicalNamed(s, kind, namespace)
	}
	return canonicalType(s["type"], namespace)
}

func canonicalNamed(s map[string]any, kind, namespace string) (string, error) {
	if own, ok := s["namespace"].(string); ok {
		namespace = own
	}
	short, _ := s["name"].(string)
	name := fullName(short, namespace)
	head := `{"name":` + quoted(name) + `,"type":` + quoted(kind)
	switch kind {
	case "enum":
		symbols, _ := s["symbols"].([]any)
		parts, err := canonicalAll(symbols, "", func(symbol any, _ string) (string, error) { return quoted(fmt.Sprint(symbol)), nil })
		return head + `,"symbols":[` + parts + `]}`, err
	case "fixed":
		return fmt.Sprintf(`%s,"size":%v}`, head, s["size"]), nil
	}
	fields, _ := s["fields"].([]any)
	parts, err := canonicalAll(fields, strings.TrimSuffix(name[:strings.LastIndexByte(name, '.')+1], "."), canonicalField)
	return head + `,"fields":[` + parts + `]}`, err
}

func canonicalField(declared any, namespace string) (string, error) {
	f, _ := declared.(map[string]any)
	kind, err := canonicalType(f["type"], namespace)
	return `{"name":` + quoted(fmt.Sprint(f["name"])) + `,"type":` + kind + `}`, err
}

func canonicalAll(list []any, namespace string, one func(any, string) (string, error)) (string, error) {
	parts := make([]string, len(list))
	for i, x := range list {
		part, err := one(x, namespace)
		if err != nil {
			return "", err
		}
		parts[i] = part
	}
	return strings.Join(parts, ","), nil
}

func fullName(name, namespace string) string {
	if namespace == "" || strings.Contains(name, ".") {
		return name
	}
	return namespace + "." + name
}

// quoted: names have no character that JSON escapes.
func quoted(name string) string { return `"` + name + `"` }

const emptyFingerprint = 0xC15D213AA4D7A795

// fingerprints is the table of CRC-64-AVRO: what each byte does.
var fingerprints = func() (table [256]uint64) {
	for i := range table {
		f := uint64(i)
		for range 8 {
			f = f>>1 ^ emptyFingerprint&-(f&1)
		}
		table[i] = f
	}
	return table
}()

// fingerprint is the CRC-64-AVRO of a text.
func fingerprint(text string) uint64 {
	f := uint64(emptyFingerprint)
	for _, b := range []byte(text) {
		f = f>>8 ^ fingerprints[byte(f)^b]
	}
	return f
}
