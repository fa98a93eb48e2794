package scenario

import (
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
)

// maxFiles bounds the files of one call.
const maxFiles = 1_000

// Find lists the files of scenarios that paths stand for, each once and in their order: a file, whatever its name is; of a folder those that end with
// .txt, sorted by name, those of its folders too. Names in folders that begin with "." or "_" are left out. An error names the path.
func Find(paths []string) ([]string, error) {
	f := finder{seen: map[string]bool{}}
	for _, path := range paths {
		if err := f.find(filepath.Clean(path)); err != nil {
			return nil, fmt.Errorf("find scenarios: %w", err)
		}
	}
	return f.files, nil
}

// finder gathers files.
type finder struct {
	files []string
	seen  map[string]bool
}

func (f *finder) find(path string) error {
	about, err := os.Stat(path)
	switch {
	case err != nil:
		return err
	case about.IsDir():
		return f.walk(path)
	}
	return f.add(path)
}

// walk adds the files of a folder.
func (f *finder) walk(folder string) error {
	files, some := os.DirFS(folder), false
	err := fs.WalkDir(files, ".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return fmt.Errorf("folder %s: %w", folder, err)
		case name == ".":
			return nil
		case hidden(entry.Name()) && entry.IsDir():
			return fs.SkipDir
		case hidden(entry.Name()) || path.Ext(name) != ".txt" || !isFile(files, name):
			return nil
		}
		some = true
		return f.add(filepath.Join(folder, filepath.FromSlash(name)))
	})
	if err == nil && !some {
		err = fmt.Errorf("folder %s has no file of scenarios: name one that has some that end with .txt, or the files", folder)
	}
	return err
}

// hidden is whether a name in a folder is left out.
func hidden(name string) bool { return name[0] == '.' || name[0] == '_' }

// isFile is whether a name is that of a file, or of a link to one; what is not there any more is none.
func isFile(in fs.FS, name string) bool {
	about, err := fs.Stat(in, name)
	return err == nil && about.Mode().IsRegular()
}

func (f *finder) add(file string) error {
	if f.seen[file] {
		return nil
	}
	f.seen[file] = true
	if f.files = append(f.files, file); len(f.files) > maxFiles {
		return fmt.Errorf("more than %d files: give them in several calls", maxFiles)
	}
	return nil
}
