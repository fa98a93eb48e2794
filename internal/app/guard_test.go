package app

import (
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
)

// serve starts a server on an address, which ends with the test.
func serve(t *testing.T, address string, connections int) *server {
	t.Helper()
	s, err := newServer(serverOptions{address: address, connections: connections, metrics: prometheus.NewRegistry(), log: slog.New(slog.DiscardHandler)})
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
	s := serve(t, "127.0.0.1:0", 8)
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

func TestNamesByWhichALoopbackServerIsAsked(t *testing.T) {
	s, open := serve(t, "127.0.0.1:0", 8), serve(t, "0.0.0.0:0", 8)
	for host, here := range map[string]bool{
		"localhost:8080": true, "LocalHost.": true, "127.0.0.1:8080": true, "[::1]:8080": true, "[::1]": true, "192.0.2.7:8080": true,
		"rebound.example:8080": false, "rebound.example": false, "localhost.example:80": false, "127.0.0.1.example": false,
	} {
		want := http.StatusMisdirectedRequest
		if here {
			want = http.StatusOK
		}
		if status, body := ask(t, s, http.MethodGet, "/livez", host, nil); status != want {
			t.Errorf("asked as %q: %d %s, want %d", host, status, body, want)
		}
		if status, body := ask(t, open, http.MethodGet, "/livez", host, nil); status != http.StatusOK {
			t.Errorf("not on loopback, asked as %q: %d %s", host, status, body)
		}
	}
}

// Of connections there are so many at a time; the next one waits until one of them is closed.
func TestConnectionsAreLimited(t *testing.T) {
	s := serve(t, "127.0.0.1:0", 2)
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

func TestStateDirectoriesAreTheirOwnersAlone(t *testing.T) {
	made := filepath.Join(t.TempDir(), "a", "state")
	if told := warned(t, made); told != "" {
		t.Errorf("of a new directory it is told %s", told)
	}
	if is, err := os.Stat(made); err != nil || is.Mode().Perm() != 0o700 {
		t.Errorf("made with %v, %v", is.Mode(), err)
	}
	for mode, want := range map[os.FileMode]bool{0o700: false, 0o750: false, 0o755: true, 0o701: true} {
		if err := os.Chmod(made, mode); err != nil {
			t.Fatal(err)
		}
		if told := warned(t, made); strings.Contains(told, "chmod o-rwx") != want || want && !strings.Contains(told, made) {
			t.Errorf("of mode %v it is told %q", mode, told)
		}
	}
}

// warned is what is logged of a state directory.
func warned(t *testing.T, directory string) string {
	t.Helper()
	var log strings.Builder
	if err := makeStateDirectory(directory); err != nil {
		t.Fatal(err)
	}
	warnOfAccess(directory, slog.New(slog.NewTextHandler(&log, nil)))
	return log.String()
}

// What `processor run` opens is such a directory.
func TestTheServiceMakesItsStateDirectory(t *testing.T) {
	o := optionsOf(t)
	o.StateDirectory = filepath.Join(t.TempDir(), "state")
	a, err := New(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	if is, err := os.Stat(o.StateDirectory); err != nil || is.Mode().Perm() != 0o700 {
		t.Errorf("made with %v, %v", is.Mode(), err)
	}
	if err := a.Close(); err != nil {
		t.Error(err)
	}
}
