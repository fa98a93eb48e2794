package access

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"sellerpulse/internal/config"
)

// OIDC is an issuer of OpenID Connect at which people log in, and which of its accounts may do what. Accounts are named by their verified e-mail
// address, or by a group: what has an "@" in it is an address. "*" among the viewers is every account.
type OIDC struct {
	Issuer           string // URL
	ClientID         string
	ClientSecretFile string
	RedirectURL      string // where the issuer sends people back to: this server, as browsers know it
	Operators        []string
	Viewers          []string
	GroupsClaim      string   // default "groups"
	Scopes           []string // default openid, email and profile
}

// check refuses what does not go together; nil is right.
func (o *OIDC) check() error {
	switch {
	case o == nil:
		return nil
	case o.Issuer == "":
		return errors.New("the --oidc flags go with --oidc-issuer")
	case o.ClientID == "":
		return errors.New("--oidc-issuer goes with --oidc-client-id")
	case o.ClientSecretFile == "":
		return errors.New("--oidc-issuer goes with --oidc-client-secret-file")
	case o.RedirectURL == "":
		return errors.New("--oidc-issuer goes with --oidc-redirect-url, such as https://sellerpulse.example/login/oidc/callback")
	case len(o.Operators)+len(o.Viewers) == 0:
		return errors.New("--oidc-issuer goes with --oidc-operators or --oidc-viewers: nobody could log in")
	}
	if _, err := secureURL("--oidc-issuer", o.Issuer); err != nil {
		return err
	}
	back, err := secureURL("--oidc-redirect-url", o.RedirectURL)
	if err != nil {
		return err
	}
	if !strings.HasPrefix(back.Path, issuerPath+"/") || strings.ContainsAny(back.Path, "{}") {
		return fmt.Errorf("--oidc-redirect-url: its path is to be %s/callback, and not %q", issuerPath, back.Path)
	}
	return nil
}

// secureURL reads an address, which is to be of TLS unless it is on this machine.
func secureURL(flag, text string) (*url.URL, error) {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.Scheme != "https" && (u.Scheme != "http" || !Loopback(u.Host)) {
		return nil, fmt.Errorf("%s: %q is not an address that begins with https://", flag, text)
	}
	return u, nil
}

// Bounds of what the issuer is asked for.
const (
	issuerTimeout  = 10 * time.Second
	maxIssuerBytes = 1 << 20
	maxFlow        = 10 * time.Minute // from the page to log in until one is back
)

// issuer is where people log in.
type issuer struct {
	options  *OIDC
	host     string // by which browsers know this server
	callback string // path
	client   *http.Client
	keys     *watched[issuerKeys]
	busy     chan struct{} // holds one while somebody looks for the issuer
	provider *oidc.Provider
}

// issuerKeys is what follows from the client secret.
type issuerKeys struct {
	secret          string
	sessions, flows sealer
}

// newIssuer reads the client secret. The issuer itself is looked for when somebody logs in: the service does not depend on it.
func newIssuer(o *OIDC, now time.Time, log *slog.Logger) (*issuer, error) {
	back, err := url.Parse(o.RedirectURL)
	if err != nil {
		return nil, err
	}
	i := &issuer{options: o, host: strings.ToLower(back.Hostname()), callback: back.Path, busy: make(chan struct{}, 1)}
	i.client = &http.Client{Timeout: issuerTimeout, Transport: boundedAnswers{http.DefaultTransport}}
	// Who may log in is part of the key, so that a session of before a change of that, and the restart that it takes, is none.
	who := strings.Join([]string{o.Issuer, o.ClientID, o.groups(), strings.Join(o.Operators, ","), strings.Join(o.Viewers, ",")}, "\n")
	files := []file{{"--oidc-client-secret-file", o.ClientSecretFile, true}}
	i.keys, err = watch(files, now, log, func(texts [][]byte) (issuerKeys, error) {
		secret, err := parseSecret(texts[0])
		return issuerKeys{secret, newSealer("sessions of "+who, []byte(secret)), newSealer("logins at "+o.Issuer, []byte(secret))}, err
	})
	return i, err
}

// parseSecret is the one line of a file.
func parseSecret(text []byte) (string, error) {
	secret := config.TrimLine(string(text))
	if secret == "" || strings.ContainsAny(secret, "\r\n") {
		return "", errors.New("not one line with a secret")
	}
	return secret, nil
}

// boundedAnswers bounds what is read of an answer.
type boundedAnswers struct{ http.RoundTripper }

// RoundTrip asks.
func (b boundedAnswers) RoundTrip(r *http.Request) (*http.Response, error) {
	response, err := b.RoundTripper.RoundTrip(r)
	if err == nil {
		response.Body = http.MaxBytesReader(nil, response.Body, maxIssuerBytes)
	}
	return response, err
}

// oauth is how to talk with the issuer.
func (i *issuer) oauth(p *oidc.Provider, now time.Time) *oauth2.Config {
	scopes := i.options.Scopes
	if len(scopes) == 0 {
		scopes = []string{oidc.ScopeOpenID, "email", "profile"}
	}
	return &oauth2.Config{
		ClientID: i.options.ClientID, ClientSecret: i.keys.at(now).secret, Endpoint: p.Endpoint(), RedirectURL: i.options.RedirectURL, Scopes: scopes,
	}
}
