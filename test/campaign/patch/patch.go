package patch

import (
	"embed"
	"fmt"
	"io/fs"
	"strings"

	"golang.org/x/tools/txtar"
)

// Small is the patch that makes sizes and times small, so that what happens once an hour happens every second.
const Small = "small"

// Stamped is the patch by which an intake gives events the times of the records that they come of. A campaign's events are in the future of the machine's clock,
// which is what it takes for times otherwise: topics as `processor topics` makes them have the brokers' in any case.
const Stamped = "stamped"

// patch is one change of the source.
type patch struct {
	name  string
	edits []edit
}

// edit puts a new text in the place of an old one, which must be in one place only.
type edit struct{ old, new string }

//go:embed small.txt stamped.txt bugs/*.txt
var files embed.FS

const ending = ".txt"

// Bugs are the names of the patches each of which is a bug, sorted.
func Bugs() []string {
	found, _ := fs.Glob(files, "bugs/*"+ending) // The pattern is good.
	for i, path := range found {
		found[i] = strings.TrimSuffix(strings.TrimPrefix(path, "bugs/"), ending)
	}
	return found
}

// read reads a patch by its name.
func read(name string) (patch, error) {
	path := "bugs/" + name + ending
	if name == Small || name == Stamped {
		path = name + ending
	}
	text, err := files.ReadFile(path)
	if err != nil {
		return patch{}, fmt.Errorf("read patch %q: there is none of this name: %s, %s or one of %s", name, Small, Stamped, strings.Join(Bugs(), ", "))
	}
	return parse(name, text)
}

// parse reads a patch from a text archive of old and new texts by turns. The line that ends a text is not part of it.
func parse(name string, text []byte) (patch, error) {
	p := patch{name: name}
	parts := txtar.Parse(text).Files
	for len(parts) > 1 && parts[0].Name == "old" && parts[1].Name == "new" {
		p.edits = append(p.edits, edit{strings.TrimSuffix(string(parts[0].Data), "\n"), strings.TrimSuffix(string(parts[1].Data), "\n")})
		parts = parts[2:]
	}
	if len(parts) > 0 || len(p.edits) == 0 {
		return p, fmt.Errorf("read patch %q: it is not of sections old and new by turns", name)
	}
	return p, nil
}
