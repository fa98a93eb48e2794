package access

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

func TestLoginByAToken(t *testing.T) {
	k := newKeyring(t)
	s := serve(t, Options{TokensFile: k.path, Session: time.Hour})
	client := browser(t, nil)
	if page := ask(t, client, "GET", s.URL+"/login?to=/a%3Fb=c", "", html); page.status != 200 || !strings.Contains(page.body, `<label for="token">`) ||
		!strings.Contains(page.body, `name="to" value="/a?b=c"`) || strings.Contains(page.body, "<script") || strings.Contains(page.body, "style=") {
		t.Errorf("the page to log in is %d %s", page.status, page.body)
	}
	if got := s.login(t, client, "sellerpulse_AAAAAAAAAAAAAAAAAAAAAAAAAA"); got.status != 401 || !strings.Contains(got.body, `role="alert"`) || got.header.Get("Set-Cookie") != "" {
		t.Errorf("a wrong token: %d %s", got.status, got.body)
	}
	got := ask(t, client, "POST", s.URL+"/login", "to=/a%3Fb=c&token=+"+k.secrets["vera"]+"%0d%0a", form)
	if got.status != 303 || got.header.Get("Location") != "/a?b=c" {
		t.Errorf("a right token: %d to %q", got.status, got.header.Get("Location"))
	}
	cookie, err := http.ParseSetCookie(got.header.Get("Set-Cookie"))
	if err != nil || cookie.Name != "sellerpulse-session" || !cookie.HttpOnly || cookie.Secure || cookie.SameSite != http.SameSiteLaxMode || cookie.Path != "/" || cookie.MaxAge != 3600 || cookie.Domain != "" {
		t.Errorf("cookie %v, %v", cookie, err)
	}
	if got := ask(t, client, "GET", s.URL+"/", "", html); got.status != 200 || got.body != "welcome vera" {
		t.Errorf("logged in: %d %s", got.status, got.body)
	}
	if got := ask(t, client, "POST", s.URL+"/api/v1/verify", ""); got.status != 403 {
		t.Errorf("a viewer's session does what operators may: %d", got.status)
	}
	if page := ask(t, client, "GET", s.URL+"/login", "", html); !strings.Contains(page.body, `<span class="value">vera</span>, viewer`) {
		t.Errorf("the page to log in is %s", page.body)
	}
	s.clock.pass(time.Hour)
	if got := ask(t, client, "GET", s.URL+"/", "", html); got.status != 303 {
		t.Errorf("after its end: %d", got.status)
	}
}

func TestLogout(t *testing.T) {
	k := newKeyring(t)
	s := serve(t, Options{TokensFile: k.path})
	client := browser(t, nil)
	s.login(t, client, k.secrets["vera"])
	if got := ask(t, client, "GET", s.URL+"/logout", ""); got.status != 405 {
		t.Errorf("a link logs out: %d", got.status)
	}
	if got := ask(t, client, "POST", s.URL+"/logout", ""); got.status != 303 || got.header.Get("Location") != "/login" || !strings.Contains(got.header.Get("Set-Cookie"), "Max-Age=0") {
		t.Errorf("logout: %d %v", got.status, got.header)
	}
	if got := ask(t, client, "GET", s.URL+"/", ""); got.status != 401 {
		t.Errorf("logged out: %d", got.status)
	}
}

// A session that one process gave holds for another with the same file, and for none with another file.
func TestSessionsOfAnotherProcess(t *testing.T) {
	k := newKeyring(t)
	s, same, other := serve(t, Options{TokensFile: k.path}), serve(t, Options{TokensFile: k.path}), serve(t, Options{TokensFile: newKeyring(t).path})
	cookie := strings.Split(s.login(t, browser(t, nil), k.secrets["otto"]).header.Get("Set-Cookie"), ";")[0]
	for process, want := range map[*site]int{same: 200, other: 401} {
		if got := ask(t, browser(t, nil), "POST", process.URL+"/api/v1/verify", "", "Cookie: "+cookie); got.status != want {
			t.Errorf("%d, want %d", got.status, want)
		}
	}
	delete(k.lines, "otto")
	k.save(t)
	same.clock.pass(time.Second)
	if got := ask(t, browser(t, nil), "GET", same.URL+"/", "", "Cookie: "+cookie); got.status != 401 {
		t.Errorf("a token that was taken out goes on by its session: %d", got.status)
	}
}

func TestTriesToLogInAreLimited(t *testing.T) {
	k := newKeyring(t)
	s := serve(t, Options{TokensFile: k.path})
	for range tries {
		if got := s.login(t, browser(t, nil), "x"); got.status != 401 {
			t.Fatalf("a wrong token: %d", got.status)
		}
	}
	got := s.login(t, browser(t, nil), k.secrets["vera"])
	if got.status != 429 || got.header.Get("Retry-After") != "6" || got.header.Get("Set-Cookie") != "" {
		t.Errorf("after so many: %d, Retry-After %q", got.status, got.header.Get("Retry-After"))
	}
	s.clock.pass(tryInterval)
	if got := s.login(t, browser(t, nil), k.secrets["vera"]); got.status != 303 {
		t.Errorf("after a while: %d", got.status)
	}
}

// Where to go after logging in is on this server, whatever a link says.
func TestDestinations(t *testing.T) {
	for to, want := range map[string]string{
		"": "/", "/": "/", "/sellers?state=BREACHED#x": "/sellers?state=BREACHED#x", "/a//b": "/a//b",
		"//elsewhere.example": "/", "///elsewhere.example": "/", "/\\elsewhere.example": "/", "\\\\elsewhere.example": "/", "https://elsewhere.example/": "/", "https:elsewhere.example": "/",
		"elsewhere": "/", "javascript:alert(1)": "/", "/\r\nSet-Cookie: a=b": "/", "/\x00": "/", "/%zz": "/", "/" + strings.Repeat("a", maxToBytes): "/",
		"/login?to=/login": "/", "/login/oidc": "/", "/logout": "/", "/logins": "/logins", "\t//elsewhere.example": "/", "/\t/elsewhere.example": "/",
	} {
		if got := destination(to); got != want {
			t.Errorf("%q leads to %q, want %q", to, got, want)
		}
	}
}
