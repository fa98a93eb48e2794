package rulefile

import (
	"fmt"
	"slices"
	"strings"

	"sellerpulse/internal/config"
	"sellerpulse/internal/meant"
	"sellerpulse/pkg/rules"
	packs "sellerpulse/rules"
)

// Names are the packs that are part of the program, sorted, the built-in one among them.
func Names() []string {
	names := append(packs.Names(), rules.BuiltInPack)
	slices.Sort(names)
	return slices.Compact(names)
}

// Read reads the rule file of a pack, or else the file of a path. An error names what was asked for.
func Read(name string) (rules.File, error) {
	if slices.Contains(Names(), name) {
		text, err := Pack(name)
		return rules.File{Name: name, Text: text}, err
	}
	text, err := config.ReadFile(name)
	if err != nil && !isPath(name) {
		return rules.File{}, fmt.Errorf("%q is neither a file nor a pack: %w; `processor rules list` has the packs%s", name, err, meant.Hint(name, Names()))
	}
	return rules.File{Name: name, Text: text}, err
}

// isPath is whether a name is meant for a file.
func isPath(name string) bool { return strings.ContainsAny(name, "/\\.") }

// ReadAll reads several.
func ReadAll(names []string) (files []rules.File, err error) {
	for _, name := range names {
		file, err := Read(name)
		if err != nil {
			return nil, err
		}
		files = append(files, file)
	}
	return files, nil
}

// Pack is the rule file of a pack that is part of the program.
func Pack(name string) ([]byte, error) {
	if name == rules.BuiltInPack {
		return rules.BuiltInFile(), nil
	}
	return packs.File(name)
}

// Title is what a rule file calls itself, in its first line, if that is a comment.
func Title(text []byte) string {
	line, _, _ := strings.Cut(string(text), "\n")
	title, ok := strings.CutPrefix(line, "# ")
	if !ok {
		return ""
	}
	return strings.TrimSpace(title)
}
