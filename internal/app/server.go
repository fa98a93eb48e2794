package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"github.com/prometheus/exporter-toolkit/web"
	"golang.org/x/net/netutil"

	"sellerpulse/internal/task"
	"sellerpulse/internal/worker"
	"sellerpulse/pkg/events"
)

// closeTimeout is how long answers under way may take when the server stops.
const closeTimeout = 500 * time.Millisecond

// server answers probes, Prometheus and questions about the tasks.
type server struct {
	listener net.Listener
	http     *http.Server
	status   atomic.Pointer[worker.Status] // nil until there is a service
	verifier atomic.Pointer[verifier]      // likewise
	done     chan error

	dashboard atomic.Pointer[http.ServeMux] // likewise
}

// serverOptions say where and how to answer.
type serverOptions struct {
	address     string
	webConfig   string // file of TLS, passwords and limits, as Prometheus' exporters have it; empty for none
	connections int    // at a time
	metrics     prometheus.Gatherer
	log         *slog.Logger
}

// CheckWebConfig refuses a file of TLS, passwords and limits that cannot be used; empty is none.
func CheckWebConfig(file string) error {
	if err := web.Validate(file); err != nil {
		return fmt.Errorf("--web-config-file %s: %w: docs/security.md shows one", file, err)
	}
	return nil
}

// newServer takes the address and answers from then on.
func newServer(o serverOptions) (*server, error) {
	if err := CheckWebConfig(o.webConfig); err != nil {
		return nil, err
	}
	listener, err := net.Listen("tcp", o.address)
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, fmt.Errorf("listen on %s: the port is in use: stop who uses it, or name another with --listen", o.address)
	}
	if err != nil {
		return nil, fmt.Errorf("listen on %s: %w: name another address with --listen", o.address, err)
	}
	s := &server{listener: listener, done: make(chan error, 1)}
	s.http = &http.Server{
		Handler: guard(s.routes(o.metrics), listener.Addr()), ErrorLog: slog.NewLogLogger(o.log.Handler(), slog.LevelWarn),
		ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 10 * time.Second, WriteTimeout: answerTimeout, IdleTimeout: time.Minute,
		MaxHeaderBytes: 16 << 10,
	}
	go func() {
		s.done <- web.Serve(netutil.LimitListener(listener, o.connections), s.http, &web.FlagConfig{WebConfigFile: &o.webConfig}, o.log)
	}()
	return s, nil
}

func (s *server) routes(metrics prometheus.Gatherer) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(metrics, promhttp.HandlerOpts{}))
	mux.HandleFunc("GET /livez", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "alive") })
	mux.HandleFunc("GET /readyz", s.ready)
	mux.HandleFunc("GET /api/v1/tasks", s.tasks)
	mux.HandleFunc("POST "+verifyPath, s.verify)
	mux.HandleFunc("GET /", s.pages)
	return mux
}

func (s *server) address() string { return s.listener.Addr().String() }

// stop waits for the answers under way, but not for long.
func (s *server) stop() error {
	ctx, cancel := context.WithTimeout(context.Background(), closeTimeout)
	defer cancel()
	if err := s.http.Shutdown(ctx); err != nil {
		_ = s.http.Close()
	}
	if err := <-s.done; !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// pages answers with the dashboard.
func (s *server) pages(w http.ResponseWriter, r *http.Request) {
	if dashboard := s.dashboard.Load(); dashboard != nil {
		dashboard.ServeHTTP(w, r)
		return
	}
	w.Header().Set("Retry-After", "2")
	http.Error(w, "connecting to kafka: try again in a moment", http.StatusServiceUnavailable)
}

// ready says what is still to be waited for, and what has failed.
func (s *server) ready(w http.ResponseWriter, _ *http.Request) {
	status := s.status.Load()
	switch {
	case status == nil:
		http.Error(w, "connecting to kafka", http.StatusServiceUnavailable)
	case !status.Ready():
		http.Error(w, waitingFor(status.Tasks()), http.StatusServiceUnavailable)
	default:
		fmt.Fprintln(w, "ready")
	}
}

func waitingFor(tasks []task.Status) string {
	if len(tasks) == 0 {
		return "joining the group"
	}
	var waiting []string
	for _, t := range tasks {
		if t.Failure != nil && !t.Failure.Standby {
			waiting = append(waiting, fmt.Sprintf("partition %d: failed: %v", t.Partition, t.Failure))
		}
		switch t.Phase {
		case task.Restoring:
			waiting = append(waiting, fmt.Sprintf("partition %d: %s, %d of %d changelog offsets read", t.Partition, t.Phase, t.Restored, t.ToRestore))
		case task.Rebuilding:
			waiting = append(waiting, fmt.Sprintf("partition %d: %s, %d of %d sellers done", t.Partition, t.Phase, t.Rebuilt, t.ToRebuild))
		}
	}
	return strings.Join(waiting, "\n")
}

// taskAnswer is a task as /api/v1/tasks gives it.
type taskAnswer struct {
	Partition  int32          `json:"partition"`
	Phase      task.Phase     `json:"phase"`
	StreamTime *string        `json:"stream_time"`
	Lag        int64          `json:"lag"`
	Blocked    int64          `json:"blocked"`
	Restored   int64          `json:"restored"`
	ToRestore  int64          `json:"to_restore"`
	Rebuilt    int            `json:"rebuilt"`
	ToRebuild  int            `json:"to_rebuild"`
	Failure    *failureAnswer `json:"failure"`
}

// failureAnswer says why a task has failed.
type failureAnswer struct {
	Role   string  `json:"role"`
	At     *string `json:"at"`
	Error  string  `json:"error"`
	Remedy *string `json:"remedy"`
	Since  string  `json:"since"`
	Tries  int     `json:"tries"`
}

func failureOf(f *task.Failure) *failureAnswer {
	if f == nil {
		return nil
	}
	answer := &failureAnswer{Role: "owner", At: textOf(f.At), Error: f.Err.Error(), Remedy: textOf(f.Remedy), Since: events.FormatInstant(f.Since.UnixMilli()), Tries: f.Tries}
	if f.Standby {
		answer.Role = "standby"
	}
	return answer
}

// textOf is a text; nil for none.
func textOf(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

func (s *server) tasks(w http.ResponseWriter, _ *http.Request) {
	answer := []taskAnswer{}
	if status := s.status.Load(); status != nil {
		for _, t := range status.Tasks() {
			answer = append(answer, taskAnswer{
				t.Partition, t.Phase, instantOf(t.StreamTime), t.Lag, t.Blocked, t.Restored, t.ToRestore, t.Rebuilt, t.ToRebuild, failureOf(t.Failure),
			})
		}
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]any{"tasks": answer}) // The one who asked has gone.
}

// instantOf is an instant in RFC 3339; nil for none.
func instantOf(at events.Millis) *string {
	if at == events.None {
		return nil
	}
	text := events.FormatInstant(at)
	return &text
}
