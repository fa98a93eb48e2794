package eventfile

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// folder makes files with their contents, by their paths in it.
func folder(t *testing.T, contents map[string]string) string {
	t.Helper()
	root := t.TempDir()
	for path, content := range contents {
		path = filepath.Join(root, path)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

func find(t *testing.T, log *slog.Logger, paths ...string) Files {
	t.Helper()
	files, err := Find(paths, Named("standard input", func() io.Reader { return strings.NewReader("") }), log)
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func namesOf(files Files, root string) (names []string) {
	for _, f := range files.List {
		names = append(names, strings.TrimPrefix(f.Name, root+"/"))
	}
	return names
}

func TestFoldersAreReadSorted(t *testing.T) {
	root := folder(t, map[string]string{
		"b.jsonl": "bb", "a/2": "2", "a/1": "1", "a/10": "10", "c": "ccc", ".hidden": "x", "a/.hidden/file": "x", "_SUCCESS": "", "_temporary/part-0": "x", "a/b/c/d": "deep",
	})
	files := find(t, slog.New(slog.DiscardHandler), root+"/c", root, "-")
	if got := fmt.Sprint(namesOf(files, root)); got != "[c a/1 a/10 a/2 a/b/c/d b.jsonl c standard input]" {
		t.Errorf("files %s", got)
	}
	if files.Bytes != -1 {
		t.Errorf("with standard input %d bytes are known", files.Bytes)
	}
	if files := find(t, slog.New(slog.DiscardHandler), root+"/c", root); files.Bytes != 3+1+2+1+4+2+3 {
		t.Errorf("%d bytes", files.Bytes)
	}
	if files := find(t, slog.New(slog.DiscardHandler), root+"/.hidden", root+"/a/.hidden"); len(files.List) != 2 {
		t.Errorf("hidden files that are named: %v", namesOf(files, root))
	}
}

func TestPathsThatAreNoFiles(t *testing.T) {
	root := folder(t, map[string]string{"hidden-only/.x": "", "links/file": "x", "dangling/file": "x"})
	for _, path := range []string{"empty", "empty/below"} {
		if err := os.Mkdir(filepath.Join(root, path), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for from, to := range map[string]string{"links/folder": "../empty", "links/other": "file", "dangling/link": "nowhere"} {
		if err := os.Symlink(to, filepath.Join(root, from)); err != nil {
			t.Fatal(err)
		}
	}
	for path, want := range map[string]string{
		"none": "no such file or directory", "empty": "has no files: name one that has, or the files", "hidden-only": "has no files",
		"dangling": "dangling/link: no such file or directory: it is a link to nothing, or was removed just now",
	} {
		_, err := Find([]string{filepath.Join(root, path)}, File{}, slog.New(slog.DiscardHandler))
		if err == nil || !strings.HasPrefix(err.Error(), "read events: ") || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: %v, want %s", path, err, want)
		}
	}
	var log bytes.Buffer
	files := find(t, slog.New(slog.NewTextHandler(&log, nil)), root+"/links")
	if got := fmt.Sprint(namesOf(files, root)); got != "[links/file links/other]" || !strings.Contains(log.String(), `level=WARN msg="passed over: it is not a file; name it to have it read"`) {
		t.Errorf("links: files %s, log %q", got, &log)
	}
}

func TestTooManyFiles(t *testing.T) {
	files := Files{List: make([]File, maxFiles)}
	if err := files.append(File{}, 1); err == nil || err.Error() != "more than 100000 files: give them in several calls" {
		t.Errorf("error %v", err)
	}
}

// Several files are one after the other, each fault with its own file's name; what is no file of events is told of in a folder, and is a
// fault where it was named.
func TestSeveralFiles(t *testing.T) {
	wrong := strings.Replace(feedback(3), `"rating":1`, `"rating":7`, 1)
	root := folder(t, map[string]string{
		"1.jsonl": feedback(1) + "\n" + wrong + "\n" + feedback(2), "2.avro": string(containerOf(t, "deflate", 3, 1)), "3.jsonl.gz": zipped(t, feedback(4), gzipHeader),
		"4.txt": "Read me first.\n", "5.zip": "PK\x03\x04\x14\x00\x00", "6": "", "7.json": "[" + feedback(1) + "]", "8": " \n\n", "9.jsonl": wrong,
	})
	for _, c := range []struct {
		name     string
		paths    []string
		most     int
		events   int
		faults   string
		warnings []string
	}{
		{
			"folder",
			[]string{""},
			100, 5,
			"1.jsonl:2: rating 7 is outside 1 to 5|2.avro: record 2, in block 1: rating 7 is outside 1 to 5|9.jsonl:1: rating 7 is outside 1 to 5",
			[]string{
				"4.txt|passed over: it is neither lines of JSON nor an Avro container file", "5.zip|passed over: it is a zip archive: use `unzip -p FILE | processor produce -`",
				"6|passed over: it is empty: make it again, or leave it out", "7.json|passed over: it is a JSON array, not lines of JSON",
			},
		},
		{
			"named",
			[]string{"4.txt", "5.zip", "6", "7.json", "8"},
			100, 0,
			"4.txt:1: read JSON: it is not an object; make files of other forms, such as CSV, lines of JSON first, an event each|" +
				"5.zip: it is a zip archive: use `unzip -p FILE | processor produce -`|6: it is empty: make it again, or leave it out|" +
				"7.json:1: read JSON: it is not an object; for a JSON array use `jq -c '.[]' FILE | processor produce -`", nil,
		},
		{"first fault", []string{"3.jsonl.gz", "9.jsonl"}, 1, 1, "9.jsonl:1: rating 7 is outside 1 to 5", nil},
	} {
		var log bytes.Buffer
		var paths []string
		for _, path := range c.paths {
			paths = append(paths, filepath.Join(root, path))
		}
		logger := slog.New(slog.NewTextHandler(&log, nil))
		n, faults := whatIsIn(t, Options{Faults: c.most, Files: find(t, logger, paths...).List, Logger: logger})
		if got := strings.ReplaceAll(strings.Join(faults, "|"), root+"/", ""); n != c.events || got != c.faults {
			t.Errorf("%s: %d events, %s; want %d, %s", c.name, n, got, c.events, c.faults)
		}
		if strings.Count(log.String(), "level=WARN") != len(c.warnings) {
			t.Errorf("%s: log %q, want %d warnings", c.name, &log, len(c.warnings))
		}
		for _, warning := range c.warnings {
			file, text, _ := strings.Cut(warning, "|")
			if line := fmt.Sprintf("msg=%q file=%s", text, filepath.Join(root, file)); !strings.Contains(log.String(), line) {
				t.Errorf("%s: log %q, want %s", c.name, &log, line)
			}
		}
	}
}

// A folder of which no file is one of events is no success.
func TestAFolderOfOtherFiles(t *testing.T) {
	root := folder(t, map[string]string{"a.csv": "topic,kind\n", "b.parquet": "PAR1\x15\x04"})
	_, faults := whatIsIn(t, Options{Files: find(t, slog.New(slog.DiscardHandler), root).List})
	if fmt.Sprint(faults) != "[no file has a form that is known: 2 were passed over: name one to learn what helps]" {
		t.Errorf("got %v", faults)
	}
}

// A file that is gone when its turn comes is a fault, and those after it are read where all are.
func TestAFileThatVanishes(t *testing.T) {
	root := folder(t, map[string]string{"1": feedback(1), "2": feedback(2), "3": feedback(3)})
	files := find(t, slog.New(slog.DiscardHandler), root).List
	if err := os.Remove(filepath.Join(root, "2")); err != nil {
		t.Fatal(err)
	}
	reading := Read(t.Context(), Options{Faults: 1000, Files: files})
	n, faults := 0, []*Fault{}
	for c, err := reading.Next(t.Context()); c != nil; c, err = reading.Next(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		n, faults = n+len(c.Messages), append(faults, c.Faults...)
	}
	if n != 2 || len(faults) != 1 || faults[0].File != filepath.Join(root, "2") || !errors.Is(faults[0], fs.ErrNotExist) {
		t.Errorf("%d events, faults %v", n, faults)
	}
}
