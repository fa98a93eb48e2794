package mappingfile

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"sellerpulse/internal/config"
	"sellerpulse/internal/mapping"
	"sellerpulse/internal/meant"
	"sellerpulse/mappings"
)

// Names are the mappings that are part of the program, sorted.
func Names() []string { return mappings.Names() }

// Read reads the mapping file of a name, or else of a path. An error names what was asked for.
func Read(name string) (mapping.File, error) {
	if embedded(name) {
		text, err := mappings.File(name)
		return mapping.File{Name: name, Text: text}, err
	}
	text, err := config.ReadFile(name)
	if err != nil && !strings.ContainsAny(name, "/\\.") {
		return mapping.File{}, fmt.Errorf("%q is neither a file nor a mapping: %w; `processor mapping list` has the mappings%s", name, err, meant.Hint(name, Names()))
	}
	return mapping.File{Name: name, Text: text}, err
}

func embedded(name string) bool { return slices.Contains(Names(), name) }

// Parse reads a mapping with what it refers to: other mappings by name or by their path from its folder, and tables from there too, those of a mapping of
// the program from the directory of work. Options that are set are left as they are.
func Parse(name string, o mapping.Options) (*mapping.Mapping, error) {
	file, err := Read(name)
	if err != nil {
		return nil, err
	}
	folder := ""
	if !embedded(name) {
		folder = filepath.Dir(name)
	}
	if o.Open == nil {
		o.Open = func(table string) (io.ReadCloser, error) { return os.Open(beside(folder, table)) }
	}
	if o.Mapping == nil {
		o.Mapping = func(other string) (mapping.File, error) {
			if embedded(other) {
				return Read(other)
			}
			return Read(beside(folder, other))
		}
	}
	return mapping.Parse(file, o)
}

// beside is a path as seen from a folder.
func beside(folder, path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(folder, path)
}
