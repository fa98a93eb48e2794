package access

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"time"
)

// TLSFiles are the PEM files of TLS.
type TLSFiles struct {
	Certificate, Key string // empty for none: plain text
	ClientCA         string // of the authorities that clients' certificates must be signed by; empty for none
}

// check refuses files that do not go together.
func (f *TLSFiles) check() error {
	switch {
	case f.Certificate == "" && f.Key != "":
		return errors.New("--http-tls-key goes with --http-tls-cert")
	case f.Certificate != "" && f.Key == "":
		return errors.New("--http-tls-cert goes with --http-tls-key")
	case f.ClientCA != "" && f.Certificate == "":
		return errors.New("--http-tls-client-ca goes with --http-tls-cert and --http-tls-key")
	}
	return nil
}

// watchTLS reads the files; nil without any.
func watchTLS(f TLSFiles, now time.Time, log *slog.Logger) (*watched[*tls.Config], error) {
	if f.Certificate == "" {
		return nil, nil
	}
	files := []file{{"--http-tls-cert", f.Certificate, false}, {"--http-tls-key", f.Key, true}}
	if f.ClientCA != "" {
		files = append(files, file{"--http-tls-client-ca", f.ClientCA, false})
	}
	return watch(files, now, log, func(texts [][]byte) (*tls.Config, error) { return parseTLS(&f, texts) })
}

func parseTLS(f *TLSFiles, texts [][]byte) (*tls.Config, error) {
	pair, err := tls.X509KeyPair(texts[0], texts[1])
	if err != nil {
		return nil, fmt.Errorf("with --http-tls-key %s: %w", f.Key, err)
	}
	c := &tls.Config{MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{pair}, NextProtos: []string{"h2", "http/1.1"}}
	if len(texts) > 2 {
		c.ClientCAs = x509.NewCertPool()
		if !c.ClientCAs.AppendCertsFromPEM(texts[2]) {
			return nil, fmt.Errorf("with --http-tls-client-ca %s: no certificate in PEM form in it", f.ClientCA)
		}
		c.ClientAuth = tls.VerifyClientCertIfGiven // Probes and browsers have none.
	}
	return c, nil
}

// TLS is how the server encrypts, with what its files say at the time of each connection; nil for plain text.
func (g *Guard) TLS() *tls.Config {
	if g.encryption == nil {
		return nil
	}
	return &tls.Config{
		MinVersion: tls.VersionTLS12, NextProtos: []string{"h2", "http/1.1"},
		GetConfigForClient: func(*tls.ClientHelloInfo) (*tls.Config, error) { return g.encryption.at(g.clock()), nil },
	}
}
