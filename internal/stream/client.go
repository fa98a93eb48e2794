package stream

import (
	"context"
	"crypto/tls"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"
)

// Options say which cluster to use and how patiently. The zero value of all but Brokers is useful.
type Options struct {
	Brokers        []string      // host:port of some brokers; the others are found from these
	ClientID       string        // as brokers see it in their logs and quotas
	Logger         *slog.Logger  // discarded when nil
	TLS            *tls.Config   // nil: plain text
	SASL           *SASL         // nil: no authentication beside that of TLS
	DialTimeout    time.Duration // until Dial gives up; default 15 s
	RequestTimeout time.Duration // for one request and its answer; default 10 s
	RetryTimeout   time.Duration // for one call with all its retries; default 30 s
	MaxBatchBytes  int           // of an encoded record batch before compression; default DefaultMaxBatchBytes
}

func (o Options) withDefaults() Options {
	o.DialTimeout = durationOr(o.DialTimeout, 15*time.Second)
	o.RequestTimeout = durationOr(o.RequestTimeout, 10*time.Second)
	o.RetryTimeout = durationOr(o.RetryTimeout, 30*time.Second)
	if o.MaxBatchBytes <= 0 {
		o.MaxBatchBytes = DefaultMaxBatchBytes
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return o
}

func durationOr(d, otherwise time.Duration) time.Duration {
	if d <= 0 {
		return otherwise
	}
	return d
}

// Client talks to one Kafka cluster. It is safe for concurrent use.
type Client struct {
	options Options
	log     *slog.Logger

	mutex        sync.Mutex
	closed       bool
	idle         map[string][]*connection // by address, the last used last
	reached      map[string]bool          // addresses that were ever connected to
	answered     string                   // the last of Options.Brokers that answered
	cluster      string                   // id
	brokers      map[int32]string         // address by node, as it advertises it
	leaders      map[TopicPartition]int32 // node that leads
	coordinators map[coordinatorKey]string
}

// Dial returns a client of the cluster once one of its brokers has answered at the address that it advertises. It tries for
// Options.DialTimeout; its error is ErrUnreachable, ErrUnauthorized, ErrUntrusted or ErrUnsupported and names the brokers.
func Dial(ctx context.Context, options Options) (*Client, error) {
	options = options.withDefaults()
	if len(options.Brokers) == 0 {
		return nil, fmt.Errorf("dial kafka: no broker given; name one with --brokers host:port")
	}
	c := &Client{
		options:      options,
		log:          options.Logger,
		idle:         map[string][]*connection{},
		reached:      map[string]bool{},
		brokers:      map[int32]string{},
		leaders:      map[TopicPartition]int32{},
		coordinators: map[coordinatorKey]string{},
	}
	if err := c.firstContact(ctx); err != nil {
		c.Close()
		return nil, err
	}
	return c, nil
}

// firstContact learns the cluster's brokers from one of those given.
func (c *Client) firstContact(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, c.options.DialTimeout)
	defer cancel()
	err := c.retry(ctx, func(ctx context.Context) error {
		if err := c.learn(ctx, []string{}); err != nil {
			return err
		}
		return c.reachAny(ctx)
	})
	if err != nil {
		return fmt.Errorf("dial kafka at %s: %w", c.Brokers(), err)
	}
	return nil
}

// ClusterID is what the cluster calls itself: another one, even at the same addresses, has another.
func (c *Client) ClusterID() string {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	return c.cluster
}

// Brokers are the addresses that the client was given, as --brokers has them.
func (c *Client) Brokers() string { return strings.Join(c.options.Brokers, ",") }

// Close closes the connections that are not in use, and the others as soon as their requests have been answered.
func (c *Client) Close() {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.closed = true
	for _, connections := range c.idle {
		for _, conn := range connections {
			conn.close()
		}
	}
	clear(c.idle)
}
