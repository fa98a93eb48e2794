package main

import (
	"fmt"
	"os"
	"strings"
)

// equivalent is a mutant that nothing can tell from the original, and why.
type equivalent struct {
	mutant
	reason string
}

// readEquivalents reads a list of mutants, which empty lines separate: what [mutant.String] gives, and the lines of the reason. Lines that begin
// with # are comments.
func readEquivalents(name string) (list []equivalent, err error) {
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, fmt.Errorf("read the list of equivalent mutants: %w", err)
	}
	var entry []string
	for i, line := range strings.Split(string(text)+"\n", "\n") {
		line = strings.TrimSpace(line)
		switch {
		case strings.HasPrefix(line, "#"):
		case line != "":
			entry = append(entry, line)
		case len(entry) > 0:
			e, err := newEquivalent(entry)
			if err != nil {
				return nil, fmt.Errorf("%s: before line %d: %w", name, i+1, err)
			}
			list, entry = append(list, e), nil
		}
	}
	return list, nil
}

func newEquivalent(entry []string) (equivalent, error) {
	file, kind, ok := strings.Cut(entry[0], " ")
	if !ok || len(entry) < 3 || strings.Count(entry[1], "«") != 1 || strings.Count(entry[1], "»") != 1 {
		return equivalent{}, fmt.Errorf("%q is no mutant: write its file and kind, below it the line with the token between «», and below that the reason", entry[0])
	}
	return equivalent{mutant{file: file, kind: kind, line: entry[1]}, strings.Join(entry[2:], " ")}, nil
}

// check tells whether the entry still names one place of the source, and how to mend it where it does not.
func (e *equivalent) check() error {
	lines, err := sourceLines(e.file)
	if err != nil {
		return err
	}
	found := 0
	plain := strings.NewReplacer("«", "", "»", "").Replace(e.line)
	for _, line := range lines {
		if strings.TrimSpace(line) == plain {
			found++
		}
	}
	if found != 1 {
		return fmt.Errorf("%s: %d lines say %q, want one: adapt the entry to the line, or remove it and see with make mutants whether it is needed", e.file, found, plain)
	}
	return nil
}
