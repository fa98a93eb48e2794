package pipeline

import (
	"context"
	"fmt"
	"log/slog"
	"strconv"
	"time"

	"sellerpulse/internal/engine"
	"sellerpulse/internal/limits"
	"sellerpulse/internal/memory"
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
	TrustPartition bool          // do not check that a seller's partition is that of its key by murmur2
	Memory         *memory.Meter // divides the process's memory; default that of memory.Default

	CommitInterval time.Duration // default 100 ms
	AlertDelay     time.Duration // between two transactions while an alert waits; default 10 ms
	CommitEvents   int           // default 10,000

	CheckpointInterval time.Duration // between two writes of what was committed to the local state; default 5 s

	HealthInterval time.Duration // between two reports of a seller; default 10 s

	DeadLetterInterval time.Duration // between two warnings of dead letters of one reason; default 10 s

	UntilEnd bool          // stop once every partition is read to the end it had at start
	AsOf     events.Millis // with UntilEnd: the instant to which stream time is moved in the end; events.None for none

	SessionTimeout time.Duration
	Skip           []stream.Position            // records of inputs that go to the dead letters as skipped
	Schema         func(uint32) (string, error) // the schema of a Confluent schema id; nil knows none
	OnMissing      OnMissing                    // when an input does not hold the offset to go on with; default FailOnMissing
	Standbys       int                          // copies of each partition's state on other processes, which follow the changelog
	Clock          func() time.Time             // default time.Now
	Logger         *slog.Logger
	Metrics        *Metrics

	onCommit         func() error                            // of tests: between the transaction and the local state
	ownClock         bool                                    // of tests: quiet sellers' windows slide by Clock, not by the brokers'
	identityInterval time.Duration                           // between two looks at whether topics are the same; default 10 s
	slowest          time.Duration                           // between two tries of what has failed; default 1 min
	onApply          func(partition int32, r *engine.Record) // of tests: before a record is applied
	factsVersion     int                                     // of tests: another than windows.FactsVersion
}

func (o Options) withDefaults() Options {
	o.CommitInterval = orDefault(o.CommitInterval, 100*time.Millisecond)
	o.AlertDelay = orDefault(o.AlertDelay, 10*time.Millisecond)
	o.CommitEvents = orDefault(o.CommitEvents, 10_000)
	o.HealthInterval = orDefault(o.HealthInterval, 10*time.Second)
	o.CheckpointInterval = orDefault(o.CheckpointInterval, 5*time.Second)
	o.DeadLetterInterval = orDefault(o.DeadLetterInterval, 10*time.Second)
	o.identityInterval = orDefault(o.identityInterval, 10*time.Second)
	o.slowest = orDefault(o.slowest, time.Minute)
	if o.Memory == nil {
		o.Memory = memory.NewMeter(memory.Default)
	}
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

// Service runs the tasks of the partitions that this process owns, and follows those that it stands by for.
type Service struct {
	options     Options
	partitions  partitions
	takes       map[string]int                         // how large a batch each topic takes
	identities  map[string]stream.TopicIdentity        // of the inputs and the changelog, at start
	maxStateAge time.Duration                          // of a local state that is to be continued
	ends        map[stream.TopicPartition]stream.Range // when bounded: where each input ended at start
	status      *Status
	crew        crew
	tally       *tally
}

// NewService checks the topics. [Service.Run] is to follow.
func NewService(ctx context.Context, o Options) (*Service, error) {
	s := &Service{options: o.withDefaults(), status: newStatus()}
	s.tally = newTally(&s.options)
	if err := s.checkTopics(ctx); err != nil {
		return nil, err
	}
	if err := s.checkSkips(); err != nil {
		return nil, err
	}
	var err error
	if s.identities, err = s.identify(ctx); err != nil {
		return nil, err
	}
	if o.UntilEnd {
		var all []stream.TopicPartition
		for p := range s.partitions.inputs {
			all = append(all, o.Topics.of(p)...)
		}
		if s.ends, err = o.Client.Ends(ctx, all); err != nil {
			return nil, fmt.Errorf("find the ends of the input topics: %w", err)
		}
	}
	return s, nil
}

// lookUp describes topics. Brokers learn of new ones one after the other, so those that are missing are asked for again for a moment.
func (s *Service) lookUp(ctx context.Context, names []string) (map[string]stream.TopicDescription, error) {
	const patience, pause = 3 * time.Second, 250 * time.Millisecond
	for waited := time.Duration(0); ; waited += pause {
		found, err := s.options.Client.Topics(ctx, names)
		if err != nil || len(found) == len(names) || waited >= patience || !sleep(ctx, pause) {
			return found, err
		}
	}
}

// Status tells what the tasks are doing; for any goroutine.
func (s *Service) Status() *Status { return s.status }

// checkTopics refuses to run on topics that are missing or whose numbers of partitions differ.
func (s *Service) checkTopics(ctx context.Context) error {
	t := &s.options.Topics
	names := append(t.Inputs[:len(t.Inputs):len(t.Inputs)], t.Alerts, t.SellerHealth, t.DeadLetters, t.Changelog)
	found, err := s.lookUp(ctx, names)
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
	s.takes = map[string]int{}
	for _, name := range []string{t.Alerts, t.SellerHealth, t.DeadLetters, t.Changelog} {
		s.takes[name] = limits.Batch(found[name].Config)
	}
	s.maxStateAge = maxStateAge(found[t.Changelog].Config)
	for _, name := range append(t.Inputs[1:len(t.Inputs):len(t.Inputs)], t.Changelog) {
		if n := found[name].Partitions; n != s.partitions.inputs {
			return fmt.Errorf("topic %q has %d partitions and topic %q has %d: all inputs and the changelog must have the same number, else a seller's events would meet in no task",
				t.Inputs[0], s.partitions.inputs, name, n)
		}
	}
	return nil
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

// maxStateAge is how old a local state may be such that the changelog still has the tombstones of all that was deleted since: most of what
// the changelog keeps them for.
func maxStateAge(changelog map[string]string) time.Duration {
	const byDefault = 24 * time.Hour
	ms, err := strconv.ParseInt(changelog["delete.retention.ms"], 10, 64)
	if err != nil {
		return byDefault / 8 * 7
	}
	return milliseconds(ms) / 8 * 7
}
