package mappings

import (
	"embed"
	"fmt"
	"strings"
)

//go:embed *.yaml *.txt
var files embed.FS

// Names are the mappings, sorted.
func Names() []string {
	entries, err := files.ReadDir(".")
	if err != nil {
		panic(fmt.Sprintf("list the embedded mappings: %v", err))
	}
	var names []string
	for _, e := range entries {
		if name, ok := strings.CutSuffix(e.Name(), ".yaml"); ok {
			names = append(names, name)
		}
	}
	return names
}

// File is the mapping file of a mapping; an error where there is no such mapping.
func File(name string) ([]byte, error) { return read(name, ".yaml") }

// Cases is the file of cases of a mapping; an error where there is no such mapping.
func Cases(name string) ([]byte, error) { return read(name, ".txt") }

func read(name, ending string) ([]byte, error) {
	text, err := files.ReadFile(name + ending)
	if err != nil {
		return nil, fmt.Errorf("no mapping %q: use one of %s", name, strings.Join(Names(), ", "))
	}
	return text, nil
}
