package mappingfile

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sellerpulse/internal/mapping"
)

// A mapping, one that it uses, and a table of that are found beside it, wherever one works.
func TestWhatAMappingRefersToIsBesideIt(t *testing.T) {
	folder := t.TempDir()
	for name, text := range map[string]string{
		"mine.yaml":  "mapping: mine\nsources:\n  - use: other.yaml\n    topics: mine\n  - use: shopify\n    source: orders\n",
		"other.yaml": "mapping: other\ntables:\n  lines: {file: lines.csv, key: sku, value: line}\nsources:\n  - events: .a | lookup(\"lines\")\n",
		"lines.csv":  "sku,line\nA,toys\n",
	} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	m, err := Parse(filepath.Join(folder, "mine.yaml"), mapping.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if m.Of("mine") == nil || m.Of("shopify.orders") == nil || m.Of("lines") != nil {
		t.Errorf("sources of %v", m.Topics())
	}
	if _, err := Parse("shopfy", mapping.Options{}); err == nil || !strings.Contains(err.Error(), "did you mean shopify?") {
		t.Errorf("error %v, want the name that was meant", err)
	}
}
