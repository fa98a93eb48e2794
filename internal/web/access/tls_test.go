package access

import (
	"crypto/tls"
	"crypto/x509"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sellerpulse/test/brokertest"
)

// certificates are an authority and the files of a server's TLS.
type certificates struct {
	authority *brokertest.Authority
	files     TLSFiles
}

func newCertificates(t *testing.T) *certificates {
	t.Helper()
	authority, err := brokertest.NewAuthority()
	if err != nil {
		t.Fatal(err)
	}
	directory := t.TempDir()
	c := &certificates{authority, TLSFiles{Certificate: filepath.Join(directory, "server.pem"), Key: filepath.Join(directory, "server.key")}}
	c.issue(t, "one")
	return c
}

// issue gives the server another certificate.
func (c *certificates) issue(t *testing.T, name string) {
	t.Helper()
	one, err := c.authority.Issue(name)
	if err != nil {
		t.Fatal(err)
	}
	write(t, c.files.Certificate, one.Chain)
	write(t, c.files.Key, one.Key)
}

// client is what a client needs that shows a certificate of an authority; nil for none.
func (c *certificates) client(t *testing.T, by *brokertest.Authority) *tls.Config {
	t.Helper()
	settings := &tls.Config{RootCAs: x509.NewCertPool()}
	settings.RootCAs.AppendCertsFromPEM([]byte(c.authority.PEM))
	if by != nil {
		one, err := by.Issue("prometheus")
		if err != nil {
			t.Fatal(err)
		}
		pair, err := tls.X509KeyPair([]byte(one.Chain), []byte(one.Key))
		if err != nil {
			t.Fatal(err)
		}
		settings.Certificates = []tls.Certificate{pair}
	}
	return settings
}

func TestSessionsUnderTLS(t *testing.T) {
	k, c := newKeyring(t), newCertificates(t)
	s := serve(t, Options{TokensFile: k.path, TLS: c.files})
	client := browser(t, c.client(t, nil))
	got := s.login(t, client, k.secrets["vera"])
	cookie, err := http.ParseSetCookie(got.header.Get("Set-Cookie"))
	if err != nil || cookie.Name != "__Host-sellerpulse-session" || !cookie.Secure || !cookie.HttpOnly || cookie.SameSite != http.SameSiteLaxMode || cookie.Path != "/" || cookie.Domain != "" {
		t.Errorf("cookie %v, %v", cookie, err)
	}
	if got := ask(t, client, "GET", s.URL+"/", ""); got.status != 200 || got.body != "welcome vera" {
		t.Errorf("logged in: %d %s", got.status, got.body)
	}
	if got := ask(t, browser(t, c.client(t, nil)), "GET", s.URL+"/", "", "Cookie: sellerpulse-session="+cookie.Value); got.status != 401 {
		t.Errorf("a cookie without the prefix: %d", got.status)
	}
}

// A certificate that is written anew is the next connection's, and one that does not fit its key is not.
func TestCertificatesAreReadAnew(t *testing.T) {
	c := newCertificates(t)
	s := serve(t, Options{TLS: c.files})
	shown := func() string {
		conn, err := tls.Dial("tcp", s.Listener.Addr().String(), c.client(t, nil))
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		return conn.ConnectionState().PeerCertificates[0].Subject.CommonName
	}
	if name := shown(); name != "one" {
		t.Errorf("%s is shown", name)
	}
	c.issue(t, "two")
	s.clock.pass(time.Second)
	if name := shown(); name != "two" {
		t.Errorf("%s is shown", name)
	}
	key := newCertificates(t)
	key.authority = c.authority
	key.issue(t, "three")
	write(t, c.files.Key, read(t, key.files.Key))
	s.clock.pass(time.Second)
	if name := shown(); name != "two" || !s.guard.encryption.wrong.Load() || !strings.Contains(s.log.String(), "--http-tls-key") {
		t.Errorf("%s is shown with another key, logged %s", name, s.log)
	}
	write(t, c.files.Certificate, read(t, key.files.Certificate))
	s.clock.pass(time.Second)
	if name := shown(); name != "three" || s.guard.encryption.wrong.Load() {
		t.Errorf("%s is shown", name)
	}
}

// A client's certificate is a viewer; without one a token is needed, and one of another authority is no connection.
func TestClientCertificates(t *testing.T) {
	k, c := newKeyring(t), newCertificates(t)
	clients, err := brokertest.NewAuthority()
	if err != nil {
		t.Fatal(err)
	}
	c.files.ClientCA = filepath.Join(t.TempDir(), "clients.pem")
	write(t, c.files.ClientCA, clients.PEM)
	for name, o := range map[string]Options{"with tokens": {TLS: c.files, TokensFile: k.path}, "alone": {TLS: c.files}} {
		s := serve(t, o)
		known, nobody := browser(t, c.client(t, clients)), browser(t, c.client(t, nil))
		for _, a := range []struct {
			client       *http.Client
			method, path string
			status       int
		}{
			{known, "GET", "/", 200}, {known, "POST", "/api/v1/verify", 403}, {nobody, "GET", "/livez", 200}, {nobody, "GET", "/", 401},
		} {
			got := ask(t, a.client, a.method, s.URL+a.path, "")
			if got.status != a.status || a.path == "/" && got.status == 200 && got.body != "welcome prometheus" {
				t.Errorf("%s: %s %s is %d %s, want %d", name, a.method, a.path, got.status, got.body, a.status)
			}
		}
		if response, err := browser(t, c.client(t, c.authority)).Get(s.URL + "/livez"); err == nil {
			response.Body.Close()
			t.Errorf("%s: a certificate of another authority is taken", name)
		}
	}
	write(t, c.files.ClientCA, "nothing")
	if _, err := New(Options{TLS: c.files}); err == nil || !strings.Contains(err.Error(), "--http-tls-client-ca "+c.files.ClientCA+": no certificate") {
		t.Errorf("error %v of a file without authorities", err)
	}
}

func TestWhatIsTooOldIsRefused(t *testing.T) {
	c := newCertificates(t)
	s := serve(t, Options{TLS: c.files})
	old := c.client(t, nil)
	old.MinVersion, old.MaxVersion = tls.VersionTLS10, tls.VersionTLS11
	if conn, err := tls.Dial("tcp", s.Listener.Addr().String(), old); err == nil {
		_ = conn.Close()
		t.Error("TLS 1.1 is spoken")
	}
}
