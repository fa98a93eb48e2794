package pipeline

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"time"

	"github.com/cenkalti/backoff/v5"
	"golang.org/x/sync/errgroup"

	"sellerpulse/internal/state"
	"sellerpulse/internal/stream"
	"sellerpulse/pkg/events"
	"sellerpulse/pkg/rules"
)

// Options of a service. The zero value of those with a default is useful.
type Options struct {
	Client *stream.Client
	State  *state.DB
	Topics Topics
	AppID  string // group id and prefix of the transactional ids

	Rules          *rules.Set
	Zone           *time.Location
	RetentionDays  int32
	TrustPartition bool // do not check that a seller's partition is that of its key by murmur2
	MaxValueBytes  int  // of a message; default 256 KiB
	CacheBytes     int  // of sellers and order rows in memory, over all tasks; default 192 MiB

	CommitInterval time.Duration // default 100 ms
	CommitEvents   int           // default 10,000
	HealthInterval time.Duration // between two reports of a seller; default 10 s

	UntilEnd bool          // stop once every partition is read to the end it had at start
	AsOf     events.Millis // with UntilEnd: the instant to which stream time is moved in the end; events.None for none

	SessionTimeout time.Duration
	Clock          func() time.Time // default time.Now
	Logger         *slog.Logger
	Metrics        *Metrics

	onCommit func() error // of tests: between the transaction and the local state
}

func (o Options) withDefaults() Options {
	o.CommitInterval = orDefault(o.CommitInterval, 100*time.Millisecond)
	o.CommitEvents = orDefault(o.CommitEvents, 10_000)
	o.HealthInterval = orDefault(o.HealthInterval, 10*time.Second)
	o.CacheBytes = orDefault(o.CacheBytes, 192<<20)
	if o.Clock == nil {
		o.Clock = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	if o.Metrics == nil {
		o.Metrics = NewMetrics(nil)
	}
	return o
}

func orDefault[T comparable](v, otherwise T) T {
	var zero T
	if v == zero {
		return otherwise
	}
	return v
}

// Service runs the tasks of the partitions that this process owns.
type Service struct {
	options    Options
	partitions partitions
	ends       map[stream.TopicPartition]stream.Range // when bounded: where each input ended at start
	status     *Status
}

// NewService checks the topics. [Service.Run] is to follow.
func NewService(ctx context.Context, o Options) (*Service, error) {
	s := &Service{options: o.withDefaults(), status: newStatus()}
	if err := s.checkTopics(ctx); err != nil {
		return nil, err
	}
	if o.UntilEnd {
		var all []stream.TopicPartition
		for p := range s.partitions.inputs {
			all = append(all, o.Topics.of(p)...)
		}
		var err error
		if s.ends, err = o.Client.Ends(ctx, all); err != nil {
			return nil, fmt.Errorf("find the ends of the input topics: %w", err)
		}
	}
	return s, nil
}

// Status tells what the tasks are doing; for any goroutine.
func (s *Service) Status() *Status { return s.status }

// checkTopics refuses to run on topics that are missing or whose numbers of partitions differ.
func (s *Service) checkTopics(ctx context.Context) error {
	t := &s.options.Topics
	names := append(t.Inputs[:len(t.Inputs):len(t.Inputs)], t.Alerts, t.SellerHealth, t.DeadLetters, t.Changelog)
	found, err := s.options.Client.Topics(ctx, names)
	if err != nil {
		return fmt.Errorf("look up topics: %w", err)
	}
	for _, name := range names {
		if _, ok := found[name]; !ok {
			return fmt.Errorf("topic %q does not exist: create all topics with `processor topics`", name)
		}
	}
	s.partitions = partitions{
		inputs: found[t.Inputs[0]].Partitions, alerts: found[t.Alerts].Partitions,
		sellerHealth: found[t.SellerHealth].Partitions, deadLetters: found[t.DeadLetters].Partitions,
	}
	for _, name := range append(t.Inputs[1:len(t.Inputs):len(t.Inputs)], t.Changelog) {
		if n := found[name].Partitions; n != s.partitions.inputs {
			return fmt.Errorf("topic %q has %d partitions and topic %q has %d: all inputs and the changelog must have the same number, else a seller's events would meet in no task",
				t.Inputs[0], s.partitions.inputs, name, n)
		}
	}
	return nil
}

// Run takes part in the group and runs the tasks of the partitions it is given, until ctx ends or, bounded, the whole group has read to
// the ends. It returns when every task has committed and stopped.
func (s *Service) Run(ctx context.Context) error {
	group := stream.GroupOptions{ID: s.options.AppID, Topics: s.options.Topics.Inputs[:], SessionTimeout: s.options.SessionTimeout}
	return s.options.Client.RunGroup(ctx, group, func(owned context.Context, assigned []int32) error {
		s.options.Logger.Info("partitions assigned", "partitions", assigned)
		s.status.assign(assigned)
		stopping := func() bool { return ctx.Err() != nil }
		tasks, tasksCtx := errgroup.WithContext(owned)
		for _, p := range assigned {
			tasks.Go(func() error { return s.keepRunning(tasksCtx, p, len(assigned), stopping) })
		}
		if err := tasks.Wait(); err != nil {
			return err
		}
		if s.options.UntilEnd {
			return s.awaitGroup(owned)
		}
		<-owned.Done() // Without partitions there is nothing to do but to be there.
		return nil
	})
}

// keepRunning runs a task, and acquires it again after whatever may pass: an outage, or a commit whose outcome is not known.
func (s *Service) keepRunning(ctx context.Context, partition int32, tasks int, stopping func() bool) error {
	wait := backoff.NewExponentialBackOff()
	wait.InitialInterval, wait.MaxInterval = 50*time.Millisecond, 5*time.Second
	log := s.options.Logger.With("partition", partition)
	for {
		t := &task{service: s, partition: partition, tasks: tasks, log: log, stopping: stopping}
		err := t.run(ctx)
		if err == nil || ctx.Err() != nil {
			if err != nil && !errors.Is(err, context.Canceled) {
				log.Warn("task stopped without its last commit", "error", err)
			}
			return nil
		}
		if !t.heals(err) {
			return fmt.Errorf("task %d: %w", partition, err)
		}
		if t.committed {
			wait.Reset()
		}
		pause := wait.NextBackOff()
		log.Warn("task is acquired again", "error", err, "pause", pause)
		s.options.Metrics.reacquired.Inc()
		if !sleep(ctx, pause) {
			return nil
		}
	}
}

// sleep waits, and tells whether it was not cut short.
func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// awaitGroup waits until the group has committed every input up to the end it had at start.
func (s *Service) awaitGroup(ctx context.Context) error {
	var all []stream.TopicPartition
	for tp := range s.ends {
		all = append(all, tp)
	}
	for {
		committed, err := s.options.Client.Offsets(ctx, s.options.AppID, all)
		if err != nil && ctx.Err() == nil {
			return fmt.Errorf("await the group: %w", err)
		}
		behind := 0
		for _, tp := range all {
			if s.ends[tp].LastStable > max(committed[tp], 0) {
				behind++
			}
		}
		if err == nil && behind == 0 {
			return nil
		}
		if !sleep(ctx, 100*time.Millisecond+rand.N(100*time.Millisecond)) {
			return nil
		}
	}
}
