package access

import (
	"cmp"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"strings"
	"time"

	"golang.org/x/time/rate"
)

// Options say who may ask.
type Options struct {
	TokensFile string // of bearer tokens; empty for none
	OIDC       *OIDC  // an issuer at which people log in; nil for none
	TLS        TLSFiles
	Insecure   bool          // everybody may ask everything, from anywhere, where nothing tells who asks
	Hosts      []string      // names by which the server may be asked, beside localhost and addresses; none: on loopback no other, elsewhere any
	Session    time.Duration // how long a login holds; default 8 h
	Rate       int           // requests a second of an address, and of a token or an account, twice as many at once; default 100

	Clock  func() time.Time // default time.Now
	Logger *slog.Logger     // default slog.Default()
}

// Defaults of [Options].
const (
	DefaultSession = 8 * time.Hour
	DefaultRate    = 100
)

// Tries to log in, and wrong tokens, of an address: so many at once, and one more each tryInterval.
const (
	tries       = 10
	tryInterval = 6 * time.Second
)

// Guard stands before the handlers of a server. It is for any number of goroutines.
type Guard struct {
	options    Options
	clock      func() time.Time
	log        *slog.Logger
	tokens     *watched[*tokens]     // nil without
	issuer     *issuer               // nil without
	encryption *watched[*tls.Config] // nil without
	hosts      []string              // in lower case
	metrics    *metrics

	addresses, principals *limiter // requests
	logins, wrongs        *limiter // tries to log in, and wrong bearer tokens, by address
}

// New reads all files. Its errors are of usage, and name the flag.
func New(o Options) (*Guard, error) {
	if err := errors.Join(o.TLS.check(), o.OIDC.check()); err != nil {
		return nil, err
	}
	o.Session, o.Rate = cmp.Or(o.Session, DefaultSession), cmp.Or(o.Rate, DefaultRate)
	g := &Guard{options: o, clock: o.Clock, log: o.Logger, metrics: newMetrics()}
	if g.clock == nil {
		g.clock = time.Now
	}
	if g.log == nil {
		g.log = slog.Default()
	}
	for _, name := range o.Hosts {
		g.hosts = append(g.hosts, strings.ToLower(name))
	}
	each := rate.Limit(o.Rate)
	g.addresses, g.principals = newLimiter(each, 2*o.Rate), newLimiter(each, 2*o.Rate)
	g.logins, g.wrongs = newLimiter(rate.Every(tryInterval), tries), newLimiter(rate.Every(tryInterval), tries)
	if err := g.read(); err != nil {
		return nil, err
	}
	g.warn()
	return g, nil
}

// read reads the files for the first time.
func (g *Guard) read() (err error) {
	now := g.clock()
	if g.encryption, err = watchTLS(g.options.TLS, now, g.log); err != nil {
		return err
	}
	if g.encryption != nil {
		g.metrics.watch("tls", &g.encryption.wrong)
	}
	if g.options.TokensFile != "" {
		files := []file{{"--http-tokens-file", g.options.TokensFile, true}}
		if g.tokens, err = watch(files, now, g.log, func(texts [][]byte) (*tokens, error) { return parseTokens(texts[0]) }); err != nil {
			return err
		}
		g.metrics.watch("tokens", &g.tokens.wrong)
	}
	if g.options.OIDC != nil {
		if g.issuer, err = newIssuer(g.options.OIDC, now, g.log); err != nil {
			return err
		}
		g.metrics.watch("oidc", &g.issuer.keys.wrong)
		g.hosts = append(g.hosts, g.issuer.host)
	}
	return nil
}

// warn tells of what is likely not meant.
func (g *Guard) warn() {
	if g.tokens != nil && len(g.tokens.at(g.clock()).list) == 0 {
		g.log.Warn("file of tokens has none: make one with `processor token new`", "file", g.options.TokensFile)
	}
	if g.asks() && g.options.Insecure {
		g.log.Warn("--insecure-listen changes nothing: tokens, OpenID Connect or client certificates tell who asks")
	}
}

// asks is whether it is told who asks; if not, everybody may ask everything.
func (g *Guard) asks() bool {
	return g.tokens != nil || g.issuer != nil || g.options.TLS.ClientCA != ""
}

// CheckAddress refuses to listen at an address, host:port, where others than this machine's could ask without being asked who they are. Its error is
// of usage.
func (g *Guard) CheckAddress(address string) error {
	if Loopback(address) || g.asks() || g.options.Insecure {
		return nil
	}
	return fmt.Errorf("--listen %s: others than this machine could ask, and nothing tells who they are: give --http-tokens-file (see `processor token new`), "+
		"--oidc-issuer or --http-tls-client-ca; or --insecure-listen, where the network keeps everybody else out", address)
}

// warnAt tells of what others at the network can do, or read.
func (g *Guard) warnAt(address string) {
	switch {
	case Loopback(address):
	case !g.asks():
		g.log.Warn("whoever reaches the address may ask everything: --insecure-listen", "listen", address)
	case g.encryption == nil:
		g.log.Warn("tokens and sessions are sent in clear text, unless a proxy encrypts: give --http-tls-cert and --http-tls-key", "listen", address)
	}
}

// Loopback is whether an address, with or without a port, is reached from this machine alone.
func Loopback(address string) bool {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		host = strings.Trim(address, "[]")
	}
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.Unmap().IsLoopback()
}
