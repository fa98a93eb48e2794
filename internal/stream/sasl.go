package stream

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/segmentio/kafka-go/protocol/saslauthenticate"
	"github.com/segmentio/kafka-go/protocol/saslhandshake"
	"github.com/segmentio/kafka-go/sasl"
	"github.com/segmentio/kafka-go/sasl/plain"
	"github.com/segmentio/kafka-go/sasl/scram"
)

// Mechanisms of SASL, as brokers call them.
const (
	Plain       = "PLAIN"
	ScramSHA256 = "SCRAM-SHA-256"
	ScramSHA512 = "SCRAM-SHA-512"
)

// SASL is who the client is, and how it proves that to brokers.
type SASL struct {
	Mechanism string // Plain, ScramSHA256 or ScramSHA512
	Username  string
	Password  Secret
}

func (s *SASL) mechanism() (sasl.Mechanism, error) {
	switch s.Mechanism {
	case Plain:
		return plain.Mechanism{Username: s.Username, Password: s.Password.Reveal()}, nil
	case ScramSHA256:
		return scram.Mechanism(scram.SHA256, s.Username, s.Password.Reveal())
	case ScramSHA512:
		return scram.Mechanism(scram.SHA512, s.Username, s.Password.Reveal())
	}
	return nil, fmt.Errorf("unknown mechanism %q", s.Mechanism)
}

const (
	// maxAuthenticationSteps bounds the conversation; SCRAM takes three.
	maxAuthenticationSteps = 5
	// maxSessionMargin bounds how long before the end of its session a connection is given up.
	maxSessionMargin = 30 * time.Second
)

// authenticate proves who the client is, and notes for how long the broker takes that for proved.
func (conn *connection) authenticate(ctx context.Context, s *SASL) error {
	mechanism, err := s.mechanism()
	if err == nil {
		err = conn.proposeMechanism(s.Mechanism)
	}
	if err == nil {
		err = conn.converse(ctx, mechanism)
	}
	if err != nil {
		return fmt.Errorf("authenticate as %q by %s: %w", s.Username, s.Mechanism, err)
	}
	return nil
}

func (conn *connection) proposeMechanism(name string) error {
	answer, err := conn.codec.RoundTrip(&saslhandshake.Request{Mechanism: name})
	if err != nil {
		return err
	}
	response := answer.(*saslhandshake.Response)
	if response.ErrorCode == 0 {
		return nil
	}
	if !slices.Contains(response.Mechanisms, name) && len(response.Mechanisms) > 0 {
		return fmt.Errorf("%w: the broker accepts %s here; see --sasl-mechanism", ErrUnauthorized, strings.Join(response.Mechanisms, ", "))
	}
	return fmt.Errorf("%w: the broker takes no SASL here; leave out --sasl-mechanism or use the port of another listener", ErrUnauthorized)
}

// converse carries messages between the mechanism and the broker. What the broker says beside its code is not repeated: it may hold
// what it was sent.
func (conn *connection) converse(ctx context.Context, mechanism sasl.Mechanism) error {
	host, port := conn.peer()
	session, message, err := mechanism.Start(sasl.WithMetadata(ctx, &sasl.Metadata{Host: host, Port: port}))
	if err != nil {
		return err
	}
	for range maxAuthenticationSteps {
		sent := time.Now()
		answer, err := conn.codec.RoundTrip(&saslauthenticate.Request{AuthBytes: message})
		if err != nil {
			return err
		}
		response := answer.(*saslauthenticate.Response)
		if err := refused(response.ErrorCode); err != nil {
			return fmt.Errorf("%w; see --sasl-username and --sasl-password-file", err)
		}
		conn.limitSession(sent, time.Duration(response.SessionLifetimeMs)*time.Millisecond)
		done, next, err := session.Next(ctx, response.AuthBytes)
		if err != nil {
			return fmt.Errorf("%w: the broker does not prove that it knows the password; see --sasl-password-file", ErrUnauthorized)
		}
		if done {
			return nil
		}
		message = next
	}
	return fmt.Errorf("%w: the broker asks for more than %d steps", ErrCorrupt, maxAuthenticationSteps)
}

// limitSession notes when to give up the connection: a while before the broker closes it in the middle of something.
func (conn *connection) limitSession(begin time.Time, lifetime time.Duration) {
	if lifetime > 0 {
		conn.expires = begin.Add(lifetime - min(lifetime/5, maxSessionMargin))
	}
}

// stale is whether the connection must not be used again.
func (conn *connection) stale(now time.Time) bool {
	return now.Sub(conn.rested) > maxIdle || !conn.expires.IsZero() && now.After(conn.expires)
}
