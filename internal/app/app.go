package app

import (
	"cmp"
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"sellerpulse/internal/app/provision"
	"sellerpulse/internal/intake"
	"sellerpulse/internal/mapping"
	"sellerpulse/internal/memory"
	"sellerpulse/internal/registry"
	"sellerpulse/internal/state"
	"sellerpulse/internal/stream"
	"sellerpulse/internal/task"
	"sellerpulse/internal/web/access"
	"sellerpulse/internal/web/forward"
	"sellerpulse/internal/worker"
	"sellerpulse/pkg/rules"
)

// StopTimeout is how long an orderly stop may take, from the end of Run's ctx on.
const StopTimeout = 9 * time.Second

// Options of the service.
type Options struct {
	Kafka             stream.Options
	StateDirectory    string
	Listen            string                                 // host:port of HTTP; empty for none
	Access            *access.Guard                          // who may ask over HTTP; nil: everybody on this machine
	PublicMetrics     bool                                   // anybody may ask for the metrics
	Advertise         string                                 // where other processes of the group reach its HTTP, as peers.ParseAddress takes it; empty to derive it from Listen
	Authorities       *x509.CertPool                         // by whom the certificates of other processes must be signed, who are then asked by https alone; nil: the system's
	Connections       int                                    // of HTTP at the same time, further ones wait; default DefaultConnections
	VerifyTimeout     time.Duration                          // for one verification of the running process; default 10 min
	Worker            worker.Options                         // all but Client, State, Address, Registerer and Logger, which come from here
	ParseRules        func([]rules.File) (*rules.Set, error) // has the process go by the rules that are applied to the application, read by it; nil: by Worker.Rules
	RulesOfSuccessors bool                                   // ParseRules is for workers that take the place of its own, which goes by Worker.Rules
	Labels            prometheus.Labels                      // of the worker's metrics; nil for none
	SchemaRegistry    *registry.Client                       // by which values are read and written; nil: by the built-in schemas
	Formerly          string                                 // another owner whose state directory it may be: that of a candidate which was cut over to; empty for none

	Intake *mapping.Mapping // by which records of other topics are carried into the inputs; nil for none

	// Work is what is done with the worker; nil: it runs.
	Work    func(context.Context, *Process) error
	Version string
	Logger  *slog.Logger // default slog.Default()
}

// DefaultConnections is the default of Options.Connections.
const DefaultConnections = 256

// App is the service, from connections to HTTP.
type App struct {
	options  Options
	log      *slog.Logger
	cleanups cleanups
	registry *prometheus.Registry
	worker   *worker.Worker
	intake   *intake.Intake // nil without
	server   *server        // nil without HTTP
	onlooks  bool           // it is no member of the group, which it looks at
	carries  bool           // it is an intake and nothing else
	failed   chan error     // that the disk of the state failed

	mutex     sync.Mutex       // guards workers and ruled
	workers   []*worker.Worker // that go by the rules in force: its own, and one that took its place
	ruled     *task.Ruled      // by which a worker goes that takes its place; nil: by those it was made with
	showRules func(*rules.Set) // has the pages and the API tell of others; nil without HTTP
}

// New connects and opens everything, so that what is wrong with the surroundings is known before anything runs. HTTP answers from then on.
func New(ctx context.Context, o Options) (*App, error) {
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	if o.Worker.Memory == nil {
		o.Worker.Memory = memory.NewMeter(memory.Default)
	}
	a := &App{options: o, log: o.Logger, cleanups: cleanups{log: o.Logger}, registry: newRegistry(o.Version), failed: make(chan error, 1)}
	for _, build := range []func(context.Context) error{a.listen, a.open} {
		if err := build(ctx); err != nil {
			return nil, errors.Join(err, a.Close())
		}
	}
	return a, nil
}

// listen takes the port, which is what fails most often.
func (a *App) listen(context.Context) error {
	if a.options.Listen == "" {
		return nil
	}
	guard, err := a.guard()
	if err != nil {
		return err
	}
	o := serverOptions{
		address: a.options.Listen, access: guard, publicMetrics: a.options.PublicMetrics, connections: cmp.Or(a.options.Connections, DefaultConnections),
		onlooks: a.onlooks, carries: a.carries, advertise: a.options.Advertise, authorities: a.options.Authorities, metrics: a.registry, log: a.log,
	}
	if !a.carries {
		o.forwarded = forward.NewMetrics(a.registry)
	}
	server, err := newServer(o)
	if err != nil {
		return err
	}
	a.server = server
	a.cleanups.add("stop http", server.stop)
	a.log.Info("http listens", "address", server.address(), "reached_at", server.reached)
	return nil
}

// guard is who may ask.
func (a *App) guard() (g *access.Guard, err error) {
	if g = a.options.Access; g == nil {
		if g, err = access.New(access.Options{Logger: a.log}); err != nil {
			return nil, err
		}
	}
	a.registry.MustRegister(g)
	return g, nil
}

// open opens the state and the connections and makes the worker of them.
func (a *App) open(ctx context.Context) error {
	o := &a.options
	if err := makeStateDirectory(o.StateDirectory); err != nil {
		return err
	}
	client, err := stream.Dial(ctx, o.Kafka)
	if err != nil {
		return err
	}
	a.cleanups.add("close connections", func() error { client.Close(); return nil })
	if err := a.checkTopics(ctx, client); err != nil {
		return err
	}
	warnOfAccess(o.StateDirectory, a.log)
	owner := state.OwnerOf(o.Worker.Topics.Changelog, client.ClusterID())
	db, err := state.Open(state.Options{
		Directory: o.StateDirectory, Owner: owner, Formerly: o.Formerly, Logger: a.log, OnFailure: func(err error) { a.failed <- err },
		CacheBytes: o.Worker.Memory.Of(memory.Blocks), MemTablesBytes: o.Worker.Memory.Of(memory.MemTables),
	})
	if err != nil {
		return err
	}
	a.cleanups.add("close state directory", db.Close)
	a.meter(db)
	a.registry.MustRegister(db)
	o.Worker.Client, o.Worker.State, o.Worker.Logger = client, db, a.log
	if a.server != nil {
		o.Worker.Address = a.server.reached
	}
	o.Worker.Registerer = prometheus.WrapRegistererWith(o.Labels, a.registry)
	if err := a.useRegistry(ctx); err != nil {
		return err
	}
	if err := a.takeRules(ctx, client); err != nil {
		return err
	}
	if a.worker, err = worker.New(ctx, o.Worker); err != nil {
		return err
	}
	a.govern(a.worker)
	if err := a.openIntake(ctx, client); err != nil {
		return err
	}
	if a.server != nil {
		a.server.status.Store(a.worker.Status())
		v := newVerifier(db, o.Worker, a.rulesNow, cmp.Or(o.VerifyTimeout, 10*time.Minute))
		a.cleanups.add("stop verification", v.close)
		a.server.verifier.Store(v)
		f := newForeseer(db, o.Worker, cmp.Or(o.VerifyTimeout, 10*time.Minute))
		a.cleanups.add("stop trying rules", f.close)
		a.server.foreseer.Store(f)
	}
	a.serveDashboard(client, db)
	a.followRules(client)
	return nil
}

// meter makes known what the process has in memory.
func (a *App) meter(db *state.DB) {
	m := a.options.Worker.Memory
	m.Watch(memory.Blocks, func() int64 { blocks, _ := db.Memory(); return blocks })
	m.Watch(memory.MemTables, func() int64 { _, memTables := db.Memory(); return memTables })
	a.registry.MustRegister(m)
	bytes, from := m.Bound()
	a.log.Info("memory is bounded", "bytes", bytes, "by", from)
}

// checkTopics refuses to run on topics on which nothing of what is promised would hold, and says what weakens it.
func (a *App) checkTopics(ctx context.Context, client *stream.Client) error {
	topics := a.options.Worker.Topics
	var err error
	if topics.Changelog, err = task.ChangelogInForce(ctx, client, a.options.Worker.AppID, &topics); err != nil {
		return fmt.Errorf("check topics: %w", err)
	}
	found, err := provision.Await(ctx, client, topics)
	if err != nil {
		return fmt.Errorf("check topics: %w", err)
	}
	found.Findings.Below(provision.Void).Warn(a.log)
	return found.Findings.Err(provision.Void)
}

// Address is where HTTP listens; empty without.
func (a *App) Address() string {
	if a.server == nil {
		return ""
	}
	return a.server.address()
}

// Status tells what the tasks are doing.
func (a *App) Status() *worker.Status { return a.worker.Status() }

// errStuck says that tasks did not stop. Their state is left as it is, which is as safe as a crash.
var errStuck = errors.New("tasks did not stop in time; the next start takes up from their last commit")

// Run runs the tasks until ctx ends or, bounded, until all is read.
func (a *App) Run(ctx context.Context) error {
	finished := make(chan error, 1)
	go func() { finished <- a.work(ctx) }()
	select {
	case err := <-finished:
		return err
	case err := <-a.failed:
		return a.abandon(err)
	case <-ctx.Done():
	}
	a.log.Info("stopping: committing and leaving the group")
	late := time.NewTimer(StopTimeout)
	defer late.Stop()
	select {
	case err := <-finished:
		return err
	case err := <-a.failed:
		return a.abandon(err)
	case <-late.C:
		return a.abandon(errStuck)
	}
}

// Process is what a process has in common with any worker in it.
type Process struct {
	Worker  *worker.Worker
	Options worker.Options // its own
	Metrics prometheus.Registerer
	app     *App
}

// Ruled is the rules that a worker is to go by which takes the place of its own; nil for those that it is made with.
func (p *Process) Ruled() *task.Ruled {
	p.app.mutex.Lock()
	defer p.app.mutex.Unlock()
	return p.app.ruled
}

// Now makes another worker the one that the process is about.
func (p *Process) Now(w *worker.Worker) {
	p.app.govern(w)
	if p.app.server != nil {
		p.app.server.status.Store(w.Status())
	}
}

func (a *App) work(ctx context.Context) error {
	if a.intake != nil {
		return a.workWithIntake(ctx)
	}
	if a.options.Work == nil {
		return a.worker.Run(ctx)
	}
	none := prometheus.Labels{} // All metrics of a name must have the same labels.
	for name := range a.options.Labels {
		none[name] = ""
	}
	return a.options.Work(ctx, &Process{a.worker, a.options.Worker, prometheus.WrapRegistererWith(none, a.registry), a})
}

// abandon leaves everything as it is, which must not be closed under tasks that use it, or cannot be.
func (a *App) abandon(err error) error {
	a.cleanups.steps = nil
	return err
}

// Close stops and closes everything in reverse order, unless the state cannot be closed because its disk failed.
func (a *App) Close() error {
	closed := make(chan error, 1)
	go func() { closed <- a.cleanups.run() }()
	select {
	case err := <-closed:
		return err
	case err := <-a.failed:
		return err
	}
}
