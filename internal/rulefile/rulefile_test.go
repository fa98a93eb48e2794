package rulefile

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"sellerpulse/pkg/rules"
)

// TestPacks: each pack is a rule file of its name, with a title.
func TestPacks(t *testing.T) {
	for _, name := range Names() {
		file, err := Read(name)
		if err != nil {
			t.Fatal(err)
		}
		s, err := rules.ParseAll(800, file)
		if err != nil || s.Packs()[0].Name != name || Title(file.Text) == "" {
			t.Errorf("%s: %v, pack %q, title %q", name, err, s.Packs()[0].Name, Title(file.Text))
		}
	}
	if !slices.Contains(Names(), rules.BuiltInPack) || !slices.IsSorted(Names()) {
		t.Errorf("packs %q", Names())
	}
}

func TestFiles(t *testing.T) {
	path := filepath.Join(t.TempDir(), "walmart-us")
	if err := os.WriteFile(path, []byte("rules: []\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	files, err := ReadAll([]string{path, "walmart-us"})
	if err != nil || string(files[0].Text) != "rules: []\n" || files[0].Name != path || !strings.Contains(string(files[1].Text), "pack: walmart-us") {
		t.Errorf("%q, %v", files, err)
	}
	for name, want := range map[string]string{
		"walmart": "; did you mean walmart-", "nobody": `"nobody" is neither a file nor a pack: open nobody`, "./nobody.yaml": "open ./nobody.yaml",
	} {
		if _, err := ReadAll([]string{"etsy", name}); err == nil || !strings.Contains(err.Error(), want) || !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s: %v, want %s", name, err, want)
		}
	}
}

func TestTitle(t *testing.T) {
	for text, want := range map[string]string{"# Etsy \npack: etsy\n": "Etsy", "#\n": "", "pack: etsy\n": "", "": "", "# A": "A"} {
		if got := Title([]byte(text)); got != want {
			t.Errorf("%q is titled %q, want %q", text, got, want)
		}
	}
}
