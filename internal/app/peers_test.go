package app

import (
	"context"
	"crypto/x509"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"sellerpulse/internal/peers"
	"sellerpulse/internal/web/access"
	"sellerpulse/internal/web/api"
	"sellerpulse/internal/web/forward"
	"sellerpulse/test/enginetest"
)

// running is a service that runs until the test ends.
func running(t *testing.T, o Options) *App {
	t.Helper()
	o.StateDirectory = t.TempDir()
	a, err := New(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	done := make(chan error, 1)
	go func() { done <- a.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := errors.Join(<-done, a.Close()); err != nil {
			t.Error(err)
		}
	})
	return a
}

// header is one of an answer.
func header(t *testing.T, a *App, path, name string) string {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodHead, "http://"+a.Address()+path, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	return response.Header.Get(name)
}

// awaitDivision waits until each of two services has one of two partitions, and knows who has the other.
func awaitDivision(t *testing.T, services ...*App) {
	t.Helper()
	enginetest.Eventually(t, "each has one partition and knows it", func() bool {
		for _, a := range services {
			_, body := get(t, a, "/api/v1/peers")
			var known api.Peers
			if err := json.Unmarshal([]byte(body), &known); err != nil {
				t.Fatal(err)
			}
			if known.Stale || len(known.Partitions) != 2 || known.Partitions[0].Owner == nil || known.Partitions[1].Owner == nil {
				return false
			}
			if known.Partitions[0].Owner.Self == known.Partitions[1].Owner.Self || !a.Status().Ready() || len(a.Status().Tasks()) != 1 {
				return false
			}
		}
		return true
	})
}

// Either of two processes answers about both partitions, by asking the other where that has the state; both know who that is.
func TestAProcessAsksTheOneThatHasTheState(t *testing.T) {
	o := optionsOf(t)
	first, second := running(t, o), running(t, o)
	awaitDivision(t, first, second)
	for _, path := range []string{"/api/v1/tasks/0", "/api/v1/tasks/1"} {
		if by := [2]string{header(t, first, path, forward.AnsweredByHeader), header(t, second, path, forward.AnsweredByHeader)}; by[0] != by[1] || !strings.HasPrefix(by[0], "http://127.0.0.1:") {
			t.Errorf("%s is answered by %q", path, by)
		}
		for _, a := range []*App{first, second} {
			status, body := get(t, a, path)
			if status != http.StatusOK || !strings.HasPrefix(body, `{"partition":`+path[len(path)-1:]+`,"phase":"running"`) || header(t, a, path, forward.AnsweredAsHeader) != "owner" {
				t.Errorf("%s is %d %s", path, status, body)
			}
		}
	}
	if header(t, first, "/api/v1/tasks/0", forward.AnsweredByHeader) == header(t, first, "/api/v1/tasks/1", forward.AnsweredByHeader) {
		t.Error("one process answers for both partitions")
	}
	if status, body := get(t, first, "/api/v1/tasks/2"); status != http.StatusNotFound || !strings.Contains(body, "they are 0 to 1") {
		t.Errorf("a task that there is not is %d %s", status, body)
	}
	for _, path := range []string{"/api/v1/tasks/-1", "/api/v1/tasks/x"} {
		if status, body := get(t, first, path); status != http.StatusUnprocessableEntity || !strings.Contains(body, "path.partition") {
			t.Errorf("%s is %d %s", path, status, body)
		}
	}
	if _, body := get(t, first, "/metrics"); !strings.Contains(body, `sellerpulse_forwarded_requests_total{answered="owner"}`) {
		t.Error("requests that are forwarded are not counted")
	}
}

func TestTasksAreAskedForBeforeThereAreAny(t *testing.T) {
	s := serve(t, serverOptions{}, access.Options{})
	if status, body := ask(t, s, http.MethodGet, "/api/v1/tasks/0", "", nil); status != http.StatusServiceUnavailable || !strings.Contains(body, "connecting to kafka") {
		t.Errorf("a task is %d %s", status, body)
	}
	if status, body := ask(t, s, http.MethodGet, "/api/v1/tasks", "", nil); status != http.StatusOK || body != `{"member":null,"tasks":[]}`+"\n" {
		t.Errorf("tasks are %d %s", status, body)
	}
}

// The address that others are told goes by what is served and where; one that they could not use is refused at the start.
func TestWhatIsAdvertised(t *testing.T) {
	for name, c := range map[string]struct {
		o    serverOptions
		want string // or what the error says
	}{
		"given":              {serverOptions{address: "127.0.0.1:0", advertise: "a.example:80"}, "http://a.example:80"},
		"derived":            {serverOptions{address: "localhost:0"}, "http://localhost:"},
		"https alone":        {serverOptions{address: "127.0.0.1:0", authorities: x509.NewCertPool()}, "give it TLS by --http-tls-cert"},
		"https before it":    {serverOptions{address: "127.0.0.1:0", authorities: x509.NewCertPool(), advertise: "https://a.example"}, "https://a.example"},
		"no address at all":  {serverOptions{address: "127.0.0.1:0", advertise: "a"}, "--advertise \"a\": no port in it"},
		"one that is unused": {serverOptions{address: "127.0.0.1:0", advertise: "[::]:80"}, "--advertise \"[::]:80\": all interfaces"},
	} {
		guard, err := access.New(access.Options{})
		if err != nil {
			t.Fatal(err)
		}
		c.o.connections, c.o.metrics, c.o.log, c.o.access = 8, prometheus.NewRegistry(), slog.New(slog.DiscardHandler), guard
		s, err := newServer(c.o)
		if err != nil {
			if !strings.Contains(err.Error(), c.want) || strings.HasPrefix(c.want, "http") {
				t.Errorf("%s: error %v, want %s", name, err, c.want)
			}
			continue
		}
		if !strings.HasPrefix(s.reached, c.want) {
			t.Errorf("%s: advertised as %s, want %s", name, s.reached, c.want)
		}
		if _, err := peers.ParseAddress(s.reached, "http"); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if err := s.stop(); err != nil {
			t.Error(err)
		}
	}
}
