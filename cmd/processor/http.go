package main

import (
	"net/url"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"sellerpulse/internal/app"
	"sellerpulse/internal/config"
	"sellerpulse/internal/web/access"
)

// httpFlags is where to answer over HTTP, and whom.
type httpFlags struct {
	listen        address
	tokens        string // file
	session       positive
	tls           access.TLSFiles
	hosts         []string
	rate          count
	connections   count
	publicMetrics bool
	insecure      bool
	oidc          access.OIDC
}

const webGroup = "web"

// Of the demo too.
const (
	insecureFlag = "insecure-listen"
	insecureUse  = "answer everybody who reaches --listen, though nothing tells who asks: for networks that keep all others out"
)

// add adds the flags; of what --listen is for its command says.
func (h *httpFlags) add(f *pflag.FlagSet, listen address, listenUse string) {
	h.listen = listen
	f.Var(&h.listen, "listen", listenUse)
	own := pflag.NewFlagSet("web", pflag.ContinueOnError)
	own.StringVar(&h.tokens, "http-tokens-file", "", "`file` of those who may ask, a line each as \"processor token new\" prints it; read anew when it changes")
	h.session = positive(access.DefaultSession)
	own.Var(&h.session, "http-session", "time for which somebody who logs in by a browser stays so")
	own.StringVar(&h.tls.Certificate, "http-tls-cert", "", "PEM `file` of the server's certificate and those that it is signed by; read anew when it changes")
	own.StringVar(&h.tls.Key, "http-tls-key", "", "PEM `file` of the private key of --http-tls-cert, not encrypted")
	own.StringVar(&h.tls.ClientCA, "http-tls-client-ca", "", "PEM `file` of authorities: who shows a certificate that they signed is a viewer")
	own.StringSliceVar(&h.hosts, "http-hosts", nil, "`names` by which it may be asked, beside localhost and addresses; without any, on loopback no others, elsewhere all")
	h.rate = access.DefaultRate
	own.Var(&h.rate, "http-rate", "requests a second of one address, and of one token or account; twice as many at once")
	h.connections = app.DefaultConnections
	own.Var(&h.connections, "http-connections", "connections at a time, of one address half of them; further ones wait")
	addToggle(own, &h.publicMetrics, "metrics-public", "answer /metrics to everybody, where else a viewer is needed")
	addToggle(own, &h.insecure, insecureFlag, insecureUse)
	h.addOIDC(own)
	own.VisitAll(func(one *pflag.Flag) { _ = own.SetAnnotation(one.Name, groupAnnotation, []string{webGroup}) }) // It exists.
	f.AddFlagSet(own)
}

func (h *httpFlags) addOIDC(f *pflag.FlagSet) {
	f.StringVar(&h.oidc.Issuer, "oidc-issuer", "", "`URL` of the issuer of OpenID Connect at which people log in")
	f.StringVar(&h.oidc.ClientID, "oidc-client-id", "", "`id` by which the issuer knows this server")
	f.StringVar(&h.oidc.ClientSecretFile, "oidc-client-secret-file", "", "`file` with the client secret and nothing else; read anew when it changes")
	f.StringVar(&h.oidc.RedirectURL, "oidc-redirect-url", "", "`URL` to which the issuer sends people back: this server as browsers know it, with the path /login/oidc/callback")
	f.StringSliceVar(&h.oidc.Operators, "oidc-operators", nil, "`accounts` that are operators: verified e-mail addresses, and groups")
	f.StringSliceVar(&h.oidc.Viewers, "oidc-viewers", nil, "`accounts` that are viewers, likewise; * for every account of the issuer")
	f.StringVar(&h.oidc.GroupsClaim, "oidc-groups-claim", "groups", "`claim` that has an account's groups")
	f.StringSliceVar(&h.oidc.Scopes, "oidc-scopes", []string{"openid", "email", "profile"}, "`scopes` to ask the issuer for")
}

// guard is who may ask, by flags; nil where nothing is to be answered. Its errors are of usage.
func (s *session) guard(h *httpFlags) (*access.Guard, error) {
	if h.listen == "" {
		return nil, nil
	}
	guard, err := access.New(access.Options{
		TokensFile: h.tokens, OIDC: h.issuer(), TLS: h.tls, Insecure: h.insecure, Hosts: trimmed(h.hosts), Session: time.Duration(h.session), Rate: int(h.rate), Logger: s.log,
	})
	if err == nil {
		err = guard.CheckAddress(string(h.listen))
	}
	if err != nil {
		return nil, usage("%w", err)
	}
	return guard, nil
}

// issuer is nil without one.
func (h *httpFlags) issuer() *access.OIDC {
	o := h.oidc
	o.Operators, o.Viewers, o.Scopes = trimmed(o.Operators), trimmed(o.Viewers), trimmed(o.Scopes)
	if o.Issuer+o.ClientID+o.ClientSecretFile+o.RedirectURL == "" && len(o.Operators)+len(o.Viewers) == 0 {
		return nil
	}
	return &o
}

// trimmed is the texts of a list that people write with spaces behind its commas.
func trimmed(list []string) (texts []string) {
	for _, text := range list {
		if text = strings.TrimSpace(text); text != "" {
			texts = append(texts, text)
		}
	}
	return texts
}

// token is the one of a file, to be sent to an address; empty without a file.
func (s *session) token(file, to string) (string, error) {
	if file == "" {
		return "", nil
	}
	text, err := readSecret("--token-file", file, s.log)
	if err != nil {
		return "", err
	}
	token := config.TrimLine(string(text))
	if token == "" || strings.ContainsAny(token, "\r\n\t ") {
		return "", usage("--token-file %s: not one line with a token", file)
	}
	if u, err := url.Parse(to); err == nil && u.Scheme == "http" && !access.Loopback(u.Host) {
		s.log.Warn("the token is sent in clear text: ask by https", "url", u.Redacted())
	}
	return token, nil
}
