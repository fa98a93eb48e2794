package stream

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"syscall"
)

// encrypt puts TLS on a new connection. The error says which flag to look at.
func encrypt(ctx context.Context, network net.Conn, config *tls.Config, address string) (net.Conn, error) {
	encrypted := tls.Client(network, tlsFor(config, address))
	if err := encrypted.HandshakeContext(ctx); err != nil {
		return nil, explainTLS(err)
	}
	return encrypted, nil
}

func tlsFor(config *tls.Config, address string) *tls.Config {
	if config.ServerName != "" {
		return config
	}
	config = config.Clone()
	config.ServerName, _, _ = net.SplitHostPort(address)
	return config
}

// explainTLS adds what an error of a handshake most likely means.
func explainTLS(err error) error {
	var host x509.HostnameError
	var untrusted *tls.CertificateVerificationError
	switch {
	case errors.As(err, &host):
		return fmt.Errorf("%w: %w; connect by a name that it has, see --brokers", ErrUntrusted, host)
	case errors.As(err, &untrusted):
		return fmt.Errorf("%w: %w; see --tls-ca", ErrUntrusted, untrusted.Err)
	case errors.As(err, new(tls.RecordHeaderError)) || ended(err):
		return fmt.Errorf("TLS handshake: %w; if this is a plain-text port leave out --tls, or use the port of the TLS listener", err)
	}
	return explainAlert(err)
}

// explainAlert marks a refusal of the client by the broker's TLS. In TLS 1.3 it comes as the answer to the first request.
func explainAlert(err error) error {
	var refusal *net.OpError
	if errors.As(err, &refusal) && refusal.Op == "remote error" {
		return fmt.Errorf("%w: the broker refuses the TLS connection: %w; see --tls-cert and --tls-key", ErrUnauthorized, refusal.Err)
	}
	return err
}

// ended is whether the other side closed the connection.
func ended(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE)
}

// explainFirst adds what it most likely means when the first request on a new connection is not answered but cut off, or by
// something that is no broker.
func (c *Client) explainFirst(err error) error {
	strange := errors.Is(err, ErrCorrupt)
	if strange { // As an outage: what stands in for a broker, such as a proxy, may go again.
		err = errors.New("who answers does not speak Kafka's protocol: " + err.Error())
	}
	switch {
	case !strange && !ended(err):
		return explainAlert(err)
	case c.options.TLS == nil:
		return fmt.Errorf("%w; if this is a TLS port set --tls", err)
	default:
		return fmt.Errorf("%w; if the broker asks for a client certificate see --tls-cert and --tls-key", err)
	}
}

// explainUnused adds what it most likely means when a connection is cut off at its first request after the negotiation.
func (c *Client) explainUnused(conn *connection, err error) error {
	if conn.used || c.options.SASL != nil || !ended(err) {
		return err
	}
	return fmt.Errorf("%w; if this listener asks for authentication see --sasl-mechanism", err)
}
