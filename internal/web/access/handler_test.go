package access

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"

	"sellerpulse/internal/web/problem"
)

// Who may ask what, and how that is refused.
func TestWhoMayAskWhat(t *testing.T) {
	k := newKeyring(t)
	s := serve(t, Options{TokensFile: k.path})
	vera, otto := "Authorization: Bearer "+k.secrets["vera"], "Authorization: bearer  "+k.secrets["otto"]
	for _, c := range []struct {
		name, method, path string
		headers            []string
		status             int
		says               string // in the body, or where it sends to
	}{
		{"a probe", "GET", "/livez", nil, 200, "alive"},
		{"a probe with a wrong token", "GET", "/livez", []string{"Authorization: Bearer x"}, 200, "alive"},
		{"what is public", "GET", "/public", nil, 200, "public"},
		{"nobody, a program", "GET", "/api/v1/tasks", nil, 401, "send a token"},
		{"nobody, a browser at an address of the API", "GET", "/api/v1/tasks", []string{html}, 401, "send a token"},
		{"nobody, a browser", "GET", "/", []string{html}, 303, "/login?to=%2F"},
		{"nobody, a browser deeper", "GET", "/none?a=b&c", []string{html}, 303, "/login?to=%2Fnone%3Fa%3Db%26c"},
		{"nobody, a form", "POST", "/none", []string{html}, 401, "Unauthorized"},
		{"nobody, where there is nothing", "GET", "/api/v1/none", nil, 401, "send a token"},
		{"nobody, for operators", "POST", "/api/v1/verify", nil, 401, "send a token"},
		{"a wrong token", "GET", "/api/v1/tasks", []string{"Authorization: Bearer sellerpulse_AAAAAAAAAAAAAAAAAAAAAAAAAA"}, 401, "not one of those in force"},
		{"no token", "GET", "/api/v1/tasks", []string{"Authorization: Bearer"}, 401, "not one of those in force"},
		{"a password", "GET", "/api/v1/tasks", []string{"Authorization: Basic dmVyYTp4"}, 401, "send a token"},
		{"a wrong token and a right one", "GET", "/api/v1/tasks", []string{"Authorization: Bearer x", vera}, 401, "not one of those in force"},
		{"a viewer", "GET", "/api/v1/tasks", []string{vera}, 200, "tasks"},
		{"a viewer at the beginning", "GET", "/", []string{vera}, 200, "welcome vera"},
		{"a viewer, behind a password of a proxy", "GET", "/", []string{"Authorization: Basic dmVyYTp4", vera}, 200, "welcome vera"},
		{"a viewer, for operators", "POST", "/api/v1/verify", []string{vera}, 403, "vera is a viewer, and this needs an operator"},
		{"a viewer, where there is nothing", "GET", "/api/v1/none", []string{vera}, 404, "nothing at this address"},
		{"a viewer, another method", "DELETE", "/api/v1/tasks", []string{vera}, 405, "use GET, HEAD"},
		{"a viewer, a method of a probe", "OPTIONS", "/livez", []string{vera}, 405, "use GET, HEAD"},
		{"a viewer in a browser, where there is nothing", "GET", "/none", []string{vera, html}, 404, "<h1>Not Found</h1>"},
		{"an operator", "POST", "/api/v1/verify", []string{otto}, 200, "verified"},
		{"an operator, what viewers may", "GET", "/api/v1/tasks", []string{otto}, 200, "tasks"},
	} {
		got := ask(t, browser(t, nil), c.method, s.URL+c.path, "", c.headers...)
		if got.status != c.status || !strings.Contains(got.body+got.header.Get("Location"), c.says) {
			t.Errorf("%s: %d %s, want %d and %q", c.name, got.status, got.body, c.status, c.says)
		}
		isProblem := got.header.Get("Content-Type") == problem.MediaType
		var details problem.Details
		if err := json.Unmarshal([]byte(got.body), &details); isProblem && (err != nil || details.Status != c.status || details.Title != http.StatusText(c.status)) {
			t.Errorf("%s: problem %s", c.name, got.body)
		}
		if strings.HasPrefix(c.path, "/api/") && c.status >= 400 && !isProblem {
			t.Errorf("%s: an error of the API is %s", c.name, got.header.Get("Content-Type"))
		}
		if challenge := got.header.Get("WWW-Authenticate"); (c.status == 401) != strings.HasPrefix(challenge, `Bearer realm="sellerpulse"`) {
			t.Errorf("%s: WWW-Authenticate is %q", c.name, challenge)
		}
	}
}

// Without anything that tells who asks, everybody may do everything, and there is nothing to log in to.
func TestNobodyIsAsked(t *testing.T) {
	s := serve(t, Options{})
	client := browser(t, nil)
	for path, want := range map[string]int{"/livez": 200, "/": 200, "/api/v1/tasks": 200, "/login": 404} {
		if got := ask(t, client, "GET", s.URL+path, ""); got.status != want {
			t.Errorf("%s: %d, want %d", path, got.status, want)
		}
	}
	if got := ask(t, client, "POST", s.URL+"/api/v1/verify", ""); got.status != 200 {
		t.Errorf("verify: %d", got.status)
	}
}

func TestAddressesToListenAt(t *testing.T) {
	k := newKeyring(t)
	for _, c := range []struct {
		address              string
		open, asks, insecure bool // whether it may listen there with nothing, with tokens, with --insecure-listen
	}{
		{"127.0.0.1:8080", true, true, true},
		{"127.0.0.2:0", true, true, true},
		{"localhost:8080", true, true, true},
		{"LOCALHOST:8080", true, true, true},
		{"[::1]:8080", true, true, true},
		{"[::ffff:127.0.0.1]:8080", true, true, true},
		{":8080", false, true, true},
		{"0.0.0.0:8080", false, true, true},
		{"[::]:8080", false, true, true},
		{"192.0.2.7:8080", false, true, true},
		{"sellerpulse.example:8080", false, true, true},
		{"localhost.example:8080", false, true, true},
	} {
		for name, o := range map[string]struct {
			options Options
			may     bool
		}{
			"nothing": {Options{}, c.open}, "tokens": {Options{TokensFile: k.path}, c.asks}, "insecure": {Options{Insecure: true}, c.insecure},
		} {
			g, err := New(o.options)
			if err != nil {
				t.Fatal(err)
			}
			if err := g.CheckAddress(c.address); (err == nil) != o.may {
				t.Errorf("%s with %s: %v", c.address, name, err)
			} else if err != nil && (!strings.Contains(err.Error(), "--http-tokens-file") || !strings.Contains(err.Error(), "--insecure-listen") || strings.Contains(err.Error(), "\n")) {
				t.Errorf("%s: %v; want one line that says what to give", c.address, err)
			}
		}
	}
}

func TestHeadersThatKeepBrowsersStrict(t *testing.T) {
	k := newKeyring(t)
	s := serve(t, Options{TokensFile: k.path})
	want := map[string]string{
		"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "Cache-Control": "no-store", "Cross-Origin-Resource-Policy": "same-origin",
		"Strict-Transport-Security": "",
	}
	for _, path := range []string{"/livez", "/login", "/api/v1/tasks", "/none"} {
		got := ask(t, browser(t, nil), "GET", s.URL+path, "", html)
		for name, value := range want {
			if got.header.Get(name) != value {
				t.Errorf("%s: %s is %q, want %q", path, name, got.header.Get(name), value)
			}
		}
		for _, part := range []string{"default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self'", "connect-src 'self'", "frame-ancestors 'none'", "base-uri 'none'"} {
			if policy := got.header.Get("Content-Security-Policy"); !strings.Contains(policy, part) || strings.Contains(policy, "unsafe") {
				t.Errorf("%s: the policy is %q, want %q in it", path, policy, part)
			}
		}
	}
	for _, c := range []struct {
		headers []string
		strict  bool
	}{
		{[]string{"X-Forwarded-Proto: https", "Host: sellerpulse.example"}, true},
		{[]string{"X-Forwarded-Proto: https", "Host: localhost"}, false},
		{[]string{"Host: sellerpulse.example"}, false},
	} {
		named := serve(t, Options{Hosts: []string{"Sellerpulse.Example"}})
		if got := ask(t, browser(t, nil), "GET", named.URL+"/", "", c.headers...); (got.header.Get("Strict-Transport-Security") != "") != c.strict || got.status != 200 {
			t.Errorf("%q: %d, HSTS %q", c.headers, got.status, got.header.Get("Strict-Transport-Security"))
		}
	}
}

// Pages of other origins change nothing, whoever looks at them.
func TestPagesOfOtherOrigins(t *testing.T) {
	k := newKeyring(t)
	s := serve(t, Options{TokensFile: k.path})
	otto := "Authorization: Bearer " + k.secrets["otto"]
	for _, c := range []struct {
		name, path string
		headers    []string
		status     int
	}{
		{"another site", "/api/v1/verify", []string{otto, "Sec-Fetch-Site: cross-site"}, 403},
		{"another server of this site", "/api/v1/verify", []string{otto, "Sec-Fetch-Site: same-site"}, 403},
		{"by an old browser", "/api/v1/verify", []string{otto, "Origin: http://elsewhere.example"}, 403},
		{"without an origin", "/api/v1/verify", []string{otto, "Origin: null"}, 403},
		{"its own", "/api/v1/verify", []string{otto, "Sec-Fetch-Site: same-origin"}, 200},
		{"its own by an old browser", "/api/v1/verify", []string{otto, "Origin: " + s.URL}, 200},
		{"another site that logs somebody in", "/login", []string{form, "Sec-Fetch-Site: cross-site"}, 403},
		{"another site that logs somebody out", "/logout", []string{"Sec-Fetch-Site: cross-site"}, 403},
	} {
		if got := ask(t, browser(t, nil), "POST", s.URL+c.path, "", c.headers...); got.status != c.status || c.status == 403 && !strings.Contains(got.body, "another origin") {
			t.Errorf("%s: %d %s, want %d", c.name, got.status, got.body, c.status)
		}
	}
}

func TestNamesByWhichItIsAsked(t *testing.T) {
	plain, named := serve(t, Options{}), serve(t, Options{Hosts: []string{"sellerpulse.example"}})
	for host, known := range map[string][2]bool{ // without names, and with one
		"localhost:8080": {true, true}, "LocalHost.": {true, true}, "127.0.0.1:8080": {true, true}, "[::1]:8080": {true, true}, "[::1]": {true, true},
		"192.0.2.7:8080": {true, true}, "sellerpulse.example": {false, true}, "Sellerpulse.Example.:443": {false, true},
		"rebound.example:8080": {false, false}, "rebound.example": {false, false}, "localhost.example:80": {false, false}, "127.0.0.1.example": {false, false},
		"a.sellerpulse.example": {false, false},
	} {
		for i, s := range []*site{plain, named} {
			want := http.StatusMisdirectedRequest
			if known[i] {
				want = http.StatusOK
			}
			if got := ask(t, browser(t, nil), "GET", s.URL+"/livez", "", "Host: "+host); got.status != want {
				t.Errorf("asked as %q: %d %s, want %d", host, got.status, got.body, want)
			}
		}
	}
}

// Elsewhere than on loopback any name is right, unless names were given.
func TestNamesElsewhere(t *testing.T) {
	elsewhere := &net.TCPAddr{IP: net.IPv4(192, 0, 2, 1), Port: 8080}
	for _, c := range []struct {
		hosts  []string
		host   string
		status int
	}{{nil, "any.example", 200}, {[]string{"known.example"}, "any.example", 421}, {[]string{"known.example"}, "known.example", 200}, {[]string{"known.example"}, "10.0.0.7:8080", 200}} {
		s := serve(t, Options{Insecure: true, Hosts: c.hosts})
		s.Config.Handler = s.guard.Handler(s.routes(), elsewhere)
		if got := ask(t, browser(t, nil), "GET", s.URL+"/livez", "", "Host: "+c.host); got.status != c.status {
			t.Errorf("asked as %s with %q: %d, want %d", c.host, c.hosts, got.status, c.status)
		}
	}
}

func TestRates(t *testing.T) {
	k := newKeyring(t)
	s := serve(t, Options{TokensFile: k.path, Rate: 5})
	vera := "Authorization: Bearer " + k.secrets["vera"]
	statuses := func(n int, path string, headers ...string) (counts map[int]int, last answer) {
		counts = map[int]int{}
		client := browser(t, nil)
		for range n {
			last = ask(t, client, "GET", s.URL+path, "", headers...)
			counts[last.status]++
		}
		return counts, last
	}
	counts, last := statuses(12, "/api/v1/tasks", vera)
	if counts[200] != 10 || counts[429] != 2 || last.header.Get("Retry-After") != "1" || last.header.Get("Content-Type") != problem.MediaType {
		t.Errorf("at once: %v, Retry-After %q", counts, last.header.Get("Retry-After"))
	}
	if counts, _ := statuses(50, "/livez"); counts[200] != 50 {
		t.Errorf("probes: %v", counts)
	}
	s.clock.pass(time.Second)
	if counts, _ := statuses(7, "/api/v1/tasks", vera); counts[200] != 5 || counts[429] != 2 {
		t.Errorf("a second later: %v", counts)
	}
	if got := testutil.ToFloat64(s.guard.metrics.refused.WithLabelValues("rate")); got != 4 {
		t.Errorf("%v refusals are counted", got)
	}
}

// A token at many addresses is one, its sessions included, and another is another.
func TestRatesOfATokenAtManyAddresses(t *testing.T) {
	k := newKeyring(t)
	s := serve(t, Options{TokensFile: k.path, Rate: 5})
	session, _, _ := strings.Cut(s.login(t, browser(t, nil), k.secrets["vera"]).header.Get("Set-Cookie"), ";")
	from := func(i int, header, value string) int {
		r := httptest.NewRequest("GET", "http://localhost/api/v1/tasks", nil)
		r.RemoteAddr = fmt.Sprintf("192.0.2.%d:1234", i)
		r.Header.Set(header, value)
		w := httptest.NewRecorder()
		s.Config.Handler.ServeHTTP(w, r)
		return w.Code
	}
	for i := range 12 {
		header, value := "Authorization", "Bearer "+k.secrets["vera"]
		if i%2 == 1 {
			header, value = "Cookie", session
		}
		want := 200
		if i >= 10 {
			want = 429
		}
		if got := from(i, header, value); got != want {
			t.Errorf("request %d of a token: %d, want %d", i, got, want)
		}
	}
	if got := from(99, "Authorization", "Bearer "+k.secrets["otto"]); got != 200 {
		t.Errorf("another token: %d", got)
	}
}

// Wrong tokens are refused without a word after some; right ones go on.
func TestWrongTokensAreLimited(t *testing.T) {
	k := newKeyring(t)
	s := serve(t, Options{TokensFile: k.path})
	client := browser(t, nil)
	counts := map[int]int{}
	for range tries + 3 {
		counts[ask(t, client, "GET", s.URL+"/", "", "Authorization: Bearer sellerpulse_AAAAAAAAAAAAAAAAAAAAAAAAAA").status]++
	}
	if counts[401] != tries || counts[429] != 3 || strings.Count(s.log.String(), `"msg":"audit"`) != tries {
		t.Errorf("%v, logged %s", counts, s.log)
	}
	if got := ask(t, client, "GET", s.URL+"/", "", "Authorization: Bearer "+k.secrets["vera"]); got.status != 200 {
		t.Errorf("a right one: %d", got.status)
	}
}

func TestTokensAreReadAnew(t *testing.T) {
	k := newKeyring(t)
	s := serve(t, Options{TokensFile: k.path})
	client := browser(t, nil)
	vera := "Authorization: Bearer " + k.secrets["vera"]
	asked := func(header string) int { return ask(t, client, "GET", s.URL+"/", "", header).status }
	if asked(vera) != 200 {
		t.Fatal("the token is refused")
	}
	delete(k.lines, "vera")
	k.add(t, "walt", Viewer)
	s.clock.pass(time.Second)
	if asked(vera) != 401 || asked("Authorization: Bearer "+k.secrets["walt"]) != 200 {
		t.Error("the tokens are those of before")
	}
	write(t, k.path, "what is this?\n")
	s.clock.pass(time.Second)
	if asked("Authorization: Bearer "+k.secrets["walt"]) != 200 {
		t.Error("a file that cannot be read logs everybody out")
	}
	want := `
# HELP sellerpulse_http_file_unusable 1 while a file of tokens, of TLS or of the client secret cannot be read anew, so that what was read before is in force; 0 else.
# TYPE sellerpulse_http_file_unusable gauge
sellerpulse_http_file_unusable{file="tokens"} %d
`
	if err := testutil.CollectAndCompare(s.guard, strings.NewReader(fmt.Sprintf(want, 1)), "sellerpulse_http_file_unusable"); err != nil {
		t.Error(err)
	}
	write(t, k.path, "")
	s.clock.pass(time.Second)
	if err := testutil.CollectAndCompare(s.guard, strings.NewReader(fmt.Sprintf(want, 0)), "sellerpulse_http_file_unusable"); err != nil {
		t.Error(err)
	}
	if asked("Authorization: Bearer "+k.secrets["walt"]) != 401 {
		t.Error("an empty file lets somebody in")
	}
}

// What operators do is told, and what they may not, and never by which token.
func TestAudit(t *testing.T) {
	k := newKeyring(t)
	s := serve(t, Options{TokensFile: k.path})
	client := browser(t, nil)
	ask(t, client, "GET", s.URL+"/api/v1/tasks", "", "Authorization: Bearer "+k.secrets["otto"]) // Looking is not told.
	ask(t, client, "POST", s.URL+"/api/v1/verify", "", "Authorization: Bearer "+k.secrets["otto"])
	ask(t, client, "POST", s.URL+"/api/v1/verify", "", "Authorization: Bearer "+k.secrets["vera"])
	ask(t, client, "POST", s.URL+"/api/v1/verify?token="+k.secrets["otto"], "", "Authorization: Bearer "+k.secrets["otto"]+"x")
	s.login(t, client, k.secrets["otto"]+"y")
	s.login(t, client, k.secrets["otto"])
	ask(t, client, "POST", s.URL+"/api/v1/verify", "")
	ask(t, client, "POST", s.URL+"/logout", "")
	var got []string
	for line := range strings.Lines(s.log.String()) {
		var l struct {
			Level, Msg string
			Audit      struct {
				Action, Name, Role, By, Address, Method, Path, Reason string
				Status                                                int
			}
		}
		if err := json.Unmarshal([]byte(line), &l); err != nil {
			t.Fatal(err)
		}
		if l.Level != "INFO" || l.Msg != "audit" || !strings.HasPrefix(l.Audit.Address, "127.0.0.1:") {
			t.Errorf("line %s", line)
		}
		got = append(got, strings.TrimSpace(fmt.Sprintf("%s %s %s by %s: %s %s %d %s", l.Audit.Action, l.Audit.Role, l.Audit.Name, l.Audit.By, l.Audit.Method, l.Audit.Path, l.Audit.Status, l.Audit.Reason)))
	}
	want := []string{
		"request operator otto by token: POST /api/v1/verify 200",
		"request viewer vera by token: POST /api/v1/verify 403 it needs an operator",
		"token anyone  by : POST /api/v1/verify 401 the token is not one of those in force",
		"login anyone  by : POST /login 401 the token is not one of those in force",
		"login operator otto by token: POST /login 303",
		"request operator otto by session: POST /api/v1/verify 200",
		"logout operator otto by session: POST /logout 303",
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("told\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	for name, secret := range k.secrets {
		if strings.Contains(s.log.String(), secret) {
			t.Errorf("the token of %s is in the log", name)
		}
	}
}

func TestSizes(t *testing.T) {
	k := newKeyring(t)
	s := serve(t, Options{TokensFile: k.path})
	otto := "Authorization: Bearer " + k.secrets["otto"]
	client := browser(t, nil)
	for _, c := range []struct{ bytes, status int }{{maxBodyBytes, 200}, {maxBodyBytes + 1, 413}} {
		if got := ask(t, client, "POST", s.URL+"/api/v1/verify", strings.Repeat("x", c.bytes), otto); got.status != c.status || got.status == 200 && len(s.body) != c.bytes {
			t.Errorf("%d bytes: %d, and %d arrived", c.bytes, got.status, len(s.body))
		}
	}
	// The same without its length.
	request, err := http.NewRequestWithContext(t.Context(), "POST", s.URL+"/api/v1/verify", io.LimitReader(endless{}, maxBodyBytes+1))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+k.secrets["otto"])
	response, err := client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close()
	if response.StatusCode != http.StatusRequestEntityTooLarge {
		t.Errorf("in chunks: %d", response.StatusCode)
	}
	if got := ask(t, client, "POST", s.URL+"/login", "token="+strings.Repeat("x", maxLoginBytes), form); got.status != 413 {
		t.Errorf("a large form to log in: %d", got.status)
	}
}

type endless struct{}

func (endless) Read(to []byte) (int, error) { return len(to), nil }

// What a request has in it becomes no header of the answer, and no line of the log.
func TestHeadersCannotBeInjected(t *testing.T) {
	k := newKeyring(t)
	s := serve(t, Options{TokensFile: k.path})
	for _, path := range []string{"/x%0d%0aSet-Cookie:a=b", "/x?a=%0d%0aSet-Cookie:a=b", "/login?to=/%0d%0aSet-Cookie:a=b"} {
		conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", s.Listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: localhost\r\nAccept: text/html\r\n\r\n", path)
		response, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, injected := response.Header["Set-Cookie"]; injected {
			t.Errorf("%s: %v", path, response.Header)
		}
		_, _ = response.Body.Close(), conn.Close()
	}
	client := browser(t, nil)
	ask(t, client, "POST", s.URL+"/x%0aINFO%20forged", "", "Authorization: Bearer x")
	if strings.Count(s.log.String(), "\n") != 1 {
		t.Errorf("logged %q", s.log)
	}
}
