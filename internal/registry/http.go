package registry

import (
	"fmt"
	"io"
	"net/http"
	"time"
)

// maxAnswerBytes bounds an answer: a schema of a megabyte as JSON, with its references beside it.
const maxAnswerBytes = 4 << 20

// httpClient asks an instance for a part of the time only, so that the next one can be asked too.
func httpClient(o *Options) *http.Client {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.TLSClientConfig = o.TLS.Clone()
	transport.IdleConnTimeout = time.Minute
	return &http.Client{Timeout: max(o.Timeout/time.Duration(len(o.URLs)+1), time.Second), Transport: bounded{transport}}
}

// bounded reads answers up to a length, and takes those of an instance that cannot answer now for none, so that the next one is asked.
type bounded struct{ http.RoundTripper }

func (b bounded) RoundTrip(r *http.Request) (*http.Response, error) {
	response, err := b.RoundTripper.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	switch response.StatusCode {
	case http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		_ = response.Body.Close()
		return nil, fmt.Errorf("it answers %s", response.Status)
	}
	response.Body = struct {
		io.Reader
		io.Closer
	}{io.LimitReader(response.Body, maxAnswerBytes), response.Body}
	return response, nil
}
