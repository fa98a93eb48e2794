package eventfile

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
)

// maxFiles bounds the files of one call.
const maxFiles = 100_000

// StandardInput is the path that stands for it.
const StandardInput = "-"

// File is a file to be read.
type File struct {
	Name string
	Open func() (io.ReadCloser, error)

	found bool // in a folder, and not named
	pipe  bool // may be empty
}

// Found tells that it is a file of a folder, and was not named itself.
func (f *File) Found() bool { return f.found }

// Named makes a file of what is open already, such as standard input, which may be empty.
func Named(name string, open func() io.Reader) File {
	return File{Name: name, pipe: true, Open: func() (io.ReadCloser, error) { return io.NopCloser(open()), nil }}
}

// Files are those that some paths stand for, in their order.
type Files struct {
	List  []File
	Bytes int64 // of all together; -1 where that is not known
}

// Find lists the files that paths stand for: those of folders sorted by name, folders within them included, hidden ones left out.
func Find(paths []string, standardInput File, log *slog.Logger) (Files, error) {
	var f Files
	for _, path := range paths {
		if err := f.add(path, standardInput, log); err != nil {
			return f, fmt.Errorf("read events: %w", err)
		}
	}
	return f, nil
}

func (f *Files) add(path string, standardInput File, log *slog.Logger) error {
	if path == StandardInput {
		return f.append(standardInput, -1)
	}
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return err
	case info.IsDir():
		return f.walk(path, log)
	}
	return f.append(onDisk(path, info))
}

func onDisk(path string, info fs.FileInfo) (File, int64) {
	file := File{Name: path, Open: func() (io.ReadCloser, error) { return os.Open(path) }}
	if info.Mode().IsRegular() {
		return file, info.Size()
	}
	file.pipe = true
	return file, -1
}

func (f *Files) append(file File, size int64) error {
	if f.List = append(f.List, file); len(f.List) > maxFiles {
		return fmt.Errorf("more than %d files: give them in several calls", maxFiles)
	}
	if f.Bytes += size; size < 0 || f.Bytes < size {
		f.Bytes = -1
	}
	return nil
}

// walk adds the files of a folder.
func (f *Files) walk(folder string, log *slog.Logger) error {
	before := len(f.List)
	err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case path != folder && hidden(entry.Name()) && entry.IsDir():
			return fs.SkipDir
		case entry.IsDir(), hidden(entry.Name()):
			return nil
		}
		return f.found(path, log)
	})
	if err == nil && len(f.List) == before {
		err = fmt.Errorf("folder %s has no files: name one that has, or the files", folder)
	}
	return err
}

// hidden is whether a file in a folder is none of its contents: by the custom of Unix, and by that of Hadoop and Spark, which mark what is not
// finished, or is about the files, by an underscore.
func hidden(name string) bool { return name[0] == '.' || name[0] == '_' }

// found adds a file of a folder, if it is one.
func (f *Files) found(path string, log *slog.Logger) error {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%w: it is a link to nothing, or was removed just now", err)
	}
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		log.Warn("passed over: it is not a file; name it to have it read", "file", path)
		return nil
	}
	file, size := onDisk(path, info)
	file.found = true
	return f.append(file, size)
}
