package mapping

import (
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
)

// ErrNoTopics says that no source of a mapping names a topic.
var ErrNoTopics = errors.New("no source names a topic: give one with `topics:` or `pattern:`")

// Of finds the source of a topic, nil where there is none: the first that names it, else the first whose pattern fits.
func (m *Mapping) Of(topic string) *Source {
	for _, s := range m.Sources {
		if slices.Contains(s.Topics, topic) {
			return s
		}
	}
	for _, s := range m.Sources {
		if s.Pattern != nil && s.Pattern.MatchString(topic) {
			return s
		}
	}
	return nil
}

// Topics is those of all sources that are named, sorted.
func (m *Mapping) Topics() (names []string) {
	for _, s := range m.Sources {
		names = append(names, s.Topics...)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// Patterned is whether topics are found by patterns too.
func (m *Mapping) Patterned() bool {
	return slices.ContainsFunc(m.Sources, func(s *Source) bool { return s.Pattern != nil })
}

// Source finds the source of a topic or a file; where there is no such one, or none is named, the only one there is.
func (m *Mapping) Source(from string) (*Source, error) {
	if s := m.Of(from); s != nil {
		return s, nil
	}
	if s := m.OfFile(from); s != nil {
		return s, nil
	}
	if len(m.Sources) == 1 {
		return m.Sources[0], nil
	}
	var names []string
	for _, s := range m.Sources {
		names = append(names, s.Name)
		if s.Name == from {
			return s, nil
		}
	}
	return nil, fmt.Errorf("mapping %s has no source for %q: name a topic, a file or one of %q", m.Name, from, names)
}

// NamesFiles is whether a source says which files are its own.
func (m *Mapping) NamesFiles() bool {
	return slices.ContainsFunc(m.Sources, func(s *Source) bool { return s.Files != "" })
}

// OfFile finds the source of a file by its name; nil where none fits.
func (m *Mapping) OfFile(name string) *Source {
	for _, s := range m.Sources {
		if fits, _ := path.Match(s.Files, path.Base(name)); s.Files != "" && fits {
			return s
		}
	}
	return nil
}

// Tabular is whether the records of a source are rows.
func (s *Source) Tabular() bool { return s.form == CSV || s.form == TSV }

// From makes other topics those that are read: of a mapping with one source their names, of several source=topic each.
func (m *Mapping) From(topics []string) error {
	given := map[*Source][]string{}
	for _, text := range topics {
		source, topic := m.Sources[0], text
		name, after, named := strings.Cut(text, "=")
		switch {
		case named:
			at := slices.IndexFunc(m.Sources, func(s *Source) bool { return s.Name == name })
			if at < 0 {
				return fmt.Errorf("mapping %s has no source %q", m.Name, name)
			}
			source, topic = m.Sources[at], after
		case len(m.Sources) > 1:
			return fmt.Errorf("mapping %s has several sources: write %q as source=topic, such as %s=%s", m.Name, text, m.Sources[0].Name, text)
		}
		given[source] = append(given[source], topic)
	}
	for _, s := range m.Sources {
		s.Topics, s.Pattern = given[s], nil
	}
	return nil
}
