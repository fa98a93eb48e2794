package inquire

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"time"

	"sellerpulse/internal/stream"
	"sellerpulse/internal/web/ask"
)

const (
	// answerWithin is how long a process may take for an answer.
	answerWithin = time.Minute
	// maxAnswerBytes bounds an answer: 500 orders with 20 facts of ids of a kilobyte each take 20 MiB.
	maxAnswerBytes = 64 << 20
)

// RefusedError is that a process gave no answer.
type RefusedError struct {
	URL    string
	Status int // of HTTP
	Detail string
}

// Error names the process and what it says.
func (e *RefusedError) Error() string {
	return fmt.Sprintf("ask %s: %d %s: %s", e.URL, e.Status, http.StatusText(e.Status), e.Detail)
}

// running is a process that runs.
type running struct {
	url    string // without a / at its end
	shown  string // without a password
	token  stream.Secret
	client *http.Client
}

// Running asks the process at an address such as http://127.0.0.1:8080. The token is sent with each question, unless it is empty. Errors are *[RefusedError] where it answers that
// it does not.
func Running(address string, token stream.Secret) (Source, error) {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || u.RawQuery != "" || u.Fragment != "" {
		return nil, errors.New("use an address such as http://127.0.0.1:8080")
	}
	client := &http.Client{Timeout: answerWithin, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	return &running{strings.TrimRight(address, "/"), u.Redacted(), token, client}, nil
}

func (r *running) Close() error {
	r.client.CloseIdleConnections()
	return nil
}

func (r *running) ask(ctx context.Context, q *question) error {
	request, err := r.request(ctx, q)
	if err != nil {
		return err
	}
	response, err := r.client.Do(request)
	if err != nil {
		return fmt.Errorf("ask %s: %w: name where the process listens with --url, or read the directory of one that has stopped with --state-dir", r.shown, reason(err))
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, maxAnswerBytes+1))
	switch {
	case err != nil:
		return fmt.Errorf("read the answer of %s: %w", r.shown, err)
	case response.StatusCode != http.StatusOK:
		return r.refusal(response, body)
	case len(body) > maxAnswerBytes:
		return fmt.Errorf("read the answer of %s: it has over %d MiB: ask for less", r.shown, maxAnswerBytes>>20)
	}
	if err := json.Unmarshal(body, q.answer); err != nil {
		return fmt.Errorf("read the answer of %s: %w: it is not a `processor run` of this version", r.shown, err)
	}
	return nil
}

func (r *running) events(ctx context.Context, seller, order string) (*ask.OrderEvents, error) {
	answer := new(ask.OrderEvents)
	if err := r.ask(ctx, &question{seller: seller, order: order, path: "/events", answer: answer}); err != nil {
		return nil, err
	}
	return answer, nil
}

func (r *running) request(ctx context.Context, q *question) (*http.Request, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, r.url+q.address(), http.NoBody)
	if err != nil {
		return nil, fmt.Errorf("ask %s: %w", r.shown, reason(err))
	}
	request.Header.Set("Accept", "application/json, application/problem+json")
	if token := r.token.Reveal(); token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	return request, nil
}

// reason is why a request failed, without its address: that has the whole question in it.
func reason(err error) error {
	var failed *url.Error
	if errors.As(err, &failed) {
		if failed.Timeout() {
			return fmt.Errorf("no answer within %v", answerWithin)
		}
		return failed.Err
	}
	return err
}

// refusal is what an answer says that is none, as RFC 9457 has it.
func (r *running) refusal(response *http.Response, body []byte) error {
	var problem struct{ Detail string }
	kind, _, _ := mime.ParseMediaType(response.Header.Get("Content-Type"))
	if kind != "application/problem+json" || json.Unmarshal(body, &problem) != nil || problem.Detail == "" {
		problem.Detail = "it is not a `processor run` of this version"
	}
	switch {
	case response.StatusCode == http.StatusUnauthorized || response.StatusCode == http.StatusForbidden:
		problem.Detail += ": give a token that may read with --token-file"
	case response.StatusCode/100 == 3:
		problem.Detail = fmt.Sprintf("it sends to %q: name that with --url", response.Header.Get("Location"))
	}
	return &RefusedError{URL: r.shown, Status: response.StatusCode, Detail: problem.Detail}
}
