package access

import (
	"bytes"
	"crypto/tls"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// clock is a clock that a test sets.
type clock struct {
	mutex sync.Mutex
	at    time.Time
}

func newClock() *clock { return &clock{at: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)} }

func (c *clock) now() time.Time {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	return c.at
}

func (c *clock) pass(d time.Duration) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.at = c.at.Add(d)
}

// logged is what is logged.
type logged struct {
	mutex sync.Mutex
	text  bytes.Buffer
}

func (l *logged) Write(line []byte) (int, error) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	return l.text.Write(line)
}

func (l *logged) String() string {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	return l.text.String()
}

// write makes a file, or writes it anew.
func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// keyring is a tokens file and the secrets of its tokens by name.
type keyring struct {
	path    string
	secrets map[string]string
	lines   map[string]string
}

// newKeyring makes a file of one viewer, vera, and one operator, otto.
func newKeyring(t *testing.T) *keyring {
	t.Helper()
	k := &keyring{path: filepath.Join(t.TempDir(), "tokens"), secrets: map[string]string{}, lines: map[string]string{}}
	k.add(t, "vera", Viewer)
	k.add(t, "otto", Operator)
	return k
}

func (k *keyring) add(t *testing.T, name string, role Role) {
	t.Helper()
	secret, token, err := NewToken(name, role)
	if err != nil {
		t.Fatal(err)
	}
	k.secrets[name], k.lines[name] = secret, token.Line()
	k.save(t)
}

func (k *keyring) save(t *testing.T) {
	t.Helper()
	text := "# NAME ROLE HASH\n\n"
	for _, line := range k.lines {
		text += line + "\n"
	}
	write(t, k.path, text)
}

// site is a guarded server with a few routes.
type site struct {
	*httptest.Server
	guard *Guard
	clock *clock
	log   *logged
	body  []byte // that the route for operators was sent last
}

// serve serves by options; the clock and the log are the site's.
func serve(t *testing.T, o Options) *site {
	t.Helper()
	s := &site{clock: newClock(), log: &logged{}}
	o.Clock, o.Logger = s.clock.now, slog.New(slog.NewJSONHandler(s.log, nil))
	guard, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	s.guard = guard
	s.Server = httptest.NewUnstartedServer(nil)
	s.Config.Handler = guard.Handler(s.routes(), s.Listener.Addr())
	s.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelWarn)
	if encryption := guard.TLS(); encryption != nil {
		s.Listener = tls.NewListener(s.Listener, encryption)
	}
	s.Start()
	if guard.TLS() != nil {
		s.URL = "https" + strings.TrimPrefix(s.URL, "http")
	}
	t.Cleanup(s.Close)
	return s
}

func (s *site) routes() *Routes {
	routes := NewRoutes()
	routes.Probe("GET /livez", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "alive") })
	routes.HandleFunc("GET /{$}", Viewer, func(w http.ResponseWriter, r *http.Request) { fmt.Fprintf(w, "welcome %s", s.guard.Who(r).Name) })
	routes.HandleFunc("GET /api/v1/tasks", Viewer, func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "tasks") })
	routes.HandleFunc("GET /public", Anyone, func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "public") })
	routes.HandleFunc("POST /api/v1/verify", Operator, func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			w.WriteHeader(http.StatusRequestEntityTooLarge)
			return
		}
		s.body = body
		fmt.Fprint(w, "verified")
	})
	return routes
}

// browser is a client that keeps cookies and follows no redirection.
func browser(t *testing.T, encryption *tls.Config) *http.Client {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{TLSClientConfig: encryption, ForceAttemptHTTP2: true}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Jar: jar, Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

// answer is what came of a request.
type answer struct {
	status int
	header http.Header
	body   string
}

// ask asks with headers, each "Name: value"; a Host among them is the name by which it asks.
func ask(t *testing.T, client *http.Client, method, url, body string, headers ...string) answer {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for _, header := range headers {
		name, value, _ := strings.Cut(header, ": ")
		if name == "Host" {
			request.Host = value
			continue
		}
		request.Header.Add(name, value)
	}
	response, err := client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer{response.StatusCode, response.Header, string(text)}
}

const (
	form = "Content-Type: application/x-www-form-urlencoded"
	html = "Accept: text/html,application/xhtml+xml"
)

// login logs a browser in by a token.
func (s *site) login(t *testing.T, client *http.Client, secret string) answer {
	t.Helper()
	return ask(t, client, http.MethodPost, s.URL+"/login", "token="+secret, form, html)
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
