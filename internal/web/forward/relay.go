package forward

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strings"
	"time"

	"sellerpulse/internal/peers"
)

// relay is one request on its way to who can answer it. As a transport it asks one process after the other, and takes the first answer from the state.
type relay struct {
	*Forwarder
	partition int32
	peers     peers.Peers
	asked     []attempt
	otherwise func(http.ResponseWriter) // answers where nobody does; nil for nothing
}

// attempt is a process, and why it did not answer.
type attempt struct {
	as   string // what the group says that it is
	peer peers.Peer
	err  error
}

func (a *attempt) String() string {
	return fmt.Sprintf("%s %s: %v", a.as, strings.TrimSpace(a.peer.Member+" "+a.peer.Address), a.err)
}

func (f *Forwarder) relay(partition int32) *relay {
	return &relay{Forwarder: f, partition: partition, peers: f.options.Peers(partition)}
}

// proxy passes the request and the answer on, without what is of a connection alone.
func (a *relay) proxy() *httputil.ReverseProxy {
	return &httputil.ReverseProxy{
		Rewrite: a.rewrite, Transport: a, ErrorHandler: a.fail, ErrorLog: slog.NewLogLogger(a.options.Logger.Handler(), slog.LevelWarn),
	}
}

// passed are the headers that an answer may depend on. Others are not a peer's business.
var passed = []string{
	"Accept", "Accept-Encoding", "Accept-Language", "Authorization", "Cookie", "If-Modified-Since", "If-None-Match", "Traceparent", "Tracestate", "User-Agent", "X-Request-Id",
}

// rewrite makes the request that is sent, but for where to.
func (a *relay) rewrite(r *httputil.ProxyRequest) {
	r.Out.Header, r.Out.Body, r.Out.ContentLength = a.headers(r.In, passed), nil, 0
}

// headers are those of a request to another process, some of them passed on. That one came by TLS is passed on too, for by that its cookies are called.
func (f *Forwarder) headers(of *http.Request, passed []string) http.Header {
	headers := http.Header{ForwardedHeader: {cmp.Or(f.options.Address, "yes")}}
	for _, name := range passed {
		if values := of.Header.Values(name); len(values) > 0 {
			headers[name] = values
		}
	}
	const proto, tls = "X-Forwarded-Proto", "https"
	if of.TLS != nil || of.Header.Get(proto) == tls {
		headers.Set(proto, tls)
	}
	return headers
}

// candidates are those who may have the state, the likeliest first.
func (a *relay) candidates() (all []attempt) {
	if a.peers.Owner != nil {
		all = append(all, attempt{as: "owner", peer: *a.peers.Owner})
	}
	for _, p := range a.peers.Former {
		all = append(all, attempt{as: "former owner", peer: p})
	}
	for _, p := range a.peers.Standbys {
		all = append(all, attempt{as: "standby", peer: p})
	}
	return all
}

var (
	errNobody   = errors.New("nobody answers")
	errTooLarge = errors.New("the answer is too large")
	errLate     = errors.New("it did not answer in time")
	errSelf     = errors.New("it is this process")
	errNotReady = errors.New("it is this process, which does not have the state yet")
	errPlain    = errors.New("it does not answer by https, which --peer-tls-ca demands")
	errNotAsked = errors.New("not asked after so many others")
)

// RoundTrip asks those who may have the state until one answers from it.
func (a *relay) RoundTrip(r *http.Request) (*http.Response, error) {
	tried := 0
	for _, c := range a.candidates() {
		if c.err = a.unfit(&c.peer); errors.Is(c.err, errSelf) {
			c.err = errNotReady
		}
		if c.err == nil && tried == maxAsked {
			c.err = errNotAsked
		}
		if c.err == nil {
			tried++
			var response *http.Response
			if response, c.err = a.ask(r, c.peer.Address); c.err == nil {
				return response, nil
			}
			a.options.Metrics.failed.Inc()
		}
		a.asked = append(a.asked, c)
		if errors.Is(c.err, errTooLarge) || r.Context().Err() != nil {
			return nil, c.err
		}
	}
	return nil, errNobody
}

// unfit is why a process is not to be asked; nil where it is.
func (f *Forwarder) unfit(p *peers.Peer) error {
	switch {
	case p.Self:
		return errSelf
	case p.Address == "":
		return errors.New(p.Reason)
	case f.options.Authorities != nil && !strings.HasPrefix(p.Address, "https://"):
		return errPlain
	}
	return nil
}

// ask asks one process.
func (a *relay) ask(r *http.Request, address string) (*http.Response, error) {
	at, err := url.Parse(address)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancelCause(r.Context())
	late := time.AfterFunc(a.options.AnswerTimeout, func() { cancel(errLate) })
	out := r.Clone(ctx)
	out.URL.Scheme, out.URL.Host, out.Host = at.Scheme, at.Host, ""
	response, err := a.transport.RoundTrip(out)
	if err == nil && !late.Stop() {
		_ = response.Body.Close()
		err = errLate
	}
	if err == nil {
		response.Body = &body{ReadCloser: response.Body, left: a.options.MaxAnswerBytes, end: func() { cancel(nil) }}
		err = a.check(response, address)
	}
	if err != nil {
		late.Stop()
		if cause := context.Cause(ctx); errors.Is(cause, errLate) {
			err = errLate
		}
		cancel(nil)
		return nil, err
	}
	return response, nil
}

// check takes an answer that is from the state of a process of the group and is not too large, and closes any other.
func (a *relay) check(response *http.Response, address string) error {
	role := response.Header.Get(AnsweredAsHeader)
	if role != string(peers.Owner) && role != string(peers.Standby) {
		_ = response.Body.Close()
		return fmt.Errorf("it answered %d %s, not from the state", response.StatusCode, http.StatusText(response.StatusCode))
	}
	if response.ContentLength > a.options.MaxAnswerBytes {
		_ = response.Body.Close()
		return errTooLarge
	}
	if response.Header.Get(AnsweredByHeader) == "" {
		response.Header.Set(AnsweredByHeader, address)
	}
	a.options.Metrics.answered(role)
	return nil
}

// body is that of an answer, which is read no further than allowed. What cannot be whole is broken off, so that nobody takes it for whole.
type body struct {
	io.ReadCloser
	left int64
	end  func()
}

func (b *body) Read(p []byte) (int, error) {
	if int64(len(p)) > b.left+1 {
		p = p[:b.left+1]
	}
	n, err := b.ReadCloser.Read(p)
	if b.left -= int64(n); b.left < 0 {
		return 0, errTooLarge
	}
	return n, err
}

// Close closes it and gives up what is left of the exchange.
func (b *body) Close() error {
	defer b.end()
	return b.ReadCloser.Close()
}
