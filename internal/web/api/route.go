package api

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

// router finds handlers by path. It is here for ids that [http.ServeMux] has another meaning for, as "/", encoded, alone in a segment: it takes that for the end of
// a path.
//
// It is humago's mux: patterns are a method, GET, and a path whose segments are words or names in braces.
type router struct {
	api        *api
	compressed func(http.Handler) http.HandlerFunc
	routes     []route
}

type route struct {
	segments []string
	handler  http.HandlerFunc
}

// HandleFunc implements humago.Mux. All handlers but that of streams have a deadline, and their answers are compressed.
func (t *router) HandleFunc(pattern string, handler func(http.ResponseWriter, *http.Request)) {
	path := strings.TrimPrefix(pattern, http.MethodGet+" "+Prefix)
	if path != streamPath {
		handler = t.compressed(t.bounded(handler))
	}
	t.routes = append(t.routes, route{strings.Split(path, "/"), handler})
}

func (t *router) bounded(handler http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeoutCause(r.Context(), t.api.o.Timeout, errTimeout)
		defer cancel()
		handler(w, r.WithContext(ctx))
	}
}

// ServeHTTP implements http.Handler.
func (t *router) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	segments := strings.Split(strings.TrimPrefix(r.URL.EscapedPath(), Prefix), "/")
	var found *route
	var ids map[string]string
	for i := range t.routes {
		if values, ok := t.routes[i].match(segments); ok && (found == nil || len(values) < len(ids)) {
			found, ids = &t.routes[i], values
		}
	}
	if found == nil {
		sendProblem(w, huma.Error404NotFound("there is nothing at this path: "+Prefix+"/openapi.json lists what there is"))
		return
	}
	for name, id := range ids {
		r.SetPathValue(name, id)
	}
	found.handler(w, r)
}

// match is whether a path is of the route, and what its named segments are then, decoded.
func (r *route) match(path []string) (values map[string]string, ok bool) {
	if len(path) != len(r.segments) {
		return nil, false
	}
	for i, want := range r.segments {
		name, named := strings.CutPrefix(want, "{")
		if !named {
			if path[i] != want {
				return nil, false
			}
			continue
		}
		value, err := url.PathUnescape(path[i])
		if err != nil || value == "" {
			return nil, false
		}
		if values == nil {
			values = map[string]string{}
		}
		values[strings.TrimSuffix(name, "}")] = value
	}
	return values, true
}
