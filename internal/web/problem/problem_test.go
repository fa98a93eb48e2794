package problem

import (
	"net/http"
	"net/http/httptest"
	"testing"
)

func TestWrite(t *testing.T) {
	extended := struct {
		Details
		Partition int `json:"partition"`
	}{New(http.StatusServiceUnavailable, "ask again"), 3}
	for name, c := range map[string]struct {
		write  func(http.ResponseWriter)
		status int
		want   string
	}{
		"plain": {
			func(w http.ResponseWriter) { Write(w, http.StatusNotFound, `no "x"`) }, http.StatusNotFound,
			`{"title":"Not Found","status":404,"detail":"no \"x\""}` + "\n",
		},
		"with members of its own": {
			func(w http.ResponseWriter) { WriteExtended(w, extended.Status, extended) }, http.StatusServiceUnavailable,
			`{"title":"Service Unavailable","status":503,"detail":"ask again","partition":3}` + "\n",
		},
	} {
		w := httptest.NewRecorder()
		c.write(w)
		if got := w.Body.String(); w.Code != c.status || got != c.want || w.Header().Get("Content-Type") != "application/problem+json" {
			t.Errorf("%s: %d %s %q, want %d %s", name, w.Code, got, w.Header(), c.status, c.want)
		}
	}
}
