package access

import (
	"encoding/base64"
	"strings"
	"time"
)

// Kinds of sessions, with which a cookie begins.
const (
	byToken  = "token"
	byIssuer = "oidc"
)

// sealer is the key of the sessions of a token. It follows from all of its line: another role is another key.
func (t *Token) sealer() sealer {
	return newSealer("session of "+t.Name+" "+t.Role.String(), t.Hash[:])
}

// tokenSession is the session of a token: "token.NAME.SEALED".
func tokenSession(t *Token, secret string, until time.Time) string {
	return byToken + "." + base64.RawURLEncoding.EncodeToString([]byte(t.Name)) + "." + seal(t.sealer(), secret, until)
}

// session is who a session is of.
func (g *Guard) session(text string, now time.Time) (Principal, bool) {
	if len(text) > maxSealedBytes {
		return Principal{}, false
	}
	kind, rest, _ := strings.Cut(text, ".")
	switch {
	case kind == byToken && g.tokens != nil:
		return tokenPrincipal(g.tokens.at(now), rest, now)
	case kind == byIssuer && g.issuer != nil:
		who, err := open[account](g.issuer.keys.at(now).sessions, rest, now)
		return Principal{who.Name, who.Role, byIssuer}, err == nil
	}
	return Principal{}, false
}

// tokenPrincipal is who "NAME.SEALED" is of: the token of that name, if what is sealed is it.
func tokenPrincipal(in *tokens, text string, now time.Time) (Principal, bool) {
	encoded, text, _ := strings.Cut(text, ".")
	name, err := base64.RawURLEncoding.Strict().DecodeString(encoded)
	t := in.named(string(name))
	if err != nil || t == nil {
		return Principal{}, false
	}
	secret, err := open[string](t.sealer(), text, now)
	if err != nil || in.of(secret) != t {
		return Principal{}, false
	}
	return Principal{t.Name, t.Role, "session"}, true
}
