package app

import (
	"bufio"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sellerpulse/internal/web/access"
	"sellerpulse/test/brokertest"
)

// Tokens of whoAsks.
const (
	viewerToken   = "viewer-of-the-tests-0123456789"
	operatorToken = "operator-of-the-tests-0123456789"
)

// whoAsks is a server that knows two tokens.
func whoAsks(t *testing.T) access.Options {
	t.Helper()
	hash := func(token string) [sha256.Size]byte { return sha256.Sum256([]byte(token)) }
	return access.Options{TokensFile: file(t, "tokens", fmt.Sprintf("vera viewer sha256:%x\notto operator sha256:%x\n", hash(viewerToken), hash(operatorToken)))}
}

func file(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// What each path of the service needs.
func TestWhoMayAskTheService(t *testing.T) {
	who := whoAsks(t)
	s, public, intake := serve(t, serverOptions{}, who), serve(t, serverOptions{publicMetrics: true}, who), serve(t, serverOptions{carries: true}, who)
	bearer := map[string]map[string]string{
		"nobody": nil, "viewer": {"Authorization": "Bearer " + viewerToken, askHeader: askVerify}, "operator": {"Authorization": "Bearer " + operatorToken, askHeader: askVerify},
	}
	for _, c := range []struct {
		server       *server
		method, path string
		nobody       int
		viewer       int
		operator     int
	}{
		{s, "GET", "/livez", 200, 200, 200},
		{s, "GET", "/readyz", 503, 503, 503}, // It is not ready, and says so to all.
		{s, "GET", "/metrics", 401, 200, 200},
		{public, "GET", "/metrics", 200, 200, 200},
		{public, "GET", "/api/v1/tasks", 401, 200, 200},
		{s, "GET", "/", 401, 503, 503}, // Before there is a service there is nothing to show.
		{s, "GET", "/api/v1/tasks", 401, 200, 200},
		{s, "GET", "/assets/none", 404, 404, 404},
		{s, "POST", verifyPath, 401, 403, 503},
		{intake, "GET", "/livez", 200, 200, 200},
		{intake, "GET", "/readyz", 503, 503, 503},
		{intake, "GET", "/metrics", 401, 200, 200},
		{intake, "GET", "/api/v1/intake", 401, 200, 200},
		{intake, "GET", "/api/v1/tasks", 401, 404, 404},
	} {
		for who, want := range map[string]int{"nobody": c.nobody, "viewer": c.viewer, "operator": c.operator} {
			if status, body := ask(t, c.server, c.method, c.path, "", bearer[who]); status != want {
				t.Errorf("%s asks %s %s: %d %s, want %d", who, c.method, c.path, status, body, want)
			}
		}
	}
}

// A verification is asked for with an operator's token, and what else is given is told how to.
func TestVerificationsNeedAnOperator(t *testing.T) {
	s := serve(t, serverOptions{}, whoAsks(t))
	for token, want := range map[string]string{
		"": "401 Unauthorized: send a token", "wrong": "not one of those in force", viewerToken: "403 Forbidden: vera is a viewer, and this needs an operator: give an operator's with --token-file",
		operatorToken: "503 Service Unavailable: connecting to kafka",
	} {
		if _, err := VerifyRunning(t.Context(), "http://"+s.address(), token); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("with %q: %v, want %q", token, err, want)
		}
	}
}

func TestServerWithTLS(t *testing.T) {
	authority, err := brokertest.NewAuthority()
	if err != nil {
		t.Fatal(err)
	}
	certificate, err := authority.Issue("processor")
	if err != nil {
		t.Fatal(err)
	}
	who := whoAsks(t)
	who.TLS = access.TLSFiles{Certificate: file(t, "server.pem", certificate.Chain), Key: file(t, "server.key", certificate.Key)}
	s := serve(t, serverOptions{}, who)
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM([]byte(authority.PEM))
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}, ForceAttemptHTTP2: true}}
	defer client.CloseIdleConnections()
	for _, c := range []struct {
		scheme, token string
		status        int
	}{{"https", viewerToken, 200}, {"https", "another", 401}, {"http", viewerToken, 400}} {
		request, err := http.NewRequestWithContext(t.Context(), "GET", c.scheme+"://"+s.address()+"/metrics", nil)
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Authorization", "Bearer "+c.token)
		response, err := client.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		_ = response.Body.Close()
		if response.StatusCode != c.status || c.scheme == "https" && response.ProtoMajor != 2 {
			t.Errorf("%s with %q: %d by %s, want %d", c.scheme, c.token, response.StatusCode, response.Proto, c.status)
		}
	}
}

// An address that others reach is taken only if it is told who asks.
func TestAddressesThatOthersReach(t *testing.T) {
	guard, err := access.New(access.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if s, err := newServer(serverOptions{address: "0.0.0.0:0", access: guard, connections: 1}); err == nil || !strings.Contains(err.Error(), "--http-tokens-file") {
		t.Errorf("error %v of server %v", err, s)
	}
	serve(t, serverOptions{address: "0.0.0.0:0"}, access.Options{Insecure: true})
	serve(t, serverOptions{address: "0.0.0.0:0"}, whoAsks(t))
}

// Who sends slowly, or nothing, or too much, is cut off.
func TestSlowClientsAreCutOff(t *testing.T) {
	const soon, later = 50 * time.Millisecond, time.Hour
	for name, c := range map[string]struct {
		timeouts timeouts
		sends    string
	}{
		"nothing":              {timeouts{soon, later, later, later}, ""},
		"half a header":        {timeouts{soon, later, later, later}, "GET /livez HTTP/1.1\r\nHost: local"},
		"half a body":          {timeouts{later, soon, later, later}, "POST " + verifyPath + " HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\nx"},
		"nothing more":         {timeouts{later, later, later, soon}, "GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n"},
		"too large a header":   {serviceTimeouts, "GET /livez HTTP/1.1\r\nHost: localhost\r\nX: " + strings.Repeat("x", 32<<10)},
		"too large an address": {serviceTimeouts, "GET /" + strings.Repeat("x", 32<<10)},
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, serverOptions{timeouts: c.timeouts}, access.Options{})
			conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", s.address())
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			_, _ = io.WriteString(conn, c.sends) // It may be cut off amid it.
			if _, err := io.Copy(io.Discard, bufio.NewReader(conn)); err != nil && !strings.Contains(err.Error(), "reset") {
				t.Errorf("%v, want the end of the connection", err)
			}
		})
	}
}
