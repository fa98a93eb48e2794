package rules

import (
	"embed"
	"fmt"
	"strings"
)

//go:embed *.yaml *.txt
var files embed.FS

// Names are the packs, sorted.
func Names() []string {
	entries, err := files.ReadDir(".")
	if err != nil {
		panic(fmt.Sprintf("list the embedded packs: %v", err))
	}
	var names []string
	for _, e := range entries {
		if name, ok := strings.CutSuffix(e.Name(), ".yaml"); ok {
			names = append(names, name)
		}
	}
	return names
}

// File is the rule file of a pack; an error where there is no such pack.
func File(name string) ([]byte, error) { return read(name, ".yaml") }

// Scenarios is the file of scenarios of a pack, which names the rule file as one beside it; an error where there is no such pack.
func Scenarios(name string) ([]byte, error) { return read(name, ".txt") }

func read(name, ending string) ([]byte, error) {
	text, err := files.ReadFile(name + ending)
	if err != nil {
		return nil, fmt.Errorf("no rule pack %q: use one of %s", name, strings.Join(Names(), ", "))
	}
	return text, nil
}
