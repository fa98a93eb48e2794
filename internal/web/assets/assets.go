// Package assets holds what the dashboard's pages load: its style and script, and what it takes from others, of the versions in package-lock.json.
// They are served under names with a hash of their content, so that browsers may keep them for ever.
package assets

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"io/fs"
	"net/http"
	"path"
	"strings"
	"time"
)

//go:generate ../../../.ci/vendor-assets

//go:embed app.js chart.js live.js style.css brand.svg vendor/*.js vendor/*.css
var files embed.FS

// Prefix is where assets are served.
const Prefix = "/assets/"

// asset is a file, as it is served.
type asset struct {
	name    string // as in files
	content []byte
}

var byName, byPath = index()

// index names each file by its content.
func index() (names map[string]string, paths map[string]asset) {
	names, paths = map[string]string{}, map[string]asset{}
	err := fs.WalkDir(files, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := files.ReadFile(name)
		if err != nil {
			return err
		}
		sum := sha256.Sum256(content)
		ext := path.Ext(name)
		served := Prefix + strings.TrimSuffix(path.Base(name), ext) + "-" + hex.EncodeToString(sum[:6]) + ext
		names[path.Base(name)], paths[served] = served, asset{name, content}
		return nil
	})
	if err != nil {
		panic("assets: " + err.Error()) // They are in the binary.
	}
	return names, paths
}

// Path is where a file is served, such as "style.css". It panics where there is none: names are constants.
func Path(name string) string {
	served, ok := byName[name]
	if !ok {
		panic("assets: there is no " + name)
	}
	return served
}

// Serve serves the assets under Prefix.
func Serve(w http.ResponseWriter, r *http.Request) {
	a, ok := byPath[r.URL.Path]
	if !ok {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	http.ServeContent(w, r, a.name, time.Time{}, bytes.NewReader(a.content))
}
