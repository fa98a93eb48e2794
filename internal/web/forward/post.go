package forward

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"

	"sellerpulse/internal/peers"
)

// maxStreamed bounds what is read as it comes, in bytes.
const maxStreamed = 1 << 30

// Post has one process of the group do at a path what whoever sent a request asks for, with a body of its own, and gives the body of its answer to be read as it
// comes. The headers that are named are passed on beside those by which it is known who asks. ctx bounds how long that may take. The error is a reason for
// people why there is no answer: it is fit to be read behind the address.
func (f *Forwarder) Post(ctx context.Context, of *http.Request, p *peers.Peer, path string, content []byte, passed ...string) (io.ReadCloser, error) {
	if err := f.unfit(p); err != nil {
		return nil, err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, p.Address+path, bytes.NewReader(content))
	if err != nil {
		return nil, err
	}
	request.Header = f.headers(of, append(passed, who...))
	response, err := f.transport.RoundTrip(request)
	if err != nil {
		f.options.Metrics.failed.Inc()
		return nil, err
	}
	if response.StatusCode != http.StatusOK {
		told, _ := io.ReadAll(io.LimitReader(response.Body, maxTold)) // What can be read of it.
		_ = response.Body.Close()
		return nil, fmt.Errorf("it answered %d %s: %s", response.StatusCode, http.StatusText(response.StatusCode), bytes.TrimSpace(told))
	}
	return &body{ReadCloser: response.Body, left: maxStreamed, end: func() {}}, nil
}
