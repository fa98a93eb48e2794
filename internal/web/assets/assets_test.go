package assets

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// An asset is served under the name of its content, to be kept for ever, and not under another.
func TestServe(t *testing.T) {
	for _, name := range []string{"style.css", "app.js", "chart.js", "live.js", "brand.svg", "htmx.min.js", "idiomorph.min.js", "uPlot.iife.min.js", "uPlot.min.css"} {
		w := httptest.NewRecorder()
		Serve(w, httptest.NewRequest(http.MethodGet, Path(name), http.NoBody))
		if w.Code != http.StatusOK || w.Body.Len() == 0 || !strings.Contains(w.Header().Get("Cache-Control"), "immutable") {
			t.Errorf("%s is %d, %d bytes, %v", name, w.Code, w.Body.Len(), w.Header())
		}
	}
	for _, path := range []string{Prefix, Prefix + "style.css", Prefix + "../app.js", Prefix + "package.json"} {
		w := httptest.NewRecorder()
		r := httptest.NewRequest(http.MethodGet, "/", http.NoBody)
		r.URL.Path = path
		Serve(w, r)
		if w.Code != http.StatusNotFound {
			t.Errorf("%s is %d, want that there is none", path, w.Code)
		}
	}
}
