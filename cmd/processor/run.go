package main

import (
	"context"
	"errors"
	"time"

	"github.com/spf13/cobra"

	"sellerpulse/internal/app"
	"sellerpulse/internal/mapping"
	"sellerpulse/internal/rulefile"
	"sellerpulse/internal/task"
	"sellerpulse/internal/worker"
	"sellerpulse/pkg/events"
	"sellerpulse/pkg/rules"
)

// runFlags is what `processor run` is told.
type runFlags struct {
	stateDirectory directory
	memory         size
	http           httpFlags
	advertise      reached
	peerAuthority  string // file
	verifyTimeout  positive
	rules          []string
	intake         string // file
	zone           zone
	retention      days
	history        keptDays
	commitInterval positive
	alertDelay     positive
	commitEvents   count
	partitioner    choice
	healthInterval positive
	sessionTimeout positive
	standbys       copies
	onMissing      choice
	skip           records
	untilEnd       bool
	asOf           instant
}

// newRun is `processor run`.
func newRun(s *session) *cobra.Command {
	var flags runFlags
	cmd := &cobra.Command{
		Use: "run [flags]", Short: "Run the service", Args: noArguments,
		Long: `Reads the events of all sellers, keeps their rates exact and publishes alerts and reports, each exactly once. Several processes with the
same --app-id share the partitions, each with a state directory of its own. SIGINT, SIGTERM or SIGHUP stops it in order within ten seconds.
Without --rules it goes by the rules that "processor rules apply" has put in force, from then on while it runs, or by the built-in ones where there
are none. With --rules it goes by those files; SIGHUP has all of them read again, and what is right is put in force; the processes of a group must have the same.
A partition that cannot go on stops alone: the log, /readyz and /api/v1/tasks say where and what to do, such as --skip.

With --until-end it stops once every input partition is read to the end it had at start, in a group once the whole group has got there.
Such a run looks at no clock: what it publishes depends on the events alone.`,
		Example: `  processor run --state-dir /var/lib/sellerpulse --listen :8080 --http-tokens-file tokens --http-tls-cert server.pem --http-tls-key server.key
  processor run --rules rules.yaml --time-zone Europe/Stockholm
  processor run --rules amazon-2022 --rules walmart-us --rules /etc/sellerpulse/rules.d
  processor run --until-end --as-of 2026-03-01T00:00:00Z`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if flags.untilEnd && !cmd.Flags().Changed("listen") {
				flags.http.listen, flags.advertise = "", "" // A bounded run beside a live one must not fail on its port.
			}
			options, err := s.service(&flags)
			if err != nil {
				return err
			}
			if len(flags.rules) > 0 {
				s.rereads = flags.readRules
			}
			return s.run(cmd.Context(), options, s.showBounded(flags.untilEnd))
		},
	}
	flags.add(cmd)
	return cmd
}

func (r *runFlags) add(cmd *cobra.Command) {
	f := cmd.Flags()
	r.stateDirectory = "sellerpulse-state"
	f.Var(&r.stateDirectory, "state-dir", "`directory` of the local state, one process at a time; what is lost is restored from the changelog")
	f.Var(&r.memory, "memory", "`size` up to which the process may be in memory, as 512MiB or 2GiB, at least 192MiB (default nine tenths of the container's limit; where there is none 1GiB, or half of a machine that has less than 2GiB)")
	r.http.add(f, "127.0.0.1:8080", "where /metrics, /livez and /readyz are; empty for nowhere, which is the default with --until-end")
	f.Var(&r.advertise, "advertise", "`address` at which other processes of the group reach what --listen answers, host:port or a URL, for questions about sellers whose state this one has; without it --listen's where that names a host, else the machine's name with the port")
	f.StringVar(&r.peerAuthority, "peer-tls-ca", "", "PEM `file` of the authorities that the certificates of other processes of the group must be signed by, which are then asked by https alone; without it the system's")
	r.verifyTimeout = positive(10 * time.Minute)
	f.Var(&r.verifyTimeout, "verify-timeout", "time for one verification that \"processor verify --url\" asks for")
	addRules(cmd, f, &r.rules, "rule `files`, folders of them or packs, which together are the rules instead of the built-in ones")
	f.StringVar(&r.intake, "intake", "", "mapping `file`, or the name of one that is part of the program, by which records of other topics are carried into ours: see \"processor intake\"")
	_ = cmd.RegisterFlagCompletionFunc("intake", completeMappings) // The flag exists.
	r.zone = zone{time.UTC}
	f.Var(&r.zone, "time-zone", "time zone whose calendar days order dates are")
	r.retention = 120
	f.Var(&r.retention, "retention", "for how long after its order date an order counts, and may change")
	f.Var(&r.history, "history", "for how long the counts of an order date are kept, at least the retention: beyond it they stay as they were when its orders expired, for windows that look back further. A state can be given a longer one, no shorter")
	r.commitInterval = positive(100 * time.Millisecond)
	f.Var(&r.commitInterval, "commit-interval", "time between two transactions")
	r.alertDelay = positive(10 * time.Millisecond)
	f.Var(&r.alertDelay, "alert-delay", "time between two transactions while an alert waits")
	r.commitEvents = 10_000
	f.Var(&r.commitEvents, "commit-events", "events after which a transaction is committed before its time")
	r.partitioner = choice{"murmur2", []string{"murmur2", "any"}}
	addChoice(cmd, f, &r.partitioner, "partitioner", "`how` sellers must be spread over partitions: as Java clients do it, or as producers like")
	r.healthInterval = positive(10 * time.Second)
	f.Var(&r.healthInterval, "health-interval", "time between two reports of a seller")
	r.sessionTimeout = positive(10 * time.Second)
	f.Var(&r.sessionTimeout, "session-timeout", "silence after which the group takes a process for dead")
	f.Var(&r.standbys, "standby", "copies of each partition's state that other processes of the group keep up to date, for one of them to take over at once")
	r.onMissing = choice{string(task.FailOnMissing), []string{string(task.FailOnMissing), string(task.EarliestOnMissing), string(task.LatestOnMissing)}}
	addChoice(cmd, f, &r.onMissing, "on-missing-offsets", "`what` to do when an input does not hold the records to go on with: stop its partition with an error, or go on from its first record or its end")
	f.Var(&r.skip, "skip", "records of inputs to pass over, as `topic/partition@offset` with the topic's name in Kafka, separated by commas or given again; they go to the dead letters. What has been passed already is left as it is")
	addToggle(f, &r.untilEnd, "until-end", "stop at the end that the topics have now")
	r.asOf = instant{at: events.None}
	f.Var(&r.asOf, "as-of", "with --until-end: move time on to this `instant` in the end, with all that falls due until then")
}

// service is the service that flags ask for.
func (s *session) service(flags *runFlags) (app.Options, error) {
	options, err := s.workerOptions(flags)
	if err != nil {
		return app.Options{}, err
	}
	carried, err := s.mappingOf(flags)
	if err != nil {
		return app.Options{}, err
	}
	guard, err := s.guard(&flags.http)
	if err != nil {
		return app.Options{}, err
	}
	if flags.advertise != "" && flags.http.listen == "" {
		return app.Options{}, usage("--advertise goes with --listen: without it there is nothing to reach")
	}
	authorities, err := readAuthorities("--peer-tls-ca", flags.peerAuthority)
	if err != nil {
		return app.Options{}, err
	}
	if options.Memory, err = limitMemory(flags.memory); err != nil {
		return app.Options{}, err
	}
	return app.Options{
		Kafka: s.kafka(), StateDirectory: string(flags.stateDirectory), Listen: string(flags.http.listen), Access: guard,
		PublicMetrics: flags.http.publicMetrics, Connections: int(flags.http.connections), VerifyTimeout: time.Duration(flags.verifyTimeout), Worker: options, Version: versionName(), Logger: s.log,
		Advertise: string(flags.advertise), Authorities: authorities, ParseRules: flags.parseRules(), SchemaRegistry: s.shared.registry.client, Intake: carried,
	}, nil
}

// mappingOf reads the mapping of --intake; nil without.
func (s *session) mappingOf(flags *runFlags) (*mapping.Mapping, error) {
	if flags.intake == "" {
		return nil, nil
	}
	if flags.untilEnd {
		return nil, usage("--intake does not go with --until-end: run `processor intake --mapping %s --until-end` before", flags.intake)
	}
	return (&mappingFlags{schema: s.schemaNow()}).parse(s, flags.intake)
}

// workerOptions checks what flags cannot check alone.
func (s *session) workerOptions(flags *runFlags) (worker.Options, error) {
	if flags.asOf.at != events.None && !flags.untilEnd {
		return worker.Options{}, usage("--as-of goes with --until-end only")
	}
	if err := flags.skip.check(s.shared.topics()); err != nil {
		return worker.Options{}, err
	}
	if flags.history > 0 && int(flags.history) < int(flags.retention) {
		return worker.Options{}, usage("--history %v: counts are kept for as long as orders, --retention %v, at least", &flags.history, &flags.retention)
	}
	set, err := flags.readRules()
	if err != nil {
		return worker.Options{}, err
	}
	return worker.Options{
		SessionTimeout: time.Duration(flags.sessionTimeout), Standbys: int(flags.standbys), Options: task.Options{
			Topics: s.shared.topics(), AppID: s.shared.appID,
			Rules: set, Zone: flags.zone.location, RetentionDays: int32(flags.retention), HistoryDays: int32(flags.countsKept()), TrustPartition: flags.partitioner.value == "any",
			CommitInterval: time.Duration(flags.commitInterval), AlertDelay: time.Duration(flags.alertDelay), CommitEvents: int(flags.commitEvents),
			HealthInterval: time.Duration(flags.healthInterval), OnMissing: task.OnMissing(flags.onMissing.value),
			Skip: flags.skip, UntilEnd: flags.untilEnd, AsOf: flags.asOf.at,
		},
	}, nil
}

// readRules reads the rules that the process is given, or takes the built-in ones, which those that are applied to the application may replace.
func (r *runFlags) readRules() (*rules.Set, error) { return readRules(r.rules, r.countsKept()) }

// countsKept is for how many days counts are kept.
func (r *runFlags) countsKept() int { return max(int(r.history), int(r.retention)) }

// parseRules reads rules that are applied to the application; nil where the process goes by those that it is given.
func (r *runFlags) parseRules() func([]rules.File) (*rules.Set, error) {
	if len(r.rules) > 0 {
		return nil
	}
	return r.parsesRules()
}

// parsesRules reads rules that are applied to an application.
func (r *runFlags) parsesRules() func([]rules.File) (*rules.Set, error) {
	return func(files []rules.File) (*rules.Set, error) { return rules.ParseAll(r.countsKept(), files...) }
}

// readRules reads rule files, folders and packs into one set, or takes the built-in rules where none are named. Its errors are of usage.
func readRules(names []string, historyDays int) (*rules.Set, error) {
	if len(names) == 0 {
		set := rules.BuiltIn()
		if err := set.CheckRetention(historyDays); err != nil {
			return nil, usage("--history: %w", err)
		}
		return set, nil
	}
	files, err := rulefile.ReadAll(names)
	if err != nil {
		return nil, usage("--rules: %w", err)
	}
	set, err := rules.ParseAll(historyDays, files...)
	if err != nil {
		return nil, usage("--rules: %w", err)
	}
	return set, nil
}

// run runs the service until it is done or interrupted, and stops it in order. watch shows meanwhile how far it is.
func (s *session) run(ctx context.Context, options app.Options, watch watch) (err error) {
	service, err := app.New(ctx, options)
	if errors.Is(err, context.Canceled) && ctx.Err() != nil && !options.Worker.UntilEnd {
		s.log.Info("stopped before it had started")
		return nil
	}
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, service.Close()) }()
	defer watch(ctx, service.Status())()
	defer s.rereadRules(service)()
	if err := service.Run(ctx); err != nil {
		return err
	}
	s.log.Info("stopped in order")
	return nil
}
