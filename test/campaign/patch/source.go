package patch

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
)

// Overlay applies patches, one after the other, to a copy of the source in a folder, and returns the file to give to `go build -overlay`. It works
// anywhere in the module.
func Overlay(folder string, names ...string) (string, error) {
	s, err := patched(names...)
	if err != nil {
		return "", err
	}
	return s.write(folder)
}

// patched is the source with patches.
func patched(names ...string) (*source, error) {
	s, err := open()
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		p, err := read(name)
		if err != nil {
			return nil, err
		}
		if err := s.apply(&p); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// source is the text of the program.
type source struct {
	files   map[string]string // by path
	changed map[string]bool
}

// open reads the source of all packages but tests and commands.
func open() (*source, error) {
	module, err := exec.Command("go", "env", "GOMOD").Output()
	if err != nil {
		return nil, fmt.Errorf("find the module: %w", err)
	}
	s := &source{files: map[string]string{}, changed: map[string]bool{}}
	for _, folder := range []string{"internal", "pkg"} {
		root := filepath.Join(filepath.Dir(string(module)), folder)
		if err := filepath.WalkDir(root, s.take); err != nil {
			return nil, fmt.Errorf("read the source: %w", err)
		}
	}
	return s, nil
}

func (s *source) take(path string, entry fs.DirEntry, err error) error {
	if err != nil || entry.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
		return err
	}
	text, err := os.ReadFile(path)
	s.files[path] = string(text)
	return err
}

// apply makes all edits of a patch.
func (s *source) apply(p *patch) error {
	for i := range p.edits {
		if err := s.edit(&p.edits[i]); err != nil {
			return fmt.Errorf("apply patch %q: %w: adapt it to the source", p.name, err)
		}
	}
	return nil
}

func (s *source) edit(e *edit) error {
	var in []string
	for path, text := range s.files {
		for range strings.Count(text, e.old) {
			in = append(in, path)
		}
	}
	if len(in) != 1 {
		return fmt.Errorf("its text %q is in %d places of the source, %q, and must be in one", e.old, len(in), in)
	}
	s.files[in[0]] = strings.Replace(s.files[in[0]], e.old, e.new, 1)
	s.changed[in[0]] = true
	return nil
}

// write writes what changed, and what it stands for.
func (s *source) write(folder string) (string, error) {
	overlay := struct{ Replace map[string]string }{map[string]string{}}
	for path := range s.changed {
		by := filepath.Join(folder, strconv.Itoa(len(overlay.Replace))+".go")
		if err := os.WriteFile(by, []byte(s.files[path]), 0o600); err != nil {
			return "", fmt.Errorf("write patched source: %w", err)
		}
		overlay.Replace[path] = by
	}
	text, err := json.Marshal(overlay)
	if err != nil {
		return "", fmt.Errorf("encode overlay: %w", err)
	}
	file := filepath.Join(folder, "overlay.json")
	if err := os.WriteFile(file, text, 0o600); err != nil {
		return "", fmt.Errorf("write overlay: %w", err)
	}
	return file, nil
}
