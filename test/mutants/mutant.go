package main

import (
	"fmt"
	"os"
	"path"
	"slices"
	"strings"
)

// mutant is a place of the source, and how gremlins changed it. The place is what the line says with its token marked, so that it stays the
// same when lines come or go before it.
type mutant struct {
	file   string // from the module's root
	kind   string // as gremlins calls it
	line   string // conditions like "if n «>» 0 {"
	status string
}

func (m *mutant) String() string { return fmt.Sprintf("%s %s\n    %s\n", m.file, m.kind, m.line) }

// survived is whether nothing noticed the mutant. One without end was noticed. What gremlins calls not viable is one whose tests were broken off,
// for a mutant that makes no program is killed: so nothing is known of it.
func (m *mutant) survived() bool { return m.status != "KILLED" && m.status != "TIMED OUT" }

// report is what is read of a report of gremlins.
type report struct {
	Files []struct {
		Name      string `json:"file_name"` // from the folder that was mutated
		Mutations []struct {
			Type, Status string
			Line, Column int
		}
	}
}

func (r *report) mutants(folder string) (mutants []mutant, err error) {
	for _, f := range r.Files {
		name := path.Join(folder, f.Name)
		lines, err := sourceLines(name)
		if err != nil {
			return nil, err
		}
		for _, m := range f.Mutations {
			if m.Line > len(lines) {
				return nil, fmt.Errorf("%s has no line %d any more: leave the source alone while gremlins runs", name, m.Line)
			}
			mutants = append(mutants, mutant{file: name, kind: m.Type, line: marked(lines[m.Line-1], m.Column-1), status: m.Status})
		}
	}
	return mutants, nil
}

func sourceLines(file string) ([]string, error) {
	source, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("read what was mutated: %w", err)
	}
	return strings.Split(string(source), "\n"), nil
}

// marked is a line with the token that begins at a byte of it between «».
func marked(line string, at int) string {
	n := 1
	for at+n < len(line) && strings.ContainsRune("+-*/%=<>!", rune(line[at])) && strings.ContainsRune("+-=", rune(line[at+n])) {
		n++
	}
	return strings.TrimSpace(line[:at] + "«" + line[at:at+n] + "»" + line[at+n:])
}

// verdict is what became of the mutants of a package.
type verdict struct {
	path             string
	all, equivalents int
	survivors        []mutant
	unneeded         []mutant // listed as equivalent, but killed
}

// judge tells the survivors that are not listed, and what is listed though it was killed.
func judge(folder string, mutants []mutant, listed []equivalent) verdict {
	v := verdict{path: folder, all: len(mutants)}
	for _, m := range mutants {
		known := slices.ContainsFunc(listed, func(e equivalent) bool { return e.file == m.file && e.kind == m.kind && e.line == m.line })
		switch {
		case m.survived() && known:
			v.equivalents++
		case m.survived():
			v.survivors = append(v.survivors, m)
		case known:
			v.unneeded = append(v.unneeded, m)
		}
	}
	return v
}

func (v *verdict) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %d mutants, %d killed, %d equivalent, %d survive\n",
		v.path, v.all, v.all-v.equivalents-len(v.survivors), v.equivalents, len(v.survivors))
	for i := range v.survivors {
		fmt.Fprintf(&b, "\nsurvives (%s): %v", strings.ToLower(v.survivors[i].status), &v.survivors[i])
	}
	for i := range v.unneeded {
		fmt.Fprintf(&b, "\nis killed, and need not be listed: %v", &v.unneeded[i])
	}
	return b.String()
}
