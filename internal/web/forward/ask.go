package forward

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"

	"sellerpulse/internal/peers"
)

// maxTold bounds what a process answers to Ask, in bytes: the tasks of some thousand partitions.
const maxTold = 2 << 20

// who are the headers by which it is known who asks.
var who = []string{"Authorization", "Cookie", "User-Agent", "Traceparent", "Tracestate", "X-Request-Id"}

// Ask asks one process of the group for what it has at a path itself, for whoever sent a request, and gives the body of its answer. ctx bounds how long that
// may take. The error is a reason for people why there is no answer: it is fit to be read behind the address.
func (f *Forwarder) Ask(ctx context.Context, of *http.Request, p *peers.Peer, path string) ([]byte, error) {
	if err := f.unfit(p); err != nil {
		return nil, err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, p.Address+path, http.NoBody)
	if err != nil {
		return nil, err
	}
	request.Header = f.headers(of, who)
	body, err := f.exchange(request)
	if err != nil {
		f.options.Metrics.failed.Inc()
		if errors.Is(ctx.Err(), context.DeadlineExceeded) {
			err = errLate
		}
	}
	return body, err
}

// exchange gives the body of an answer that is all right and not too large.
func (f *Forwarder) exchange(request *http.Request) ([]byte, error) {
	response, err := f.transport.RoundTrip(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("it answered %d %s", response.StatusCode, http.StatusText(response.StatusCode))
	}
	body, err := io.ReadAll(io.LimitReader(response.Body, maxTold+1))
	if err == nil && len(body) > maxTold {
		err = errTooLarge
	}
	return body, err
}
