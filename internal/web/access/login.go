package access

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"unicode"
)

// Addresses to log in and out.
const (
	loginPath  = "/login"
	logoutPath = "/logout"
	issuerPath = "/login/oidc"
)

// Bounds of what is sent to log in, and of where to go then.
const (
	maxLoginBytes = 4 << 10
	maxToBytes    = 1 << 10
)

// addLogin adds the routes to log in and out, if anybody needs to.
func (g *Guard) addLogin(routes *Routes) {
	if g.LoginPath() == "" {
		return
	}
	routes.HandleFunc("GET "+loginPath, Anyone, g.showLogin)
	routes.HandleFunc("POST "+logoutPath, Anyone, g.logout)
	if g.tokens != nil {
		routes.HandleFunc("POST "+loginPath, Anyone, g.login)
	}
	if g.issuer != nil {
		routes.HandleFunc("GET "+issuerPath, Anyone, g.beginAtIssuer)
		routes.HandleFunc("GET "+g.issuer.callback, Anyone, g.completeAtIssuer)
	}
}

// LoginPath is where people log in and out; empty where nobody needs to.
func (g *Guard) LoginPath() string {
	if g.tokens == nil && g.issuer == nil {
		return ""
	}
	return loginPath
}

func (g *Guard) showLogin(w http.ResponseWriter, r *http.Request) {
	g.writeLogin(w, r, http.StatusOK, "")
}

func (g *Guard) writeLogin(w http.ResponseWriter, r *http.Request, status int, wrong string) {
	who, title := g.Who(r), "Log in"
	if who.Name != "" {
		title = "Your account"
	}
	f := frameOf(r, title)
	writePage(w, status, "login.html", f.Lang, loginPage{
		Frame: f, Error: wrong, To: destination(r.FormValue("to")), Name: who.Name, Role: who.Role.String(), ByToken: g.tokens != nil, ByIssuer: g.issuer != nil,
	})
}

// login makes a session of a token.
func (g *Guard) login(w http.ResponseWriter, r *http.Request) {
	now := g.clock()
	if wait := g.logins.take(clientOf(r), now); wait > 0 {
		retryAfter(w, seconds(wait))
		g.refuse(w, r, "tries", http.StatusTooManyRequests, "too many tries to log in: try again in a minute")
		return
	}
	r.Body = http.MaxBytesReader(w, r.Body, maxLoginBytes)
	if err := r.ParseForm(); err != nil {
		status := http.StatusBadRequest
		if errors.As(err, new(*http.MaxBytesError)) {
			status = http.StatusRequestEntityTooLarge
		}
		g.refuse(w, r, "size", status, "it is no form to log in")
		return
	}
	secret := strings.TrimSpace(r.PostForm.Get("token"))
	t := g.tokens.at(now).of(secret)
	if t == nil {
		g.metrics.refused.WithLabelValues("login").Inc()
		g.audit(r, "login", Principal{}, http.StatusUnauthorized, errWrongToken.Error())
		g.writeLogin(w, r, http.StatusUnauthorized, "This token is not known, or no longer.")
		return
	}
	setCookie(w, r, sessionCookie, tokenSession(t, secret, now.Add(g.options.Session)), g.options.Session)
	g.audit(r, "login", Principal{t.Name, t.Role, byToken}, http.StatusSeeOther, "")
	http.Redirect(w, r, destination(r.PostForm.Get("to")), http.StatusSeeOther)
}

// logout has the browser forget its session.
func (g *Guard) logout(w http.ResponseWriter, r *http.Request) {
	if who := g.Who(r); who.Name != "" {
		g.audit(r, "logout", who, http.StatusSeeOther, "")
	}
	setCookie(w, r, sessionCookie, "", 0)
	http.Redirect(w, r, loginPath, http.StatusSeeOther)
}

// destination is where to go after logging in: an address on this server, whatever was asked for.
func destination(to string) string {
	u, err := url.Parse(to)
	switch {
	case err != nil || len(to) > maxToBytes || u.Scheme != "" || u.Host != "" || u.User != nil:
	case !strings.HasPrefix(to, "/") || strings.HasPrefix(to, "//") || strings.ContainsAny(to, `\`) || strings.ContainsFunc(to, unicode.IsControl):
	case u.Path == loginPath || strings.HasPrefix(u.Path, loginPath+"/") || u.Path == logoutPath:
	default:
		return to
	}
	return "/"
}
