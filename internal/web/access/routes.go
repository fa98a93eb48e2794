package access

import (
	"net/http"
)

// Routes are the handlers of a server, each with the role that it needs.
type Routes struct {
	mux   *http.ServeMux
	needs map[string]Role // by pattern
	probe map[string]bool // patterns that no rate holds for
}

// NewRoutes are none yet.
func NewRoutes() *Routes {
	return &Routes{mux: http.NewServeMux(), needs: map[string]Role{}, probe: map[string]bool{}}
}

// Handle adds a route, with a pattern of [http.ServeMux]. What changes something or costs much is to need an [Operator].
func (r *Routes) Handle(pattern string, need Role, h http.Handler) {
	r.mux.Handle(pattern, h)
	r.needs[pattern] = need
}

// HandleFunc is Handle of a function.
func (r *Routes) HandleFunc(pattern string, need Role, f func(http.ResponseWriter, *http.Request)) {
	r.Handle(pattern, need, http.HandlerFunc(f))
}

// Probe adds a route for anyone that no rate holds for: whether a process is restarted must not depend on who else asks from that address.
func (r *Routes) Probe(pattern string, f func(http.ResponseWriter, *http.Request)) {
	r.HandleFunc(pattern, Anyone, f)
	r.probe[pattern] = true
}

// find is the pattern of a request, which is empty where there is none, and what it needs. What nobody named needs a viewer, so that nobody else
// learns what there is.
func (r *Routes) find(request *http.Request) (pattern string, need Role) {
	_, pattern = r.mux.Handler(request)
	if need, ok := r.needs[pattern]; ok {
		return pattern, need
	}
	return pattern, Viewer
}

// missing answers what there is no route for, as other errors are answered.
func (r *Routes) missing(w http.ResponseWriter, request *http.Request) {
	answer := discarded{header: http.Header{}}
	r.mux.ServeHTTP(&answer, request)
	if allow := answer.header.Get("Allow"); allow != "" {
		w.Header().Set("Allow", allow)
	}
	if answer.status == http.StatusMethodNotAllowed {
		refuse(w, request, answer.status, request.Method+" is not for this address: use "+answer.header.Get("Allow"))
		return
	}
	refuse(w, request, http.StatusNotFound, "there is nothing at this address")
}

// discarded keeps of an answer its status and headers.
type discarded struct {
	header http.Header
	status int
}

func (d *discarded) Header() http.Header               { return d.header }
func (d *discarded) WriteHeader(status int)            { d.status = status }
func (d *discarded) Write(content []byte) (int, error) { return len(content), nil }
