package schemas

import (
	"embed"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/linkedin/goavro/v2"
)

// files holds NAME.avsc, the newest version of each schema, and history/NAME.FINGERPRINT.avsc, the earlier ones.
//
//go:embed *.avsc all:history
var files embed.FS

const extension = ".avsc"

// Version is one version of a schema.
type Version struct {
	Text        string // as in its file
	Fingerprint uint64 // CRC-64-AVRO of the parsing canonical form, as Avro's own libraries compute it

	// GoavroFingerprint is what goavro computes, whose canonical form differs: some producers send it.
	GoavroFingerprint uint64
}

// all gives the versions of each schema by its name, the newest first.
var all = sync.OnceValue(load)

// Names lists the schemas in the order of their names.
func Names() []string {
	var names []string
	for name := range all() {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// Text gives the newest version of the schema of this name: "orders" for orders.avsc. It panics if there is none.
func Text(name string) string { return Versions(name)[0].Text }

// Fingerprint gives the fingerprint of the newest version of the schema of this name. It panics if there is none.
func Fingerprint(name string) uint64 { return Versions(name)[0].Fingerprint }

// Versions gives all versions of the schema of this name, the newest first. It panics if there is none.
func Versions(name string) []Version {
	versions := all()[name]
	if len(versions) == 0 {
		panic("no schema named " + name)
	}
	return versions
}

// load reads the embedded files. They are part of the program, so that a bad one is a broken invariant.
func load() map[string][]Version {
	versions := map[string][]Version{}
	for _, pattern := range []string{"*" + extension, "history/*" + extension} {
		found, err := fs.Glob(files, pattern)
		must(err)
		for _, file := range found {
			name, _, _ := strings.Cut(path.Base(file), ".")
			text, err := files.ReadFile(file)
			must(err)
			versions[name] = append(versions[name], parse(file, string(text)))
		}
	}
	return versions
}

func parse(file, text string) Version {
	codec, err := goavro.NewCodec(text)
	if err != nil {
		panic(fmt.Sprintf("parse %s: %v", file, err))
	}
	form, err := canonical(text)
	must(err)
	return Version{Text: text, Fingerprint: fingerprint(form), GoavroFingerprint: codec.Rabin}
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}
