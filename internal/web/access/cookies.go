package access

import (
	"net/http"
	"time"
)

// Cookies. Browsers send one whose name begins with "__Host-" to nobody else, and take none such from another host of the domain or without TLS.
const (
	sessionCookie = "sellerpulse-session"
	flowCookie    = "sellerpulse-login" // of a login at the issuer that is under way
	hostPrefix    = "__Host-"
)

// encrypted is whether a request comes by TLS, to here or to a proxy, which says so. One that lies about it harms nobody but itself.
func encrypted(r *http.Request) bool {
	return r.TLS != nil || r.Header.Get("X-Forwarded-Proto") == "https"
}

func cookieName(r *http.Request, name string) string {
	if encrypted(r) {
		return hostPrefix + name
	}
	return name
}

// setCookie has a browser keep a text for so long; not at all for 0. SameSite=Lax keeps it from what pages of other sites ask for, but not from their
// links, nor from the way back from the issuer.
func setCookie(w http.ResponseWriter, r *http.Request, name, text string, life time.Duration) {
	c := &http.Cookie{
		Name: cookieName(r, name), Value: text, Path: "/", MaxAge: int(life / time.Second), Secure: encrypted(r), HttpOnly: true, SameSite: http.SameSiteLaxMode,
	}
	if life <= 0 {
		c.MaxAge = -1
	}
	http.SetCookie(w, c)
}

// cookieOf is the text of a cookie; empty for none. Of several of one name none is believed: a page of a sibling domain could have set one.
func cookieOf(r *http.Request, name string) string {
	if all := r.CookiesNamed(cookieName(r, name)); len(all) == 1 {
		return all[0].Value
	}
	return ""
}
