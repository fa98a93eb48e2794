package registry

import (
	"cmp"
	"context"
	"crypto/tls"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/sr"
	"golang.org/x/sync/singleflight"
)

// Options say where the registry is, and how to ask. The zero value of those with a default is useful.
type Options struct {
	URLs      []string                  // of instances, the first that answers is asked
	Authorize func(*http.Request) error // adds what proves who asks; nil: nothing
	TLS       *tls.Config               // nil: the system's authorities
	Subject   Naming                    // default TopicName
	Locked    bool                      // nothing may be registered, only looked up

	Timeout  time.Duration // of a question, whichever instance answers; default 5 s
	Patience time.Duration // for how long an id must be unknown before it is refused; default 10 s

	Clock  func() time.Time // default time.Now
	Logger *slog.Logger     // default slog.Default()
}

// DefaultPatience is the default of Options.Patience: longer than registries take to tell each other of a schema.
const DefaultPatience = 10 * time.Second

// Client asks a registry. It is safe for concurrent use.
type Client struct {
	options Options
	rest    *sr.Client
	asked   singleflight.Group
	metrics metrics

	mutex   sync.Mutex
	known   map[uint32]answer
	bytes   int // of the known texts
	unknown map[uint32]*absence
	away    *outage // nil while it answers
}

// New makes a Client. It asks nothing yet.
func New(o Options) (*Client, error) {
	o.Subject = cmp.Or(o.Subject, TopicName)
	o.Timeout = cmp.Or(o.Timeout, 5*time.Second)
	o.Patience = cmp.Or(o.Patience, DefaultPatience)
	o.Logger = cmp.Or(o.Logger, slog.Default())
	if o.Clock == nil {
		o.Clock = time.Now
	}
	authorize := o.Authorize
	if authorize == nil {
		authorize = func(*http.Request) error { return nil }
	}
	rest, err := sr.NewClient(sr.URLs(o.URLs...), sr.HTTPClient(httpClient(&o)), sr.PreReq(authorize), sr.UserAgent("sellerpulse"))
	if err != nil {
		return nil, fmt.Errorf("connect to the schema registry: %w", err)
	}
	return &Client{options: o, rest: rest, metrics: newMetrics(), known: map[uint32]answer{}, unknown: map[uint32]*absence{}}, nil
}

// ask asks the registry something, within the time for that, and tells the metrics how it went.
func (c *Client) ask(ctx context.Context, question func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, c.options.Timeout)
	defer cancel()
	err := explain(question(ctx))
	c.metrics.requests.WithLabelValues(resultOf(err)).Inc()
	return err
}
