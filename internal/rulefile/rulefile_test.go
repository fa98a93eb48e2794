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
		files, err := ReadAll([]string{name})
		if err != nil {
			t.Fatal(err)
		}
		s, err := rules.ParseAll(800, files...)
		if err != nil || s.Packs()[0].Name != name || Title(files[0].Text) == "" {
			t.Errorf("%s: %v, pack %q, title %q", name, err, s.Packs()[0].Name, Title(files[0].Text))
		}
	}
	if !slices.Contains(Names(), rules.BuiltInPack) || !slices.IsSorted(Names()) {
		t.Errorf("packs %q", Names())
	}
}

// write writes files into a folder of the test, by their names there.
func write(t *testing.T, texts map[string]string) (folder string) {
	t.Helper()
	folder = t.TempDir()
	for name, text := range texts {
		path := filepath.Join(folder, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return folder
}

func TestFiles(t *testing.T) {
	path := filepath.Join(write(t, map[string]string{"walmart-us": "rules: []\n"}), "walmart-us")
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

// A folder stands for its rule files, in the order of their names, and for links to such, as of a mounted ConfigMap.
func TestFolders(t *testing.T) {
	folder := write(t, map[string]string{"b.yaml": "b", "a.yml": "a", ".c.yaml": "", "_d.yaml": "", "e.txt": "", "f.yaml/in.yaml": "", "..data/linked": "z"})
	for link, to := range map[string]string{"z.yaml": "..data/linked", "gone.yaml": "nothing"} {
		if err := os.Symlink(to, filepath.Join(folder, link)); err != nil {
			t.Fatal(err)
		}
	}
	files, err := ReadAll([]string{folder})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range files {
		got = append(got, strings.TrimPrefix(f.Name, folder+"/")+" "+string(f.Text))
	}
	if want := []string{"a.yml a", "b.yaml b", "z.yaml z"}; !slices.Equal(got, want) {
		t.Errorf("read %q, want %q", got, want)
	}
	if _, err := ReadAll([]string{t.TempDir()}); err == nil || !strings.Contains(err.Error(), "has no rule file: put some there") {
		t.Errorf("an empty folder: %v", err)
	}
	if _, err := ReadAll(slices.Repeat([]string{"etsy"}, MaxFiles+1)); err == nil || !strings.Contains(err.Error(), "more than 64 rule files, of which the last is etsy") {
		t.Errorf("many: %v", err)
	}
}

// A rule file brings the lists of sellers that it names, from its folder.
func TestListsOfSellers(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "own.yaml")
	const own = "overrides: [{sellers_file: lists/new.csv, exempt: true}]\n"
	if err := os.WriteFile(path, []byte(own), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := ReadAll([]string{path}); !errors.Is(err, os.ErrNotExist) || !strings.Contains(err.Error(), "new.csv") {
		t.Errorf("without the list: %v", err)
	}
	if err := os.Mkdir(filepath.Join(folder, "lists"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, "lists", "new.csv"), []byte("S1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	files, err := ReadAll([]string{path})
	if err != nil {
		t.Fatal(err)
	}
	set, err := rules.ParseAll(120, rules.File{Text: rules.BuiltInFile()}, files[0])
	if err != nil || set.OverridesOf("S1") == nil || set.OverridesOf("S2") != nil {
		t.Errorf("%+v, %v", set, err)
	}
}

func TestLeftOut(t *testing.T) {
	const text = "# Shop\n#\n# ## What is counted otherwise\n#\n# - parcels\n#\n# ## What is left out\n#\n# - `channel`: for\n#   a reason.\n# - messages\n#\n# ## More\n#\n# - more\npack: shop\n# - no\n"
	if got, want := LeftOut([]byte(text)), []string{"channel: for a reason.", "messages"}; !slices.Equal(got, want) {
		t.Errorf("left out are %q, want %q", got, want)
	}
	for _, name := range Names() {
		if file, err := Pack(name); name != rules.BuiltInPack && (err != nil || len(LeftOut(file)) == 0) {
			t.Errorf("%s leaves nothing out, %v", name, err)
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
