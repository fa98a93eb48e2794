package access

import (
	"encoding/base64"
	"log/slog"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"
)

// guardOf is a process of the group with a tokens file.
func guardOf(t testing.TB, path string, c *clock) *Guard {
	t.Helper()
	g, err := New(Options{TokensFile: path, Clock: c.now, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func TestSessionsHoldForEveryProcessUntilTheirEnd(t *testing.T) {
	k, c := newKeyring(t), newClock()
	g, other := guardOf(t, k.path, c), guardOf(t, k.path, c)
	token := g.tokens.at(c.now()).of(k.secrets["otto"])
	text := tokenSession(token, k.secrets["otto"], c.now().Add(time.Hour))
	for _, process := range []*Guard{g, other} {
		if who, ok := process.session(text, c.now()); !ok || who != (Principal{"otto", Operator, "session"}) {
			t.Errorf("it is of %v, %t", who, ok)
		}
		if _, ok := process.session(text, c.now().Add(time.Hour-time.Second)); !ok {
			t.Error("it ends before its end")
		}
		if _, ok := process.session(text, c.now().Add(time.Hour)); ok {
			t.Error("it outlives its end")
		}
	}
	elsewhere := guardOf(t, newKeyring(t).path, c)
	if _, ok := elsewhere.session(text, c.now()); ok {
		t.Error("it holds for another tokens file")
	}
}

// What happens to a token happens to its sessions, within a second, and to no others.
func TestSessionsFollowTheTokensFile(t *testing.T) {
	for name, does := range map[string]func(k *keyring){
		"taken out":    func(k *keyring) { delete(k.lines, "otto") },
		"another role": func(k *keyring) { k.lines["otto"] = strings.Replace(k.lines["otto"], "operator", "viewer", 1) },
		"another hash": func(k *keyring) { k.add(t, "otto", Operator) },
		"another name": func(k *keyring) { k.lines["otto"] = strings.Replace(k.lines["otto"], "otto", "oscar", 1) },
	} {
		k, c := newKeyring(t), newClock()
		g := guardOf(t, k.path, c)
		until := c.now().Add(time.Hour)
		session := func(name string) string {
			return tokenSession(g.tokens.at(c.now()).named(name), k.secrets[name], until)
		}
		otto, vera := session("otto"), session("vera")
		does(k)
		k.add(t, "new", Operator)
		c.pass(time.Second)
		if _, ok := g.session(otto, c.now()); ok {
			t.Errorf("%s: its session goes on", name)
		}
		if who, ok := g.session(vera, c.now()); !ok || who.Name != "vera" {
			t.Errorf("%s: the session of another ends", name)
		}
	}
}

func TestSessionsThatWereTamperedWith(t *testing.T) {
	k, c := newKeyring(t), newClock()
	g := guardOf(t, k.path, c)
	now, until := c.now(), c.now().Add(time.Hour)
	in := g.tokens.at(now)
	otto, vera := in.named("otto"), in.named("vera")
	text := tokenSession(vera, k.secrets["vera"], until)
	for i := range text {
		for _, by := range []byte{'A', 'B', '.', '=', text[i] ^ 1} {
			changed := []byte(text)
			if changed[i] == by {
				continue
			}
			changed[i] = by
			if who, ok := g.session(string(changed), now); ok {
				t.Fatalf("with %q in the place %d it is of %v", by, i, who)
			}
		}
	}
	named := func(name string) string { return base64.RawURLEncoding.EncodeToString([]byte(name)) }
	end := text[strings.LastIndex(text, ".")+1:]
	for name, text := range map[string]string{
		"empty":                      "",
		"the name of another":        "token." + named("otto") + "." + end,
		"nobody's":                   "token." + named("nobody") + "." + end,
		"another kind":               "oidc." + end,
		"cut":                        text[:len(text)-1],
		"longer":                     text + "A",
		"a part more":                text + ".A",
		"huge":                       strings.Repeat("A", 1<<20),
		"by one who reads the file":  "token." + named("otto") + "." + seal(otto.sealer(), "", until), // The key is known, the token is not.
		"with the token of another":  "token." + named("otto") + "." + seal(otto.sealer(), k.secrets["vera"], until),
		"by a viewer who knows more": "token." + named("otto") + "." + seal(vera.sealer(), k.secrets["otto"], until),
		"sealed for something else":  "token." + named("vera") + "." + seal(newSealer("logins", vera.Hash[:]), k.secrets["vera"], until),
	} {
		if who, ok := g.session(text, now); ok {
			t.Errorf("%s: it is of %v", name, who)
		}
	}
	if strings.Contains(text, k.secrets["vera"]) || strings.Contains(text, base64.RawURLEncoding.EncodeToString([]byte(k.secrets["vera"]))) {
		t.Error("the token can be read in it")
	}
	if text == tokenSession(vera, k.secrets["vera"], until) {
		t.Error("two sessions are the same")
	}
}

// Whatever a browser sends for a session, nothing panics, and nobody is anybody by it who was not given one.
func FuzzSession(f *testing.F) {
	secret, token, err := NewToken("alice", Operator)
	if err != nil {
		f.Fatal(err)
	}
	path, c := f.TempDir()+"/tokens", newClock()
	if err := os.WriteFile(path, []byte(token.Line()), 0o600); err != nil {
		f.Fatal(err)
	}
	g := guardOf(f, path, c)
	given := tokenSession(&token, secret, c.now().Add(time.Hour))
	f.Add(given)
	f.Add("token.YWxpY2U.")
	f.Add("oidc.")
	f.Fuzz(func(t *testing.T, text string) {
		if who, ok := g.session(text, c.now()); ok && text != given {
			t.Errorf("%q is of %v", text, who)
		}
	})
}

func TestCookiesOfOneNameTwiceAreNone(t *testing.T) {
	r := &http.Request{Header: http.Header{"Cookie": {"sellerpulse-session=a; sellerpulse-session=b"}}}
	if text := cookieOf(r, sessionCookie); text != "" {
		t.Errorf("of two %q is taken", text)
	}
	r.Header.Set("Cookie", "sellerpulse-session=a")
	if text := cookieOf(r, sessionCookie); text != "a" {
		t.Errorf("%q is taken", text)
	}
	r.Header.Set("X-Forwarded-Proto", "https")
	if text := cookieOf(r, sessionCookie); text != "" {
		t.Errorf("%q is taken without its prefix", text)
	}
}
