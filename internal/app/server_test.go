package app

import (
	"crypto/tls"
	"crypto/x509"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"sellerpulse/test/brokertest"
)

// webConfig asks for TLS, and for the password "fakepassword" of the user "prometheus".
const webConfig = `tls_server_config: {cert_file: server.pem, key_file: server.key}
basic_auth_users: {prometheus: $2y$10$QOauhQNbBCuQDKes6eFzPeMqBSjb7Mr5DUmpZ/VcEd00UAV/LDeSi}
`

func TestServerWithTLSAndPasswords(t *testing.T) {
	authority, err := brokertest.NewAuthority()
	if err != nil {
		t.Fatal(err)
	}
	certificate, err := authority.Issue("processor")
	if err != nil {
		t.Fatal(err)
	}
	directory := t.TempDir()
	for name, text := range map[string]string{"web.yaml": webConfig, "server.pem": certificate.Chain, "server.key": certificate.Key} {
		if err := os.WriteFile(filepath.Join(directory, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s, err := newServer(serverOptions{
		address: "127.0.0.1:0", webConfig: filepath.Join(directory, "web.yaml"), connections: 8, metrics: prometheus.NewRegistry(), log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := s.stop(); err != nil {
			t.Error(err)
		}
	}()
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM([]byte(authority.PEM))
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}, ForceAttemptHTTP2: true}}
	defer client.CloseIdleConnections()
	for _, c := range []struct {
		from   string
		status int
	}{
		{"https://prometheus:fakepassword@", http.StatusOK},
		{"https://prometheus:another@", http.StatusUnauthorized},
		{"https://", http.StatusUnauthorized},
		{"http://", http.StatusBadRequest},
	} {
		response, err := client.Get(c.from + s.address() + "/livez")
		if err != nil {
			t.Fatal(err)
		}
		_ = response.Body.Close()
		if response.StatusCode != c.status {
			t.Errorf("%s: %d, want %d", c.from, response.StatusCode, c.status)
		}
		if c.status == http.StatusOK && response.ProtoMajor != 2 {
			t.Errorf("answered by %s", response.Proto)
		}
	}
}

func TestWebConfigThatCannotBeUsed(t *testing.T) {
	for text, says := range map[string]string{
		"tls_server_config: {cert_file: none.pem, key_file: none.key}": "none.pem",
		"basic_auth_users: {prometheus: secret}":                       "bcrypt",
		"tls: {}":                                                      "field tls not found",
	} {
		file := filepath.Join(t.TempDir(), "web.yaml")
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := newServer(serverOptions{address: "127.0.0.1:0", webConfig: file, metrics: prometheus.NewRegistry(), log: slog.New(slog.DiscardHandler)})
		if err == nil || !strings.Contains(err.Error(), "--web-config-file "+file) || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: error %v", text, err)
		}
	}
}
