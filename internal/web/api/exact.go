package api

import (
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

// Exact goes before a mux. An id may be "." or "..", which most programs do not encode in a path: of a path under [Prefix] they are encoded here, or the
// mux would take them for steps and send who asks elsewhere. An id is never empty: a path with an empty segment is refused, for without it it would be
// another one's.
func Exact(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		path := r.URL.EscapedPath()
		if rest, ours := strings.CutPrefix(path, Prefix+"/"); ours {
			encoded, ok := encodeDots(rest)
			if !ok {
				sendProblem(w, huma.Error404NotFound("a segment of the path is empty, and no id is: encode a / in an id as %2F"))
				return
			}
			r = withPath(r, Prefix+"/"+encoded)
		}
		next.ServeHTTP(w, r)
	})
}

// encodeDots encodes segments that are dots; it is false where one but the last is empty.
func encodeDots(path string) (encoded string, ok bool) {
	segments := strings.Split(path, "/")
	for i, s := range segments {
		switch s {
		case ".", "..":
			segments[i] = strings.ReplaceAll(s, ".", "%2E")
		case "":
			if i < len(segments)-1 {
				return "", false
			}
		}
	}
	return strings.Join(segments, "/"), true
}

// withPath is a request for another encoding of its path.
func withPath(r *http.Request, encoded string) *http.Request {
	if encoded == r.URL.EscapedPath() {
		return r
	}
	u := *r.URL
	u.RawPath = encoded
	other := *r
	other.URL = &u
	return &other
}
