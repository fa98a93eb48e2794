package app

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
)

// post asks the process at a URL for something that an operator may, by the value of askHeader that says so, with a token; empty for none. otherwise is what
// else helps where nobody answers. The body of the answer is to be closed.
func post(ctx context.Context, url, path, asked, token string, content io.Reader, otherwise string) (*http.Response, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, strings.TrimSuffix(url, "/")+path, content)
	if err != nil {
		return nil, fmt.Errorf("--url: %w", err)
	}
	if content != http.NoBody {
		request.Header.Set("Content-Type", "application/json")
	}
	request.Header.Set(askHeader, asked)
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }} // The token is for this server.
	response, err := client.Do(request)
	if err != nil {
		return nil, fmt.Errorf("ask %s: %w: %s", url, err, otherwise)
	}
	return response, nil
}
