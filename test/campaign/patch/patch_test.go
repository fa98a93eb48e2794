package patch

import (
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// Whoever moves or changes what a patch is about learns it here: each applies, bugs together with small sizes too, and compiles.
func TestPatchesApply(t *testing.T) {
	for _, name := range append(Bugs(), Small, Stamped) {
		t.Run(name, func(t *testing.T) {
			s, err := patched(name)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := patched(name, Small); err != nil && name != Small {
				t.Error(err)
			}
			compile(t, s)
		})
	}
}

// compile compiles the packages that are changed.
func compile(t *testing.T, s *source) {
	t.Helper()
	if testing.Short() {
		t.Skip("applied; not compiled, which takes seconds")
	}
	overlay, err := s.write(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	arguments := []string{"build", "-overlay", overlay}
	for path := range s.changed {
		arguments = append(arguments, filepath.Dir(path))
	}
	if output, err := exec.CommandContext(t.Context(), "go", arguments...).CombinedOutput(); err != nil {
		t.Errorf("%v: %s", err, output)
	}
}

// The source stays as it is; what changes is in the folder of the overlay.
func TestOverlay(t *testing.T) {
	folder := t.TempDir()
	before, err := open()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Overlay(folder, Small); err != nil {
		t.Fatal(err)
	}
	after, err := open()
	if err != nil || !maps.Equal(before.files, after.files) {
		t.Errorf("the source was changed, %v", err)
	}
	written, err := os.ReadDir(folder)
	if err != nil || len(written) < 2 {
		t.Errorf("%d files are written, %v", len(written), err)
	}
}

func TestEdit(t *testing.T) {
	for name, test := range map[string]struct {
		files map[string]string
		want  string // "" for none
		after map[string]string
	}{
		"in one place": {
			files: map[string]string{"a.go": "x := 1\n", "b.go": "y := 1\n"},
			after: map[string]string{"a.go": "x := 2\n", "b.go": "y := 1\n"},
		},
		"in no place":         {files: map[string]string{"a.go": "y := 1\n"}, want: `"x := 1" is in 0 places of the source, [],`},
		"in two files":        {files: map[string]string{"a.go": "x := 1\n", "b.go": "x := 1\n"}, want: "is in 2 places"},
		"twice in a file":     {files: map[string]string{"a.go": "x := 1\nx := 1\n"}, want: `is in 2 places of the source, ["a.go" "a.go"]`},
		"in a longer word is": {files: map[string]string{"a.go": "max := 10\n"}, after: map[string]string{"a.go": "max := 20\n"}},
	} {
		t.Run(name, func(t *testing.T) {
			s := &source{files: maps.Clone(test.files), changed: map[string]bool{}}
			p, err := parse("bug", []byte("It counts wrong.\n\n-- old --\nx := 1\n-- new --\nx := 2\n"))
			if err != nil {
				t.Fatal(err)
			}
			switch err := s.apply(&p); {
			case test.want == "" && (err != nil || !maps.Equal(s.files, test.after)):
				t.Errorf("%q, %v", s.files, err)
			case test.want != "" && (err == nil || !strings.HasPrefix(err.Error(), `apply patch "bug": `) || !strings.Contains(err.Error(), test.want)):
				t.Errorf("%v, must contain %q", err, test.want)
			}
		})
	}
}

func TestParseRefuses(t *testing.T) {
	for _, text := range []string{"", "-- old --\nx\n", "-- new --\nx\n-- old --\ny\n", "-- old --\nx\n-- new --\ny\n-- old --\nz\n"} {
		if _, err := parse("bug", []byte(text)); err == nil {
			t.Errorf("%q is taken as a patch", text)
		}
	}
}

func TestNoSuchPatch(t *testing.T) {
	if _, err := Overlay(t.TempDir(), "nonsense"); err == nil || !strings.Contains(err.Error(), "skip-abort") {
		t.Errorf("%v, must name those that there are", err)
	}
}
