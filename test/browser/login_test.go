package browser

import (
	"log/slog"
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/chromedp/kb"

	"sellerpulse/internal/web/access"
	"sellerpulse/test/brokertest"
)

// guarded is a site with a token for a viewer, vera, and one for an operator, otto.
func guarded(t *testing.T) (s *site, secrets map[string]string) {
	t.Helper()
	s, secrets = newSite(t, brokertest.Embedded(t), 1), map[string]string{}
	lines := ""
	for name, role := range map[string]access.Role{"vera": access.Viewer, "otto": access.Operator} {
		secret, token, err := access.NewToken(name, role)
		if err != nil {
			t.Fatal(err)
		}
		secrets[name], lines = secret, lines+token.Line()+"\n"
	}
	file := filepath.Join(t.TempDir(), "tokens")
	if err := os.WriteFile(file, []byte(lines), 0o600); err != nil {
		t.Fatal(err)
	}
	var err error
	if s.options.Access, err = access.New(access.Options{TokensFile: file, Rate: 1_000_000, Logger: slog.New(slog.DiscardHandler)}); err != nil {
		t.Fatal(err)
	}
	s.serve(t, nil)
	return s, secrets
}

// verify is what the page is told when it asks the process to verify itself: the status, and why not.
func (tb *tab) verify() verified {
	tb.Helper()
	return is[verified](tb, `fetch("/api/v1/verify", { method: "POST", headers: { "X-Sellerpulse": "verify" } }).then(async (answer) => ({ Status: answer.status, Detail: (await answer.json()).detail ?? "" }))`)
}

type verified struct {
	Status int
	Detail string
}

// People log in by a token, get to where they wanted, may do what its role may, and log out, in both themes; and at any width everybody can.
func TestLogin(t *testing.T) {
	parallel(t)
	s, secrets := guarded(t)
	for _, l := range []look{{width: 360, language: "en"}, {width: 1440, language: "sv", dark: true}, {width: 360, language: "en", dark: true, noScript: true}} {
		t.Run(l.name(), func(t *testing.T) { logIn(t, s, secrets, l) })
	}
}

func logIn(t *testing.T, s *site, secrets map[string]string, l look) {
	tb, says := open(t, s.url, l), map[string]string{"log in": "Log in", "wrong": "not known", "vera": "You are logged in as vera, viewer."}
	if l.language == "sv" {
		says = map[string]string{"log in": "Logga in", "wrong": "okänd", "vera": "Du är inloggad som vera, läsare."}
	}
	const wanted = "/alerts?class=CONTRACTUAL"
	tb.visit(wanted)
	tb.wants("h1", says["log in"])
	tb.await("document.activeElement.id === 'token'") // Browsers give a field the focus when they are done.
	tb.isTrue("the page is as dark as the system", "getComputedStyle(document.querySelector('.card')).backgroundColor === "+
		inScript(map[bool]string{false: "rgb(255, 255, 255)", true: "rgb(21, 27, 35)"}[l.dark]))
	tb.shows("login")
	tb.follow(func() { tb.press("not-the-token-of-anybody-at-all", kb.Enter) })
	tb.forget("401")
	tb.wants("[role=alert]", says["wrong"])
	tb.isTrue("the field says that it is wrong", "document.querySelector('#token').matches('[aria-invalid=true][aria-describedby~=error]') && document.querySelector('#token').value === ''")
	tb.shows("wrong token")
	tb.await("document.activeElement.id === 'token'")
	tb.follow(func() { tb.press(secrets["vera"], kb.Enter) })
	tb.isTrue("it leads to what was asked for", "location.pathname + location.search === "+inScript(wanted)+" && document.querySelector('#filters') !== null")
	if !l.noScript {
		if answer := tb.verify(); answer.Status != 403 || answer.Detail != "vera is a viewer, and this needs an operator" {
			t.Errorf("a viewer who verifies is told %+v", answer)
		}
		tb.forget("403")
		tb.await("document.querySelector('.live.stale') === null") // The stream is a viewer's too.
	}
	tb.click("a[href='/login']")
	tb.wants(".card", says["vera"])
	tb.shows("logged in")
	tb.follow(func() { is[any](tb, "document.querySelector('form[action=\"/logout\"] button').click()") })
	tb.wants("h1", says["log in"])
	tb.visit("/")
	tb.wants("h1", says["log in"])
	tb.submit("form[action='/login']", "token", secrets["otto"])
	if !l.noScript {
		if answer := tb.verify(); answer.Status != 200 {
			t.Errorf("an operator who verifies is told %+v", answer)
		}
		tb.endsSession()
	}
	tb.check()
}

// endsSession takes the session from the page while it is open, which says then that it is told nothing.
func (tb *tab) endsSession() {
	tb.Helper()
	is[any](tb, "fetch('/logout', { method: 'POST' }).then((answer) => answer.text())")
	tb.hide(true)
	tb.hide(false)
	tb.await("document.querySelector('.live.stale .whole')?.textContent === document.querySelector('.live').dataset.refused")
	tb.forget("401")
}

// shows looks whether a page that is there can be used by everybody.
func (tb *tab) shows(name string) {
	tb.Helper()
	tb.screen(name)
	tb.checkLayout()
	tb.checkAccess()
	tb.check()
}
