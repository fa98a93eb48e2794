package brokertest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"time"
)

// Authority is a certificate authority of a test's own.
type Authority struct {
	PEM         string // its certificate
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
}

// Certificate is a certificate and its key, in PEM.
type Certificate struct{ Chain, Key string }

// NewAuthority makes a certificate authority.
func NewAuthority() (*Authority, error) {
	template := &x509.Certificate{
		Subject: pkix.Name{CommonName: "test authority"}, IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
	}
	a := &Authority{certificate: template}
	certificate, key, err := a.sign(template, nil)
	if err != nil {
		return nil, err
	}
	a.PEM, a.key = encodePEM("CERTIFICATE", certificate), key
	a.certificate, err = x509.ParseCertificate(certificate)
	return a, err
}

// Issue makes a certificate, for servers at 127.0.0.1 as for clients.
func (a *Authority) Issue(commonName string) (Certificate, error) {
	template := &x509.Certificate{
		Subject: pkix.Name{CommonName: commonName}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	certificate, key, err := a.sign(template, a.key)
	if err != nil {
		return Certificate{}, err
	}
	encoded, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return Certificate{}, fmt.Errorf("encode key: %w", err)
	}
	return Certificate{Chain: encodePEM("CERTIFICATE", certificate), Key: encodePEM("PRIVATE KEY", encoded)}, nil
}

// sign signs a certificate with a new key: by the signer's or, when that is nil, by its own.
func (a *Authority) sign(template *x509.Certificate, signer *ecdsa.PrivateKey) ([]byte, *ecdsa.PrivateKey, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, nil, fmt.Errorf("make key: %w", err)
	}
	if signer == nil {
		signer = key
	}
	if template.SerialNumber, err = rand.Int(rand.Reader, big.NewInt(1<<62)); err != nil {
		return nil, nil, fmt.Errorf("draw serial number: %w", err)
	}
	template.NotBefore, template.NotAfter = time.Now().Add(-time.Hour), time.Now().Add(24*time.Hour)
	certificate, err := x509.CreateCertificate(rand.Reader, template, a.certificate, &key.PublicKey, signer)
	if err != nil {
		return nil, nil, fmt.Errorf("sign certificate: %w", err)
	}
	return certificate, key, nil
}

func encodePEM(kind string, bytes []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: bytes}))
}
