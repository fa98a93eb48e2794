package api

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"os"
	"testing"
)

// The document and the client that are committed are of the handlers as they are.
func TestOpenAPIIsCurrent(t *testing.T) {
	document, err := os.ReadFile("openapi.json")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(document, Document()) {
		t.Error("openapi.json is not what the handlers have now: run `go generate ./internal/web/api`")
	}
	client, err := os.ReadFile("../../../test/apiclient/client.gen.go")
	if err != nil {
		t.Fatal(err)
	}
	if of := fmt.Sprintf("// Of the document with the SHA-256 %x.\n", sha256.Sum256(document)); !bytes.HasPrefix(client, []byte(of)) {
		t.Error("the client is of another document: run `go generate ./internal/web/api`")
	}
}

// described is what of the document is to have a description.
type described struct {
	Paths map[string]map[string]struct {
		Summary, Description string
		Parameters           []struct{ Name, Description string }
	}
	Components struct {
		Schemas map[string]struct {
			Properties map[string]struct {
				Description string
				Examples    []any
			}
		}
	}
}

// Every operation, parameter and field says what it is, and no description is of nothing.
func TestOpenAPIDescribesEverything(t *testing.T) {
	var document described
	if err := json.Unmarshal(Document(), &document); err != nil {
		t.Fatal(err)
	}
	unused, fields := map[string]bool{}, 0
	for name := range descriptions {
		unused[name] = true
	}
	for name, schema := range document.Components.Schemas {
		for field, p := range schema.Properties {
			fields++
			if p.Description == "" {
				t.Errorf("%s.%s has no description: give it a doc, or one in descriptions.json", name, field)
			}
			for _, key := range []string{name + "." + field, field} {
				if d := descriptions[key]; d.Says == p.Description {
					delete(unused, key)
				}
			}
			conformsAlone(t, name, field, p.Examples)
		}
	}
	for key := range unused {
		t.Errorf("descriptions.json describes %s, which is described otherwise or is no field", key)
	}
	parameters := 0
	for path, operations := range document.Paths {
		for method, o := range operations {
			if o.Summary == "" || o.Description == "" {
				t.Errorf("%s %s has no summary or no description", method, path)
			}
			for _, p := range o.Parameters {
				if parameters++; p.Description == "" {
					t.Errorf("%s %s: parameter %s has no description", method, path, p.Name)
				}
			}
		}
	}
	if fields < 300 || parameters < 50 {
		t.Errorf("%d fields and %d parameters are too few", fields, parameters)
	}
}

// conformsAlone holds examples of a field against its schema.
func conformsAlone(t *testing.T, schema, field string, examples []any) {
	t.Helper()
	all, err := compiledSchemas()
	if err != nil {
		t.Fatal(err)
	}
	for _, example := range examples {
		if err := all[schema].Properties[field].Validate(example); err != nil {
			t.Errorf("%s.%s: the example %v: %v", schema, field, example, err)
		}
	}
}
