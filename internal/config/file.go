package config

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"sellerpulse/internal/meant"
	"sellerpulse/internal/yamltext"
)

// entry is what a file says of a flag.
type entry struct {
	value *yamltext.Node
	line  int
}

// readEntries reads a file of scalars and lists of scalars.
func readEntries(from Sources) (map[string]entry, error) {
	if from.File == "" {
		return nil, nil
	}
	text, err := ReadFile(from.File)
	if err != nil {
		return nil, fmt.Errorf("read configuration: %w", err)
	}
	documents, err := yamltext.Parse(text)
	if err != nil {
		return nil, atPlace(from.File, err)
	}
	entries := map[string]entry{}
	for _, document := range documents {
		if document.Kind != yamltext.Map && document.Kind != yamltext.Null {
			return nil, fmt.Errorf("%s:%d: not a list of `flag: value`", from.File, document.Line)
		}
		for _, e := range document.Map {
			if err := add(entries, e, from.Keys); err != nil {
				return nil, fmt.Errorf("%s:%d: %w", from.File, e.Line, err)
			}
		}
	}
	return entries, nil
}

func atPlace(file string, err error) error {
	var refused *yamltext.Error
	if errors.As(err, &refused) {
		return fmt.Errorf("%s:%d: %s", file, refused.Line, refused.Problem)
	}
	return fmt.Errorf("%s: %w", file, err)
}

func add(entries map[string]entry, e yamltext.Entry, keys []string) error {
	if !slices.Contains(keys, e.Key) {
		return fmt.Errorf("unknown key %q: the keys are the names of flags, without dashes in front%s", e.Key, meant.Hint(e.Key, keys))
	}
	if earlier, twice := entries[e.Key]; twice {
		return fmt.Errorf("%q is set already in line %d", e.Key, earlier.line)
	}
	entries[e.Key] = entry{value: e.Value, line: e.Line}
	return nil
}

// valueFor is the value as it would be written on a command line; the elements of a list are joined by commas.
func (e entry) valueFor(f *pflag.Flag) (string, error) {
	switch e.value.Kind {
	case yamltext.Null:
		return "", errors.New("no value: leave the key out for the default")
	case yamltext.Scalar:
		return TrimLine(e.value.Text), nil
	case yamltext.Map:
		return "", errors.New("neither a scalar nor a list of scalars: put the value on the key's line, each flag under its own key")
	}
	if _, ok := f.Value.(pflag.SliceValue); !ok {
		return "", errors.New("a list, but the flag takes one value: put it on the key's line")
	}
	var parts []string
	for _, element := range e.value.List {
		if element.Kind != yamltext.Scalar {
			return "", errors.New("neither a scalar nor a list of scalars: write each element as text, in quotes")
		}
		parts = append(parts, element.Text)
	}
	return strings.Join(parts, ","), nil
}
