package app

import (
	"cmp"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"sellerpulse/internal/web/access"
)

// serve starts a server on loopback, which ends with the test. Nobody is asked who asks unless o says so.
func serve(t *testing.T, o serverOptions, who access.Options) *server {
	t.Helper()
	o.log = slog.New(slog.DiscardHandler)
	who.Logger = o.log
	var err error
	if o.access, err = access.New(who); err != nil {
		t.Fatal(err)
	}
	o.address, o.connections, o.metrics = cmp.Or(o.address, "127.0.0.1:0"), cmp.Or(o.connections, 8), prometheus.NewRegistry()
	s, err := newServer(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.stop(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// ask sends one request and returns the answer's status and body.
func ask(t *testing.T, s *server, method, path, host string, headers map[string]string) (int, string) {
	t.Helper()
	_, port, err := net.SplitHostPort(s.address())
	if err != nil {
		t.Fatal(err)
	}
	request, err := http.NewRequestWithContext(t.Context(), method, "http://127.0.0.1:"+port+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	if host != "" {
		request.Host = host
	}
	for name, value := range headers {
		request.Header.Set(name, value)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(body)
}

// What gets as far as the verification is told that there is none yet.
const nothingToVerify = "connecting to kafka"

func TestNoWebPageCanAskForAVerification(t *testing.T) {
	s := serve(t, serverOptions{}, access.Options{})
	asked := map[string]string{"X-Sellerpulse": "verify"}
	with := func(name, value string) map[string]string {
		return map[string]string{"X-Sellerpulse": "verify", name: value}
	}
	for _, c := range []struct {
		name    string
		headers map[string]string
		status  int
		says    string
	}{
		{"a program that asks for it", asked, 503, nothingToVerify},
		{"a form of a web page", map[string]string{"Content-Type": "text/plain"}, 403, "X-Sellerpulse: verify is missing"},
		{"another value", map[string]string{"X-Sellerpulse": "1"}, 403, "X-Sellerpulse: verify is missing"},
		{"a page of another site", with("Sec-Fetch-Site", "cross-site"), 403, "another origin"},
		{"a page of another server of this site", with("Sec-Fetch-Site", "same-site"), 403, "another origin"},
		{"a page by an old browser", with("Origin", "http://elsewhere.example"), 403, "another origin"},
		{"a page of its own", with("Sec-Fetch-Site", "same-origin"), 503, nothingToVerify},
	} {
		if status, body := ask(t, s, http.MethodPost, verifyPath, "", c.headers); status != c.status || !strings.Contains(body, c.says) {
			t.Errorf("%s: %d %s, want %d %q", c.name, status, body, c.status, c.says)
		}
	}
	// Browsers ask whether they may send the header, and are given no permission.
	if status, _ := ask(t, s, http.MethodOptions, verifyPath, "", map[string]string{"Origin": "http://elsewhere.example", "Access-Control-Request-Headers": "x-sellerpulse"}); status != http.StatusMethodNotAllowed {
		t.Errorf("a preflight is answered with %d", status)
	}
}

// Of connections there are so many at a time; the next one waits until one of them is closed.
func TestConnectionsAreLimited(t *testing.T) {
	s := serve(t, serverOptions{connections: 2}, access.Options{})
	connect := func() net.Conn {
		conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", s.address())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = conn.Close() })
		if _, err := io.WriteString(conn, "GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n"); err != nil {
			t.Fatal(err)
		}
		return conn
	}
	answered := func(conn net.Conn) <-chan struct{} {
		done := make(chan struct{})
		go func() {
			defer close(done)
			_, _ = io.ReadFull(conn, make([]byte, len("HTTP/1.1 200 OK")))
		}()
		return done
	}
	first := connect()
	<-answered(first)
	<-answered(connect())
	third := answered(connect())
	select {
	case <-third:
		t.Fatal("a third connection is served beside two")
	default:
	}
	_ = first.Close()
	<-third
}
