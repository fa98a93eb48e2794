package mappings_test

import (
	"io/fs"
	"os"
	"strings"
	"testing"

	"sellerpulse/internal/mapping"
	"sellerpulse/internal/mapping/cases"
	"sellerpulse/internal/mappingfile"
	"sellerpulse/mappings"
)

// Every mapping is read, has cases of all its sources, and each becomes what is expected.
func TestCases(t *testing.T) {
	for _, name := range mappings.Names() {
		t.Run(name, func(t *testing.T) {
			t.Chdir("testdata") // Tables of mappings are looked for in the directory of work.
			text, err := mappings.Cases(name)
			if err != nil {
				t.Fatal(err)
			}
			m, err := mappingfile.Parse(name, mapping.Options{Set: cases.Settings(string(text))})
			if err != nil {
				t.Fatal(err)
			}
			if m.Name != name {
				t.Errorf("%s.yaml calls itself %s", name, m.Name)
			}
			all, err := cases.Parse(string(text))
			if err != nil {
				t.Fatal(err)
			}
			results, err := cases.Run(m, all)
			if err != nil {
				t.Fatal(err)
			}
			made := map[string]int{}
			for i := range results {
				r := &results[i]
				if !r.Passed {
					t.Errorf("line %d: %s\n%s", r.Case.Line, r.Case.Title, strings.Join(r.Difference(), "\n"))
				}
				source, err := m.Source(r.Case.From)
				if err != nil {
					t.Fatal(err)
				}
				made[source.Name] += len(r.Events)
			}
			for _, s := range m.Sources {
				if made[s.Name] == 0 {
					t.Errorf("no case of source %s becomes an event", s.Name)
				}
			}
		})
	}
}

// Every mapping has a page that says what its source cannot give.
func TestPages(t *testing.T) {
	for _, name := range mappings.Names() {
		page, err := os.ReadFile("../docs/mappings/" + name + ".md")
		if err != nil {
			t.Error(err)
			continue
		}
		for _, part := range []string{"# ", "## What it cannot give", "processor mapping print " + name} {
			if !strings.Contains(string(page), part) {
				t.Errorf("docs/mappings/%s.md has no %q", name, part)
			}
		}
	}
	entries, err := fs.ReadDir(os.DirFS("../docs/mappings"), ".")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if _, err := mappings.File(strings.TrimSuffix(e.Name(), ".md")); err != nil {
			t.Errorf("docs/mappings/%s is about no mapping: %v", e.Name(), err)
		}
	}
}
