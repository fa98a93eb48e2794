package rulefile

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"sellerpulse/internal/config"
	"sellerpulse/internal/meant"
	"sellerpulse/pkg/rules"
	packs "sellerpulse/rules"
)

// MaxFiles is how many files a set may be of: each has a rule.
const MaxFiles = rules.MaxRules

// Names are the packs that are part of the program, sorted, the built-in one among them.
func Names() []string {
	names := append(packs.Names(), rules.BuiltInPack)
	slices.Sort(names)
	return slices.Compact(names)
}

// ReadAll reads the files that names stand for, in their order: a pack by its name, a file by its path, and of a folder those that end with .yaml or .yml,
// sorted by name, but for those that begin with "." or "_". Folders of a folder are left out. A file that is named twice is read twice, for the set to
// refuse. An error names what was asked for.
func ReadAll(names []string) (files []rules.File, err error) {
	for _, name := range names {
		read, err := readEach(name)
		if err != nil {
			return nil, err
		}
		if files = append(files, read...); len(files) > MaxFiles {
			return nil, fmt.Errorf("more than %d rule files, of which the last is %s: put rules of one pack into one file", MaxFiles, name)
		}
	}
	return files, nil
}

// readEach reads what one name stands for.
func readEach(name string) ([]rules.File, error) {
	if slices.Contains(Names(), name) {
		text, err := Pack(name)
		return []rules.File{{Name: name, Text: text}}, err
	}
	if about, err := os.Stat(name); err == nil && about.IsDir() {
		return readFolder(name)
	}
	file, err := readFile(name)
	return []rules.File{file}, err
}

// readFile reads a rule file and the files of sellers that it names, whose paths are from its folder.
func readFile(name string) (rules.File, error) {
	text, err := config.ReadFile(name)
	if err != nil && !isPath(name) {
		return rules.File{}, fmt.Errorf("%q is neither a file nor a pack: %w; `processor rules list` has the packs%s", name, err, meant.Hint(name, Names()))
	}
	file := rules.File{Name: name, Text: text}
	if err == nil {
		err = file.ReadLists(func(list string) ([]byte, error) { return config.ReadFile(filepath.Join(filepath.Dir(name), list)) })
	}
	return file, err
}

// isPath is whether a name is meant for a file.
func isPath(name string) bool { return strings.ContainsAny(name, "/\\.") }

// readFolder reads the rule files of a folder. A link to a file is one: that is how Kubernetes mounts them.
func readFolder(folder string) (files []rules.File, err error) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil, err
	}
	for _, entry := range entries {
		path := filepath.Join(folder, entry.Name())
		if strings.ContainsRune("._", rune(entry.Name()[0])) || !endsAsRules(path) {
			continue
		}
		about, err := os.Stat(path)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
		if err != nil || !about.Mode().IsRegular() {
			continue
		}
		file, err := readFile(path)
		if err != nil {
			return nil, err
		}
		files = append(files, file)
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("folder %s has no rule file: put some there that end with .yaml, or name the files", folder)
	}
	return files, nil
}

func endsAsRules(path string) bool {
	return slices.Contains([]string{".yaml", ".yml"}, filepath.Ext(path))
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

// LeftOut is what a pack of the program says that it leaves out of a marketplace's rules: the list below "What is left out" in the comment with which its
// file begins, each on one line, without the marks of Markdown.
func LeftOut(text []byte) (all []string) {
	within := false
	for line := range strings.Lines(string(text)) {
		comment, is := strings.CutPrefix(strings.TrimRight(line, "\r\n"), "#")
		if !is {
			break
		}
		comment = strings.ReplaceAll(strings.TrimPrefix(comment, " "), "`", "")
		first, begins := strings.CutPrefix(comment, "- ")
		switch {
		case strings.HasPrefix(comment, "## "):
			within = comment == "## What is left out"
		case within && begins:
			all = append(all, first)
		case within && len(all) > 0 && comment != "":
			all[len(all)-1] += " " + strings.TrimSpace(comment)
		}
	}
	return all
}
