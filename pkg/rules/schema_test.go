package rules

import (
	"bytes"
	"flag"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

var update = flag.Bool("update", false, "write the schema of rule files anew")

const schemaFile = "../../schemas/rules.schema.json"

// TestSchemaIsCurrent holds the file against the parser's tables; go test ./pkg/rules -update writes it.
func TestSchemaIsCurrent(t *testing.T) {
	if *update {
		if err := os.WriteFile(schemaFile, Schema(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	text, err := os.ReadFile(schemaFile)
	if err != nil || !bytes.Equal(text, Schema()) {
		t.Errorf("%s is not of this version: write it with go test ./pkg/rules -update: %v", schemaFile, err)
	}
}

func compiledSchema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(Schema()))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource("rules.schema.json", document); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("rules.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// validate reads a file as an editor does, and holds it against the schema. An error of the YAML is one too.
func validate(s *jsonschema.Schema, text string) error {
	var document any
	if err := yaml.Unmarshal([]byte(text), &document); err != nil {
		return err
	}
	json, err := yaml.MarshalWithOptions(document, yaml.JSON())
	if err != nil {
		return err
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(json))
	if err != nil {
		return err
	}
	return s.Validate(value)
}

// TestSchemaTakesRuleFiles: every file that is read is of the schema, also as it is written out.
func TestSchemaTakesRuleFiles(t *testing.T) {
	s := compiledSchema(t)
	for name, text := range everyFile(t) {
		if err := validate(s, string(text)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if written := parseAny(t, name, text).YAML(); validate(s, string(written)) != nil {
			t.Errorf("%s as it is written: %v\n%s", name, validate(s, string(written)), written)
		}
	}
}

// beyondSchema are the errors that keys make together, or a file as a whole: those the parser alone tells.
var beyondSchema = []string{
	"nothing in common with the pack", "a reason of what has none", "a metric like a built-in one", "a metric twice", "a fact of another unit", "a fact of another unit in total",
	"weeks beyond the history", "months beyond the history", "a window without min_total", "min_total of the last", "never met", "always met", "a good metric with <",
	"a bad metric with >=", "a bad metric with >", "warn of a limit of 0", "resolve that is looser", "resolve never met", "warn beside levels", "resolve beside levels",
	"a level twice", "a level that is no easier", "comparisons mixed", "states that get better", "the best is breached", "a level without a target", "the last with a target",
	"levels for a bad metric", "from after until", "versions with a common day", "a version without dates", "versions by different fields",
}

// TestSchemaRefuses: of files that are none, the schema refuses those of which a single value or a missing one tells, and no others.
func TestSchemaRefuses(t *testing.T) {
	s := compiledSchema(t)
	for _, row := range languageErrors {
		err := validate(s, strings.Replace(wholeFile, row.old, row.new, 1))
		if beyond := slices.Contains(beyondSchema, row.name); (err == nil) != beyond {
			t.Errorf("%s: %v; beyond the schema: %v", row.name, err, beyond)
		}
	}
	for _, name := range beyondSchema {
		if !slices.ContainsFunc(languageErrors, func(row struct{ name, old, new, want string }) bool { return row.name == name }) {
			t.Errorf("%s is no error", name)
		}
	}
}
