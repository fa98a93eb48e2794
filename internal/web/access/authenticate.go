package access

import (
	"net/http"
	"strings"
	"time"
)

// Who is who a request comes from: of the role Anyone if that is not known.
func (g *Guard) Who(r *http.Request) Principal {
	who, _ := g.authenticate(r, g.clock()) // With a wrong token it is anyone.
	return who
}

// Asks is whether it is told who asks at all. Where it is not, everybody is an operator without a name.
func (g *Guard) Asks() bool { return g.asks() }

// authenticate is who a request comes from. A bearer token that is given decides, and is an error if it is wrong.
func (g *Guard) authenticate(r *http.Request, now time.Time) (Principal, error) {
	if !g.asks() {
		return Principal{Role: Operator}, nil
	}
	if secret, given := bearer(r); given {
		if g.tokens != nil {
			if t := g.tokens.at(now).of(secret); t != nil {
				return Principal{t.Name, t.Role, byToken}, nil
			}
		}
		return Principal{}, errWrongToken
	}
	if text := cookieOf(r, sessionCookie); text != "" {
		if who, ok := g.session(text, now); ok {
			return who, nil
		}
	}
	return certified(r), nil
}

// bearer is the token of a request. Other ways to log in than "Bearer" are none of ours, and may be a proxy's.
func bearer(r *http.Request) (secret string, given bool) {
	for _, text := range r.Header.Values("Authorization") {
		scheme, rest, _ := strings.Cut(text, " ")
		if strings.EqualFold(scheme, "Bearer") {
			return strings.TrimSpace(rest), true
		}
	}
	return "", false
}

// certified is the viewer of a client's certificate that was verified.
func certified(r *http.Request) Principal {
	if r.TLS == nil || len(r.TLS.VerifiedChains) == 0 {
		return Principal{}
	}
	name := r.TLS.VerifiedChains[0][0].Subject.CommonName
	return Principal{cut(name, "certificate"), Viewer, "certificate"}
}

// maxNameBytes bounds names that others give.
const maxNameBytes = 128

// cut bounds a name, and is another where there is none.
func cut(name, otherwise string) string {
	switch {
	case name == "":
		return otherwise
	case len(name) > maxNameBytes:
		return strings.ToValidUTF8(name[:maxNameBytes], "")
	}
	return name
}

// client is who it is for limits: a token and its sessions are one.
func (p Principal) client() string {
	by := p.By
	if by == "session" {
		by = byToken
	}
	return by + " " + p.Name
}
