package access

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

// flow is a login at the issuer that is under way: what must come back, and what proves that it was begun here. The browser keeps it, sealed.
type flow struct {
	State    string `json:"state"`
	Nonce    string `json:"nonce"`
	Verifier string `json:"verifier"` // of PKCE
	To       string `json:"to"`
}

// find is the issuer as it describes itself. It is looked for until it is found once.
func (i *issuer) find(ctx context.Context) (*oidc.Provider, error) {
	select {
	case i.busy <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	defer func() { <-i.busy }()
	if i.provider == nil {
		p, err := oidc.NewProvider(ctx, i.options.Issuer)
		if err != nil {
			return nil, fmt.Errorf("find the issuer %s: %w", i.options.Issuer, err)
		}
		i.provider = p
	}
	return i.provider, nil
}

// beginAtIssuer sends a browser to the issuer.
func (g *Guard) beginAtIssuer(w http.ResponseWriter, r *http.Request) {
	now := g.clock()
	if wait := g.logins.take(clientOf(r), now); wait > 0 {
		retryAfter(w, seconds(wait))
		g.refuse(w, r, "tries", http.StatusTooManyRequests, "too many tries to log in: try again in a minute")
		return
	}
	ctx, cancel := context.WithTimeout(oidc.ClientContext(r.Context(), g.issuer.client), issuerTimeout)
	defer cancel()
	provider, err := g.issuer.find(ctx)
	if err != nil {
		g.log.Warn("issuer of openid connect cannot be asked", "error", err)
		g.refuse(w, r, "login", http.StatusBadGateway, "the issuer cannot be asked now: try again, or log in with a token")
		return
	}
	f := flow{rand.Text(), rand.Text(), oauth2.GenerateVerifier(), destination(r.FormValue("to"))}
	setCookie(w, r, flowCookie, seal(g.issuer.keys.at(now).flows, f, now.Add(maxFlow)), maxFlow)
	http.Redirect(w, r, g.issuer.oauth(provider, now).AuthCodeURL(f.State, oidc.Nonce(f.Nonce), oauth2.S256ChallengeOption(f.Verifier)), http.StatusSeeOther)
}

// completeAtIssuer makes a session of what the issuer says of the one who comes back from it.
func (g *Guard) completeAtIssuer(w http.ResponseWriter, r *http.Request) {
	now := g.clock()
	if wait := g.logins.take(clientOf(r), now); wait > 0 {
		retryAfter(w, seconds(wait))
		g.refuse(w, r, "tries", http.StatusTooManyRequests, "too many tries to log in: try again in a minute")
		return
	}
	f, err := open[flow](g.issuer.keys.at(now).flows, cookieOf(r, flowCookie), now)
	setCookie(w, r, flowCookie, "", 0)
	if err != nil || subtle.ConstantTimeCompare([]byte(f.State), []byte(r.FormValue("state"))) != 1 {
		g.refuseAccount(w, r, account{}, http.StatusBadRequest, "this login was not begun in this browser, or long ago: begin again", errors.New("the state is not that of a login under way"))
		return
	}
	if code := r.FormValue("error"); code != "" {
		g.refuseAccount(w, r, account{}, http.StatusForbidden, "the issuer did not log you in", fmt.Errorf("issuer answers %q", cut(code, "")))
		return
	}
	c, err := g.issuer.exchange(r.Context(), f, r.FormValue("code"), now)
	if err != nil {
		g.refuseAccount(w, r, account{}, http.StatusBadGateway, "what the issuer says cannot be used: begin again", err)
		return
	}
	who := g.issuer.options.accountOf(c)
	if who.Role == Anyone {
		g.refuseAccount(w, r, who, http.StatusForbidden, "this account may not see anything here: ask whoever runs this server", c.why())
		return
	}
	setCookie(w, r, sessionCookie, byIssuer+"."+seal(g.issuer.keys.at(now).sessions, who, now.Add(g.options.Session)), g.options.Session)
	g.audit(r, "login", Principal{who.Name, who.Role, byIssuer}, http.StatusSeeOther, "")
	http.Redirect(w, r, f.To, http.StatusSeeOther)
}

// refuseAccount refuses a login at the issuer.
func (g *Guard) refuseAccount(w http.ResponseWriter, r *http.Request, who account, status int, detail string, err error) {
	g.audit(r, "login", Principal{who.Name, who.Role, byIssuer}, status, cut(err.Error(), ""))
	g.refuse(w, r, "login", status, detail)
}

// exchange is what the issuer says of the one who brings a code.
func (i *issuer) exchange(ctx context.Context, f flow, code string, now time.Time) (claims, error) {
	ctx, cancel := context.WithTimeout(oidc.ClientContext(ctx, i.client), issuerTimeout)
	defer cancel()
	provider, err := i.find(ctx)
	if err != nil {
		return claims{}, err
	}
	token, err := i.oauth(provider, now).Exchange(ctx, code, oauth2.VerifierOption(f.Verifier))
	if err != nil {
		return claims{}, fmt.Errorf("exchange the code: %w", withoutAnswer(err))
	}
	raw, ok := token.Extra("id_token").(string)
	if !ok {
		return claims{}, errors.New("exchange the code: there is no ID token in the answer")
	}
	verifier := provider.Verifier(&oidc.Config{ClientID: i.options.ClientID, Now: func() time.Time { return now }})
	id, err := verifier.Verify(ctx, raw)
	if err != nil {
		return claims{}, fmt.Errorf("verify the ID token: %w", err)
	}
	if subtle.ConstantTimeCompare([]byte(id.Nonce), []byte(f.Nonce)) != 1 {
		return claims{}, errors.New("verify the ID token: its nonce is not that of this login")
	}
	var text json.RawMessage
	if err := id.Claims(&text); err != nil {
		return claims{}, fmt.Errorf("read claims: %w", err)
	}
	return parseClaims(text, i.options.groups())
}

// withoutAnswer is an error of the issuer without the body of its answer, in which there may be anything.
func withoutAnswer(err error) error {
	var refused *oauth2.RetrieveError
	if errors.As(err, &refused) {
		return fmt.Errorf("issuer answers %s %q", refused.Response.Status, cut(refused.ErrorCode, ""))
	}
	return err
}

// why is why an account may do nothing.
func (c *claims) why() error {
	if c.Unproven != "" {
		return fmt.Errorf("the issuer does not say that the address %q is verified, and none of its groups is on a list", cut(c.Unproven, ""))
	}
	return errors.New("neither its address nor one of its groups is on a list")
}
