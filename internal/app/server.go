package app

import (
	"context"
	"crypto/x509"
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

	"sellerpulse/internal/intake"
	"sellerpulse/internal/registry"
	"sellerpulse/internal/task"
	"sellerpulse/internal/view"
	"sellerpulse/internal/web/access"
	"sellerpulse/internal/web/api"
	"sellerpulse/internal/web/assets"
	"sellerpulse/internal/web/forward"
	"sellerpulse/internal/web/problem"
	"sellerpulse/internal/web/survey"
	"sellerpulse/internal/worker"
)

// closeTimeout is how long answers under way may take when the server stops.
const closeTimeout = 500 * time.Millisecond

// server answers probes, Prometheus and questions about the tasks.
type server struct {
	listener net.Listener
	http     *http.Server
	status   atomic.Pointer[worker.Status]   // nil until there is a service
	verifier atomic.Pointer[verifier]        // likewise
	foreseer atomic.Pointer[foreseer]        // likewise
	schemas  atomic.Pointer[registry.Client] // nil without a schema registry
	intake   atomic.Pointer[intake.Intake]   // nil where nothing is carried over, or not yet
	carries  bool                            // an intake, and nothing else
	forward  *forward.Forwarder
	reached  string // address by which other members reach it; empty for none
	done     chan error

	dashboard atomic.Pointer[http.ServeMux]   // likewise
	published atomic.Pointer[view.View]       // of a server without a service; nil else
	onlooker  atomic.Pointer[worker.Onlooker] // likewise
}

// serverOptions say where and how to answer.
type serverOptions struct {
	address       string
	access        *access.Guard
	connections   int // at a time
	publicMetrics bool
	timeouts      timeouts // default those of the service
	advertise     string   // where other members reach it; empty to derive it
	authorities   *x509.CertPool
	onlooks       bool             // it is no member, and nobody asks it
	carries       bool             // it is an intake, and nothing else
	forwarded     *forward.Metrics // nil for none
	metrics       prometheus.Gatherer
	log           *slog.Logger
}

// timeouts bound how long a connection may take for what.
type timeouts struct{ header, request, answer, idle time.Duration }

// serviceTimeouts are those of the service. What takes longer to answer says so itself.
var serviceTimeouts = timeouts{header: 5 * time.Second, request: 10 * time.Second, answer: answerTimeout, idle: time.Minute}

// newServer takes the address and answers from then on.
func newServer(o serverOptions) (*server, error) {
	if o.timeouts == (timeouts{}) {
		o.timeouts = serviceTimeouts
	}
	listener, err := listen(&o)
	if err != nil {
		return nil, err
	}
	s := &server{listener: listener, carries: o.carries, done: make(chan error, 1)}
	if err := s.reachPeers(&o); err != nil {
		return nil, errors.Join(err, listener.Close())
	}
	s.http = &http.Server{
		Handler: api.Exact(o.access.Handler(s.routes(&o), listener.Addr())), TLSConfig: o.access.TLS(), ErrorLog: slog.NewLogLogger(o.log.Handler(), slog.LevelWarn),
		ReadHeaderTimeout: o.timeouts.header, ReadTimeout: o.timeouts.request, WriteTimeout: o.timeouts.answer, IdleTimeout: o.timeouts.idle,
		MaxHeaderBytes: 16 << 10,
	}
	limited := o.access.Limit(listener, o.connections)
	go func() {
		if s.http.TLSConfig != nil {
			s.done <- s.http.ServeTLS(limited, "", "")
			return
		}
		s.done <- s.http.Serve(limited)
	}()
	return s, nil
}

// listen takes the address, if who may reach it is told who asks.
func listen(o *serverOptions) (net.Listener, error) {
	listener, err := net.Listen("tcp", o.address)
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, fmt.Errorf("listen on %s: the port is in use: stop who uses it, or name another with --listen", o.address)
	}
	if err != nil {
		return nil, fmt.Errorf("listen on %s: %w: name another address with --listen", o.address, err)
	}
	if err := o.access.CheckAddress(listener.Addr().String()); err != nil { // "localhost" can be anything, as the system has it.
		return nil, errors.Join(err, listener.Close())
	}
	return listener, nil
}

func (s *server) routes(o *serverOptions) *access.Routes {
	scrape := access.Viewer
	if o.publicMetrics {
		scrape = access.Anyone
	}
	routes := access.NewRoutes()
	routes.Probe("GET /livez", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "alive") })
	routes.Probe("GET /readyz", s.ready)
	routes.Handle("GET /metrics", scrape, promhttp.HandlerFor(o.metrics, promhttp.HandlerOpts{}))
	routes.HandleFunc("GET "+assets.Prefix, access.Anyone, assets.Serve) // The page to log in at has them too.
	if o.carries {
		routes.HandleFunc("GET "+survey.IntakePath, access.Viewer, s.sources)
		return routes
	}
	routes.HandleFunc("GET "+survey.Path, access.Viewer, s.tasks)
	routes.HandleFunc("POST "+verifyPath, access.Operator, s.verify)
	routes.HandleFunc("POST "+whatIfPath, access.Operator, s.whatIf)
	routes.HandleFunc("GET /", access.Viewer, s.pages)
	return routes
}

func (s *server) address() string { return s.listener.Addr().String() }

// stop waits for the answers under way, but not for long.
func (s *server) stop() error {
	ctx, cancel := context.WithTimeout(context.Background(), closeTimeout)
	defer cancel()
	defer s.forward.Close()
	if err := s.http.Shutdown(ctx); err != nil {
		_ = s.http.Close()
	}
	if err := <-s.done; !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// pages answers with the dashboard and the API.
func (s *server) pages(w http.ResponseWriter, r *http.Request) {
	if dashboard := s.dashboard.Load(); dashboard != nil {
		dashboard.ServeHTTP(w, r)
		return
	}
	w.Header().Set("Retry-After", "2")
	if strings.HasPrefix(r.URL.Path, api.Prefix+"/") {
		problem.Write(w, http.StatusServiceUnavailable, "connecting to kafka: ask again in a moment")
		return
	}
	http.Error(w, "connecting to kafka: try again in a moment", http.StatusServiceUnavailable)
}

// tasks answers also before there are any.
func (s *server) tasks(w http.ResponseWriter, r *http.Request) {
	if s.dashboard.Load() != nil {
		s.pages(w, r)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(survey.TasksOf("", nil)) // The one who asked has gone.
}

// ready says what is still to be waited for, and what has failed.
func (s *server) ready(w http.ResponseWriter, _ *http.Request) {
	if err := s.waits(); err != nil {
		http.Error(w, err.Error(), http.StatusServiceUnavailable)
		return
	}
	fmt.Fprintln(w, "ready")
}

// waits is what is still to be waited for; nil for nothing.
func (s *server) waits() error {
	status, published, carried := s.status.Load(), s.published.Load(), s.intake.Load()
	switch {
	case published != nil && !published.Whole():
		return errors.New("reading what was published")
	case published != nil:
		return nil
	case status == nil && !s.carries, carried == nil && s.carries:
		return errors.New("connecting to kafka")
	case status != nil && !status.Ready():
		return errors.New(waitingFor(status.Tasks()))
	}
	if carried != nil {
		if err := carried.Waits(); err != nil {
			return err
		}
	}
	return s.awaitsSchemas()
}

// awaitsSchemas is why the schema registry did not answer when a task last asked; nil: it did, or there is none.
func (s *server) awaitsSchemas() error {
	if client := s.schemas.Load(); client != nil {
		return client.Away()
	}
	return nil
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
