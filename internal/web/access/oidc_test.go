package access

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// accounts is a site at which people log in at an issuer.
type accounts struct {
	*site
	issuer *testIssuer
	secret string // file
}

// serveAccounts makes a site with otto@shop.example and the group "ops" as operators, and vera@shop.example and the group "staff" as viewers.
func serveAccounts(t *testing.T) *accounts {
	t.Helper()
	a := &accounts{secret: filepath.Join(t.TempDir(), "secret")}
	write(t, a.secret, "client-secret\n")
	a.issuer = newTestIssuer(t, newClock())
	a.site = serve(t, Options{OIDC: a.options("http://127.0.0.1:1"), TokensFile: newKeyring(t).path})
	a.issuer.clock = a.site.clock
	a.site.guard.issuer.options.RedirectURL = a.URL + "/login/oidc/callback" // The port is known now.
	return a
}

func (a *accounts) options(at string) *OIDC {
	return &OIDC{
		Issuer: a.issuer.URL, ClientID: "sellerpulse", ClientSecretFile: a.secret, RedirectURL: at + "/login/oidc/callback",
		Operators: []string{"Otto@shop.example", "ops"}, Viewers: []string{"vera@shop.example", "staff"},
	}
}

// follow goes where an answer sends.
func follow(t *testing.T, client *http.Client, from answer) answer {
	t.Helper()
	if from.status != http.StatusSeeOther && from.status != http.StatusFound {
		t.Fatalf("it is %d %s and sends nowhere", from.status, from.body)
	}
	return ask(t, client, "GET", from.header.Get("Location"), "", html)
}

// comeBack logs in at the issuer, and is where it sends back to.
func (a *accounts) comeBack(t *testing.T, client *http.Client) string {
	t.Helper()
	begun := ask(t, client, "GET", a.URL+"/login/oidc?to=/api/v1/tasks", "", html)
	return follow(t, client, begun).header.Get("Location")
}

func TestLoginAtAnIssuer(t *testing.T) {
	a := serveAccounts(t)
	for _, c := range []struct {
		name   string
		claims map[string]any
		as     string // who it is then; empty for nobody
		role   Role
	}{
		{"an operator by address", map[string]any{"email": "otto@Shop.example", "email_verified": true}, "otto@Shop.example", Operator},
		{"a viewer by address", map[string]any{"email": "vera@shop.example", "email_verified": "true"}, "vera@shop.example", Viewer},
		{"an operator by group", map[string]any{"groups": []string{"x", "ops"}}, "account-1", Operator},
		{"a viewer by one group", map[string]any{"groups": "staff"}, "account-1", Viewer},
		{"of both lists", map[string]any{"email": "vera@shop.example", "email_verified": true, "groups": []string{"ops"}}, "vera@shop.example", Operator},
		{"an address that is not verified", map[string]any{"email": "otto@shop.example", "email_verified": false}, "", Anyone},
		{"an address of which nothing is said", map[string]any{"email": "otto@shop.example"}, "", Anyone},
		{"an address for a group", map[string]any{"groups": []string{"otto@shop.example"}}, "", Anyone},
		{"a group for an address", map[string]any{"email": "ops", "email_verified": true}, "", Anyone},
		{"others", map[string]any{"email": "eve@shop.example", "email_verified": true, "groups": []string{"guests"}}, "", Anyone},
		{"nothing", nil, "", Anyone},
		{"groups of another form", map[string]any{"groups": map[string]int{"ops": 1}}, "", Anyone},
	} {
		a.clock.pass(time.Hour) // Tries are limited.
		a.issuer.claims = c.claims
		client := browser(t, nil)
		back := ask(t, client, "GET", a.comeBack(t, client), "", html)
		if c.role == Anyone {
			if back.status != 403 || strings.Contains(strings.Join(back.header.Values("Set-Cookie"), ";"), "sellerpulse-session") {
				t.Errorf("%s: %d %s", c.name, back.status, back.body)
			}
			continue
		}
		if back.status != 303 || back.header.Get("Location") != "/api/v1/tasks" {
			t.Errorf("%s: %d %s to %q", c.name, back.status, back.body, back.header.Get("Location"))
		}
		if got := ask(t, client, "GET", a.URL+"/", ""); got.body != "welcome "+c.as {
			t.Errorf("%s: %d %s", c.name, got.status, got.body)
		}
		want := map[Role]int{Viewer: 403, Operator: 200}[c.role]
		if got := ask(t, client, "POST", a.URL+"/api/v1/verify", ""); got.status != want {
			t.Errorf("%s does what operators may: %d, want %d", c.name, got.status, want)
		}
	}
	if strings.Contains(a.log.String(), "client-secret") {
		t.Error("the client secret is in the log")
	}
}

// What does not come back from where it was begun is no login.
func TestLoginsThatWereTamperedWith(t *testing.T) {
	for name, tamper := range map[string]func(a *accounts, client *http.Client, back *url.URL) *http.Client{
		"another state": func(_ *accounts, client *http.Client, back *url.URL) *http.Client {
			back.RawQuery = "state=x&code=" + back.Query().Get("code")
			return client
		},
		"no state": func(_ *accounts, client *http.Client, back *url.URL) *http.Client {
			back.RawQuery = "code=" + back.Query().Get("code")
			return client
		},
		"another browser": func(_ *accounts, _ *http.Client, _ *url.URL) *http.Client { return browser(t, nil) },
		"another code": func(_ *accounts, client *http.Client, back *url.URL) *http.Client {
			back.RawQuery = "code=x&state=" + back.Query().Get("state")
			return client
		},
		"the code of another login": func(a *accounts, client *http.Client, back *url.URL) *http.Client {
			other, err := url.Parse(a.comeBack(t, browser(t, nil)))
			if err != nil {
				t.Fatal(err)
			}
			back.RawQuery = url.Values{"code": {other.Query().Get("code")}, "state": {back.Query().Get("state")}}.Encode()
			return client // PKCE refuses it.
		},
		"too late": func(a *accounts, client *http.Client, _ *url.URL) *http.Client { a.clock.pass(maxFlow); return client },
		"an error of the issuer": func(_ *accounts, client *http.Client, back *url.URL) *http.Client {
			back.RawQuery = "error=access_denied&state=" + back.Query().Get("state")
			return client
		},
		"another nonce": func(a *accounts, client *http.Client, _ *url.URL) *http.Client {
			a.issuer.claims["nonce"] = "x"
			return client
		},
		"another audience": func(a *accounts, client *http.Client, _ *url.URL) *http.Client {
			a.issuer.claims["aud"] = "x"
			return client
		},
		"another issuer": func(a *accounts, client *http.Client, _ *url.URL) *http.Client {
			a.issuer.claims["iss"] = "https://elsewhere.example"
			return client
		},
		"an ID token of yesterday": func(a *accounts, client *http.Client, _ *url.URL) *http.Client {
			a.issuer.claims["exp"] = a.clock.now().Add(-time.Hour).Unix()
			return client
		},
		"another signature": func(a *accounts, client *http.Client, _ *url.URL) *http.Client {
			a.issuer.signs, _ = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
			return client
		},
		"an issuer that is down": func(a *accounts, client *http.Client, _ *url.URL) *http.Client { a.issuer.down = true; return client },
	} {
		t.Run(name, func(t *testing.T) {
			a := serveAccounts(t)
			a.issuer.claims = map[string]any{"groups": []string{"ops"}}
			client := browser(t, nil)
			back, err := url.Parse(a.comeBack(t, client))
			if err != nil {
				t.Fatal(err)
			}
			client = tamper(a, client, back)
			got := ask(t, client, "GET", back.String(), "", html)
			if got.status < 400 || got.status == 404 || !strings.Contains(a.log.String(), `"action":"login"`) {
				t.Errorf("%d %s, logged %s", got.status, got.body, a.log)
			}
			if got := ask(t, client, "GET", a.URL+"/", ""); got.status != 401 {
				t.Errorf("somebody is logged in: %d %s", got.status, got.body)
			}
		})
	}
}

func TestALoginCompletesOnce(t *testing.T) {
	a := serveAccounts(t)
	a.issuer.claims = map[string]any{"groups": []string{"ops"}}
	client := browser(t, nil)
	back := a.comeBack(t, client)
	if got := ask(t, client, "GET", back, "", html); got.status != 303 {
		t.Fatalf("%d %s", got.status, got.body)
	}
	if got := ask(t, client, "GET", back, "", html); got.status != 400 {
		t.Errorf("again: %d %s", got.status, got.body)
	}
}

// The issuer is looked for when somebody logs in; until it is found, others log in by tokens.
func TestAnIssuerThatIsDownAtTheStart(t *testing.T) {
	a := serveAccounts(t)
	a.issuer.down = true
	client := browser(t, nil)
	if got := ask(t, client, "GET", a.URL+"/login/oidc", "", html); got.status != 502 || !strings.Contains(got.body, "cannot be asked now") {
		t.Errorf("%d %s", got.status, got.body)
	}
	a.issuer.down, a.issuer.claims = false, map[string]any{"groups": "ops"}
	if got := ask(t, client, "GET", a.comeBack(t, client), "", html); got.status != 303 {
		t.Errorf("once it is up: %d %s", got.status, got.body)
	}
}

// Sessions hold for another process with the same settings, and for none with others.
func TestSessionsOfAccountsOfAnotherProcess(t *testing.T) {
	a := serveAccounts(t)
	a.issuer.claims = map[string]any{"groups": "ops"}
	client := browser(t, nil)
	ask(t, client, "GET", a.comeBack(t, client), "", html)
	at, err := url.Parse(a.URL)
	if err != nil {
		t.Fatal(err)
	}
	cookie := client.Jar.Cookies(at)[0].String()
	fewer := a.options("http://127.0.0.1:1")
	fewer.Operators = fewer.Operators[:1]
	for name, c := range map[string]struct {
		options *OIDC
		status  int
	}{"the same": {a.options("http://127.0.0.1:1"), 200}, "fewer operators": {fewer, 401}} {
		s := serve(t, Options{OIDC: c.options})
		if got := ask(t, browser(t, nil), "GET", s.URL+"/", "", "Cookie: "+cookie); got.status != c.status {
			t.Errorf("%s: %d, want %d", name, got.status, c.status)
		}
	}
	write(t, a.secret, "another-secret")
	a.clock.pass(time.Second)
	if got := ask(t, client, "GET", a.URL+"/", ""); got.status != 401 {
		t.Errorf("after another client secret: %d", got.status)
	}
}

func TestSettingsOfAnIssuer(t *testing.T) {
	secret := filepath.Join(t.TempDir(), "secret")
	write(t, secret, "s\n")
	empty := filepath.Join(t.TempDir(), "empty")
	write(t, empty, "\n")
	for want, change := range map[string]func(o *OIDC){
		"":                          func(*OIDC) {},
		"go with --oidc-issuer":     func(o *OIDC) { o.Issuer = "" },
		"--oidc-client-id":          func(o *OIDC) { o.ClientID = "" },
		"--oidc-client-secret-file": func(o *OIDC) { o.ClientSecretFile = "" },
		"--oidc-client-secret-file " + empty + ": not one line": func(o *OIDC) { o.ClientSecretFile = empty },
		"goes with --oidc-redirect-url":                         func(o *OIDC) { o.RedirectURL = "" },
		"nobody could log in":                                   func(o *OIDC) { o.Viewers = nil },
		`--oidc-issuer: "http://issuer.example" is not an address that begins with https://`: func(o *OIDC) { o.Issuer = "http://issuer.example" },
		`--oidc-redirect-url: "here" is not`:                                                 func(o *OIDC) { o.RedirectURL = "here" },
		"its path is to be /login/oidc/callback":                                             func(o *OIDC) { o.RedirectURL = "https://here.example/" },
	} {
		o := &OIDC{Issuer: "https://issuer.example", ClientID: "x", ClientSecretFile: secret, RedirectURL: "https://here.example/login/oidc/callback", Viewers: []string{"*"}}
		change(o)
		if _, err := New(Options{OIDC: o}); (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
}

func TestEveryAccountMayBeAViewer(t *testing.T) {
	o := &OIDC{Viewers: []string{"*"}, Operators: []string{"*", "ops"}}
	for text, want := range map[string]account{
		`{"sub":"s"}`:                  {"s", Viewer},
		`{"sub":"s","groups":["*"]}`:   {"s", Viewer},
		`{"sub":"s","groups":["ops"]}`: {"s", Operator},
	} {
		c, err := parseClaims([]byte(text), "groups")
		if got := o.accountOf(c); err != nil || got != want {
			t.Errorf("%s: %v, %v, want %v", text, got, err, want)
		}
	}
}
