package forward

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"log/slog"
	"net"
	"net/http"
	"time"

	"sellerpulse/internal/peers"
	"sellerpulse/internal/web/problem"
)

// Headers that processes tell each other, and those who ask.
const (
	// ForwardedHeader is of a request that a process forwards, with its address: it is not forwarded again.
	ForwardedHeader = "X-Sellerpulse-Forwarded"
	// AnsweredByHeader is of an answer, with the address of the process whose it is.
	AnsweredByHeader = "X-Sellerpulse-Answered-By"
	// AnsweredAsHeader is of an answer, with the role in which that process has the state: owner or standby.
	AnsweredAsHeader = "X-Sellerpulse-Answered-As"
)

// Options of a Forwarder. The zero value of those with a default is useful.
type Options struct {
	Address     string                                           // of this process, as others know it; empty for none
	Local       func(partition int32) (role peers.Role, ok bool) // whether this process has the state of a partition
	Peers       func(partition int32) peers.Peers                // who has it
	Authorities *x509.CertPool                                   // by whom the certificates of others must be signed, who are then asked by https alone; nil: the system's
	Metrics     *Metrics                                         // default none
	Logger      *slog.Logger                                     // default slog.Default()

	ConnectTimeout time.Duration // default 1 s
	AnswerTimeout  time.Duration // until a process begins to answer, connecting and waiting for a connection included; default 5 s
	Timeout        time.Duration // for all of it, with whoever is asked after one that does not answer; default 25 s
	MaxAnswerBytes int64         // of the body; default 32 MiB
}

// Bounds of what is open to other processes.
const (
	maxAsked          = 3 // processes, one after the other
	connectionsEach   = 16
	idleEach          = 4
	idleAll           = 64
	idleTimeout       = time.Minute
	maxHeaderBytes    = 64 << 10
	defaultAnswer     = 5 * time.Second
	defaultTimeout    = 25 * time.Second
	defaultConnect    = time.Second
	defaultAnswerSize = 32 << 20
)

func (o Options) withDefaults() Options {
	o.ConnectTimeout = cmp.Or(o.ConnectTimeout, defaultConnect)
	o.AnswerTimeout = cmp.Or(o.AnswerTimeout, defaultAnswer)
	o.Timeout = cmp.Or(o.Timeout, defaultTimeout)
	o.MaxAnswerBytes = cmp.Or(o.MaxAnswerBytes, defaultAnswerSize)
	if o.Metrics == nil {
		o.Metrics = NewMetrics(nil)
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	return o
}

// Forwarder asks the processes that have the state of a partition; for any goroutine.
type Forwarder struct {
	options   Options
	transport *http.Transport
}

// New makes one, which is to be closed.
func New(o Options) *Forwarder {
	o = o.withDefaults()
	return &Forwarder{options: o, transport: &http.Transport{
		Proxy:           nil, // Processes of a group reach each other.
		DialContext:     (&net.Dialer{Timeout: o.ConnectTimeout}).DialContext,
		TLSClientConfig: &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: o.Authorities}, TLSHandshakeTimeout: o.AnswerTimeout,
		MaxConnsPerHost: connectionsEach, MaxIdleConnsPerHost: idleEach, MaxIdleConns: idleAll, IdleConnTimeout: idleTimeout,
		MaxResponseHeaderBytes: maxHeaderBytes, DisableCompression: true, ForceAttemptHTTP2: true,
	}}
}

// Close closes the connections that rest.
func (f *Forwarder) Close() { f.transport.CloseIdleConnections() }

// Serve answers a question about a partition: by local where this process has its state, else by asking who has it. Who answered, and as what, is told by the
// headers of the answer.
func (f *Forwarder) Serve(w http.ResponseWriter, r *http.Request, partition int32, local http.Handler) {
	f.ServeOr(w, r, partition, local, nil)
}

// ServeOr is Serve for what can be answered in part without the state: where no process answers from that, otherwise does; nil: a problem is told.
func (f *Forwarder) ServeOr(w http.ResponseWriter, r *http.Request, partition int32, local, otherwise http.Handler) {
	role, ok := f.options.Local(partition)
	if !ok {
		f.forward(w, r, partition, otherwise)
		return
	}
	w.Header().Set(AnsweredAsHeader, string(role))
	if f.options.Address != "" {
		w.Header().Set(AnsweredByHeader, f.options.Address)
	}
	local.ServeHTTP(w, r)
}

// Forward asks the owner of a partition, then who was it and may still be at work, then the standbys, until one of them answers from the state, and passes that
// answer on. Methods are GET and HEAD alone. Its own answers are problem details: 503 with Retry-After where nobody answers, 502 where the answer is too
// large, and 421 where another process has forwarded the request to this one.
func (f *Forwarder) Forward(w http.ResponseWriter, r *http.Request, partition int32) {
	f.forward(w, r, partition, nil)
}

func (f *Forwarder) forward(w http.ResponseWriter, r *http.Request, partition int32, otherwise http.Handler) {
	switch {
	case r.Method != http.MethodGet && r.Method != http.MethodHead:
		w.Header().Set("Allow", "GET, HEAD")
		problem.Write(w, http.StatusMethodNotAllowed, "questions are asked by GET")
		return
	case r.Header.Get(ForwardedHeader) != "":
		f.options.Metrics.refused()
		problem.Write(w, http.StatusMisdirectedRequest, "this process does not have the state of the partition, and what was forwarded is not forwarded again: "+
			"ask again in a moment, when who forwarded it knows who has it")
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), f.options.Timeout)
	defer cancel()
	a := f.relay(partition)
	if otherwise != nil {
		a.otherwise = func(w http.ResponseWriter) { otherwise.ServeHTTP(w, r) }
	}
	a.proxy().ServeHTTP(w, r.WithContext(ctx))
}
