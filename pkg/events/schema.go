package events

import (
	"fmt"
	"strings"

	"github.com/twmb/avro"
)

// Bounds of a writer's schema, which may be a stranger's.
const (
	maxSchemaBytes = 1 << 20
	maxNesting     = 256 // of brackets in its text
	maxSteps       = 10_000
)

// parseSchema gives the tree of a schema, which is valid and stands alone.
func parseSchema(text string) (*avro.SchemaNode, error) {
	if len(text) > maxSchemaBytes {
		return nil, fmt.Errorf("the schema is longer than %d bytes", maxSchemaBytes)
	}
	if nestedDeeper(text, maxNesting) {
		return nil, fmt.Errorf("the schema is nested deeper than %d brackets", maxNesting)
	}
	schema, err := avro.Parse(text, avro.WithLaxNames(nil)) // Names are the writer's affair.
	if err != nil {
		return nil, err
	}
	return schema.Root(), nil
}

// nestedDeeper is whether brackets outside of texts are ever more than so many deep.
func nestedDeeper(text string, most int) bool {
	depth, quoted := 0, false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{' || c == '[':
			if depth++; depth > most {
				return true
			}
		case c == '}' || c == ']':
			depth--
		}
	}
	return false
}

// fullNameOf is the full name of a named type.
func fullNameOf(n *avro.SchemaNode) string { return fullName(n.Name, n.Namespace) }

func fullName(name, namespace string) string {
	if namespace == "" || strings.Contains(name, ".") {
		return name
	}
	return namespace + "." + name
}

// namespaceIn is the namespace in which the names within a named type are.
func namespaceIn(full string) string { return full[:max(0, strings.LastIndexByte(full, '.'))] }
