package forward

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"sellerpulse/internal/peers"
)

// One process is asked for what it has itself, with the credentials of who asks and nothing else of the request.
func TestAsk(t *testing.T) {
	var got *http.Request
	asked := serve(t, func(w http.ResponseWriter, r *http.Request) {
		got = r
		_, _ = io.WriteString(w, "all right")
	})
	f := New(Options{Address: "http://asker:1"})
	t.Cleanup(f.Close)
	of, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "/system?lang=sv", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	of.Header = http.Header{"Authorization": {"Bearer x"}, "Cookie": {"a=b"}, "Accept": {"text/html"}, "If-None-Match": {`"6"`}, "X-Forwarded-For": {"1.2.3.4"}}
	of.TLS = new(tls.ConnectionState)
	body, err := f.Ask(t.Context(), of, owner(asked.URL), "/api/v1/tasks")
	if err != nil || string(body) != "all right" {
		t.Fatalf("answered %q, %v", body, err)
	}
	if got.URL.RequestURI() != "/api/v1/tasks" {
		t.Errorf("asked for %s", got.URL.RequestURI())
	}
	for name, want := range map[string]string{
		"Authorization": "[Bearer x]", "Cookie": "[a=b]", ForwardedHeader: "[http://asker:1]", "X-Forwarded-Proto": "[https]", "Accept": "[]", "If-None-Match": "[]", "X-Forwarded-For": "[]",
	} {
		if values := fmt.Sprint(got.Header.Values(name)); values != want {
			t.Errorf("%s is passed as %s, want %s", name, values, want)
		}
	}
}

// Why there is no answer can be read behind the address.
func TestAskIsNotAnswered(t *testing.T) {
	hangs := serve(t, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	forbids := serve(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusUnauthorized) })
	leads := serve(t, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, hangs.URL, http.StatusFound) })
	large := serve(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, strings.Repeat("x", maxTold+1)) })
	largest := serve(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, strings.Repeat("x", maxTold)) })
	for name, c := range map[string]struct {
		peer  peers.Peer
		https bool
		want  string // empty: it answers
	}{
		"this process":  {peers.Peer{Address: hangs.URL, Self: true}, false, "it is this process"},
		"no address":    {peers.Peer{Reason: "it has none"}, false, "it has none"},
		"http alone":    {peers.Peer{Address: hangs.URL}, true, "--peer-tls-ca demands"},
		"nobody there":  {peers.Peer{Address: nowhere}, false, "connection refused"},
		"it hangs":      {peers.Peer{Address: hangs.URL}, false, "did not answer in time"},
		"it forbids":    {peers.Peer{Address: forbids.URL}, false, "it answered 401 Unauthorized"},
		"it leads away": {peers.Peer{Address: leads.URL}, false, "it answered 302 Found"},
		"too large":     {peers.Peer{Address: large.URL}, false, "too large"},
		"just so large": {peers.Peer{Address: largest.URL}, false, ""},
	} {
		t.Run(name, func(t *testing.T) {
			o := Options{}
			if c.https {
				o.Authorities = x509.NewCertPool()
			}
			f := New(o)
			t.Cleanup(f.Close)
			ctx, cancel := t.Context(), context.CancelFunc(func() {})
			if name == "it hangs" {
				ctx, cancel = context.WithTimeout(ctx, 50*time.Millisecond)
			}
			defer cancel()
			body, err := f.Ask(ctx, &http.Request{Header: http.Header{}}, &c.peer, "/")
			if c.want == "" && (err != nil || len(body) != maxTold) || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
				t.Errorf("%d bytes, error %v, want %q", len(body), err, c.want)
			}
		})
	}
}
