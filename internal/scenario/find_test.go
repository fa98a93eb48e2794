package scenario

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const aScenario = "scenario A title\nat 2026-01-05 order O1 placed\nthen status ACTIVE\n"

// folderOf makes a folder of files of one scenario each.
func folderOf(t *testing.T, names ...string) string {
	t.Helper()
	folder := t.TempDir()
	for _, name := range names {
		path := filepath.Join(folder, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(aScenario), 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	return folder
}

func TestFind(t *testing.T) {
	folder := folderOf(t, "stories/b.txt", "stories/a.txt", "stories/of/c.txt", "stories/own.yaml", "stories/.git/d.txt", "stories/_draft.txt", "stories/of.txt/e.txt", "story", "none/own.yaml")
	t.Chdir(folder)
	if err := errors.Join(os.Symlink("stories/of", "link"), os.Symlink("../nowhere", "stories/gone.txt")); err != nil {
		t.Fatal(err)
	}
	all := []string{"stories/a.txt", "stories/b.txt", "stories/of/c.txt", "stories/of.txt/e.txt"}
	for _, test := range []struct {
		paths, want []string
		err         string
	}{
		{paths: []string{"stories"}, want: all},
		{paths: []string{"story", "stories/"}, want: append([]string{"story"}, all...)},
		{paths: []string{"stories/b.txt", "./stories/b.txt", "stories"}, want: []string{"stories/b.txt", "stories/a.txt", "stories/of/c.txt", "stories/of.txt/e.txt"}},
		{paths: []string{"link"}, want: []string{"link/c.txt"}},
		{paths: []string{"stories/_draft.txt"}, want: []string{"stories/_draft.txt"}},
		{paths: []string{"none"}, err: "find scenarios: folder none has no file of scenarios"},
		{paths: []string{"story", "nowhere"}, err: "find scenarios: stat nowhere"},
	} {
		got, err := Find(test.paths)
		if !slices.Equal(got, test.want) || (err == nil) != (test.err == "") || err != nil && !strings.HasPrefix(err.Error(), test.err) {
			t.Errorf("%q: files %q, error %v", test.paths, got, err)
		}
	}
}

// TestFindIsBounded holds that there is an end to the files of a call.
func TestFindIsBounded(t *testing.T) {
	f := finder{seen: map[string]bool{}}
	for f.add(strings.Repeat("x", len(f.files))) == nil {
		if len(f.files) > maxFiles {
			t.Fatalf("%d files were taken", len(f.files))
		}
	}
	if len(f.files) != maxFiles+1 {
		t.Errorf("refused at %d files", len(f.files))
	}
}

// TestLoadIsBounded holds that a file that is too large is refused, and the largest one read, however it ends.
func TestLoadIsBounded(t *testing.T) {
	path := filepath.Join(t.TempDir(), "large.txt")
	comments := strings.Repeat("# "+strings.Repeat("x", 1021)+"\n", maxFileBytes/1024)
	largest := aScenario + "#" + comments[len(aScenario)+1:]
	for text, want := range map[string]string{largest: "", largest + "\n": "larger than 1048576 bytes", comments + aScenario: "larger than 1048576 bytes"} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := Load(path)
		if (err == nil) != (want == "") || err != nil && (!strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), path)) {
			t.Errorf("%d bytes: %v, want %q", len(text), err, want)
		}
	}
}

// TestRulesThatCannotBeRead holds that a rule file that is not there is no failure of the scenario but an error at the line that names it.
func TestRulesThatCannotBeRead(t *testing.T) {
	file := parse(t, "\nrules none.yaml\n"+aScenario)
	_, err := file.Run(Options{ReadFile: func(path string) ([]byte, error) {
		return nil, &fs.PathError{Op: "open", Path: path, Err: fs.ErrNotExist}
	}})
	unread, ok := errors.AsType[*Error](err)
	if !ok || unread.Error() != "story.txt:2: read rules: open none.yaml: file does not exist: the path is from the folder of this file" {
		t.Errorf("error %v", err)
	}
}
