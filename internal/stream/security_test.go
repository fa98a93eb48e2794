package stream

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/segmentio/kafka-go/protocol/metadata"

	"sellerpulse/test/brokertest"
)

// trust is TLS that trusts the authority.
func trust(t *testing.T, authority *brokertest.Authority) *tls.Config {
	t.Helper()
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM([]byte(authority.PEM)) {
		t.Fatal("no certificate")
	}
	return &tls.Config{RootCAs: pool}
}

func identify(t *testing.T, config *tls.Config, c brokertest.Certificate) *tls.Config {
	t.Helper()
	pair, err := tls.X509KeyPair([]byte(c.Chain), []byte(c.Key))
	if err != nil {
		t.Fatal(err)
	}
	config.Certificates = []tls.Certificate{pair}
	return config
}

func issue(t *testing.T, authority *brokertest.Authority, name string) brokertest.Certificate {
	t.Helper()
	c, err := authority.Issue(name)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// contact dials with short patience: what is refused is refused at once.
func contact(t *testing.T, options Options) (*Client, error) {
	t.Helper()
	options.DialTimeout = durationOr(options.DialTimeout, 10*time.Second)
	client, err := Dial(t.Context(), options)
	if err == nil {
		t.Cleanup(client.Close)
	}
	return client, err
}

func TestEveryWayToProveWhoOneIs(t *testing.T) {
	broker := brokertest.Secured(t)
	scram := broker.Prefix + "user"
	broker.AddScramUser(t, scram, "secret of scram")
	for _, c := range []struct {
		name    string
		options Options
	}{
		{"PLAIN", Options{Brokers: broker.SASL, TLS: trust(t, broker.Authority), SASL: &SASL{Plain, brokertest.PlainUser, NewSecret(brokertest.PlainPassword)}}},
		{"SCRAM-SHA-256", Options{Brokers: broker.SASL, TLS: trust(t, broker.Authority), SASL: &SASL{ScramSHA256, scram, NewSecret("secret of scram")}}},
		{"SCRAM-SHA-512", Options{Brokers: broker.SASL, TLS: trust(t, broker.Authority), SASL: &SASL{ScramSHA512, scram, NewSecret("secret of scram")}}},
		{"SCRAM without TLS", Options{Brokers: broker.Open, SASL: &SASL{ScramSHA512, scram, NewSecret("secret of scram")}}},
		{"certificate", Options{Brokers: broker.Mutual, TLS: identify(t, trust(t, broker.Authority), issue(t, broker.Authority, "client"))}},
	} {
		t.Run(c.name, func(t *testing.T) {
			client, err := contact(t, c.options)
			if err != nil {
				t.Fatal(err)
			}
			if client.ClusterID() == "" {
				t.Error("no id of the cluster")
			}
		})
	}
}

func TestWhoIsNotLetInIsTold(t *testing.T) {
	broker := brokertest.Secured(t)
	scram := broker.Prefix + "user"
	broker.AddScramUser(t, scram, "secret of scram")
	stranger, err := brokertest.NewAuthority()
	if err != nil {
		t.Fatal(err)
	}
	const wrong = "wrong-password-7f3a"
	hint := 2 * time.Second // until Dial gives up what might be an outage
	trusted := func() *tls.Config { return trust(t, broker.Authority) }
	for _, c := range []struct {
		name    string
		options Options
		meaning error
		want    string
	}{
		{"PLAIN, wrong password", Options{Brokers: broker.SASL, TLS: trusted(), SASL: &SASL{Plain, brokertest.PlainUser, NewSecret(wrong)}}, ErrUnauthorized, "--sasl-password-file"},
		{"SCRAM, wrong password", Options{Brokers: broker.SASL, TLS: trusted(), SASL: &SASL{ScramSHA256, scram, NewSecret(wrong)}}, ErrUnauthorized, "--sasl-password-file"},
		{"SCRAM, unknown user", Options{Brokers: broker.SASL, TLS: trusted(), SASL: &SASL{ScramSHA512, "nobody", NewSecret(wrong)}}, ErrUnauthorized, "--sasl-username"},
		{"another mechanism", Options{Brokers: broker.Open, SASL: &SASL{Plain, scram, NewSecret(wrong)}}, ErrUnauthorized, "accepts SCRAM-SHA-512 here; see --sasl-mechanism"},
		{"SASL where there is none", Options{Brokers: broker.Addresses, SASL: &SASL{Plain, scram, NewSecret(wrong)}}, ErrUnauthorized, "leave out --sasl-mechanism"},
		{"no certificate", Options{Brokers: broker.Mutual, TLS: trusted(), DialTimeout: hint}, nil, "--tls-cert"},
		{"a stranger's certificate", Options{Brokers: broker.Mutual, TLS: identify(t, trusted(), issue(t, stranger, "client")), DialTimeout: hint}, nil, "--tls-cert"},
		{"another authority", Options{Brokers: broker.SASL, TLS: trust(t, stranger)}, ErrUntrusted, "--tls-ca"},
		{"another host", Options{Brokers: broker.SASL, TLS: &tls.Config{RootCAs: trusted().RootCAs, ServerName: "elsewhere"}}, ErrUntrusted, "--brokers"},
		{"plain text on a TLS port", Options{Brokers: broker.SASL, DialTimeout: hint}, ErrUnreachable, "set --tls"},
		{"TLS on a plain-text port", Options{Brokers: broker.Addresses, TLS: trusted(), DialTimeout: hint}, ErrUnreachable, "leave out --tls"},
		{"no SASL", Options{Brokers: broker.SASL, TLS: trusted(), DialTimeout: hint}, ErrUnreachable, "--sasl-mechanism"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := contact(t, c.options)
			if err == nil || c.meaning != nil && !errors.Is(err, c.meaning) || !strings.Contains(err.Error(), c.want) {
				t.Fatalf("error %v, want %q in it, and that it is %v", err, c.want, c.meaning)
			}
			if strings.Contains(err.Error(), wrong) {
				t.Errorf("error %v tells the password", err)
			}
		})
	}
}

// A session ends without a request that fails: connections are given up before their time.
func TestSessionsThatEnd(t *testing.T) {
	broker := brokertest.Secured(t)
	client, err := contact(t, Options{Brokers: broker.Fleeting, TLS: trust(t, broker.Authority), SASL: &SASL{Plain, brokertest.Superuser, NewSecret(brokertest.SuperuserPassword)}})
	if err != nil {
		t.Fatal(err)
	}
	address := broker.Fleeting[0]
	seen := map[*connection]bool{}
	await(t, "another session", func() bool {
		err := client.exchange(context.Background(), address, time.Minute, func(conn *connection) error {
			seen[conn] = true
			if left := time.Until(conn.expires); conn.expires.IsZero() || left > brokertest.SessionLifetimeMillis*time.Millisecond {
				t.Fatalf("the session ends in %v", left)
			}
			_, err := conn.codec.RoundTrip(&metadata.Request{TopicNames: []string{}})
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return len(seen) == 2
	})
}
