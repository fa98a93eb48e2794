package task

import (
	"context"
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"sellerpulse/internal/engine"
	"sellerpulse/internal/memory"
	"sellerpulse/internal/state"
	"sellerpulse/internal/stream"
	"sellerpulse/pkg/events"
	"sellerpulse/pkg/outputs"
	"sellerpulse/pkg/rules"
)

// Options of the tasks of a process. The zero value of those with a default is useful.
type Options struct {
	Client *stream.Client
	State  *state.DB
	Topics Topics
	AppID  string // group id and prefix of the transactional ids

	Rules          *rules.Set // in force at start
	Revision       int64      // of Rules, where they were applied to the application; 0 where the process was given them
	AppliedRules   bool       // rules are those that are applied to the application: members need not have the same at every moment
	Zone           *time.Location
	RetentionDays  int32
	HistoryDays    int32         // for which counts are kept, where they outlive orders; default the retention
	TrustPartition bool          // do not check that a seller's partition is that of its key by murmur2
	Memory         *memory.Meter // divides the process's memory; default that of memory.Default

	CommitInterval time.Duration // default 100 ms
	AlertDelay     time.Duration // between two transactions while an alert waits; default 10 ms
	CommitEvents   int           // default 10,000

	CheckpointInterval time.Duration // between two writes of what was committed to the local state; default 5 s

	ClockBehind    time.Duration // by which stream time follows the clock where nothing comes; default 1 min
	HealthInterval time.Duration // between two reports of a seller; default 10 s

	UntilEnd bool          // stop once every partition is read to the end it had at start
	AsOf     events.Millis // with UntilEnd: the instant to which stream time is moved in the end; events.None for none

	// From is where a state begins that has nothing yet; partitions of inputs that are not named begin with their first record.
	From map[stream.TopicPartition]int64

	Skip      []stream.Position            // records of inputs that go to the dead letters as skipped
	Schema    func(uint32) (string, error) // the schema of a Confluent schema id; nil knows none
	Encoder   outputs.Encoder              // of alerts and reports
	OnMissing OnMissing                    // when an input does not hold the offset to go on with; default FailOnMissing

	ReplacesLost bool // what takes the place of the state is at hand: changelogs that do not exist are passed over at start

	Clock      func() time.Time // default time.Now
	Logger     *slog.Logger
	Registerer prometheus.Registerer // of the metrics; nil for none

	Hooks Hooks
}

// Hooks are of tests.
type Hooks struct {
	OnApply      func(partition int32, r *engine.Record) // before a record is applied
	OnCommit     func() error                            // between the transaction and the local state
	OwnClock     bool                                    // windows of quiet sellers slide by Clock, not by the brokers'
	FactsVersion int                                     // another than windows.FactsVersion
	OnFill       OnFill                                  // of a successor: at the beginning of each step, and after each slice of it
	FillBytes    int                                     // how much of a successor is written at once, if less
	OnStep       func(partition int32, s Step) error     // of a cut-over, once it is done; of the live application's options
}

// OnFill is told of a step; ctx ends when the successor is not wanted any more.
type OnFill func(ctx context.Context, partition int32, f Filling) error

func (o OnFill) did(ctx context.Context, partition int32, f Filling) error {
	if o == nil {
		return nil
	}
	return o(ctx, partition, f)
}

// Step is a point of the cut-over of a partition.
type Step string

// The steps, in their order.
const (
	Followed  Step = "followed"  // the live changelog, until little is left
	Opened    Step = "opened"    // the candidate rests, and the live state is as far
	Given     Step = "given"     // by the live group
	Fenced    Step = "fenced"    // the live owner
	Brought   Step = "brought"   // the candidate to where the live state is
	Prepared  Step = "prepared"  // the two are compared
	Decided   Step = "decided"   // the transaction is to begin
	Committed Step = "committed" // the transaction, before the process does anything about it
)

// Did tells of a step of a cut-over that is done.
func (h *Hooks) Did(partition int32, s Step) error {
	if h.OnStep == nil {
		return nil
	}
	return h.OnStep(partition, s)
}

// WithDefaults fills in what is not given.
func (o Options) WithDefaults() Options {
	orDefault(&o.CommitInterval, 100*time.Millisecond)
	orDefault(&o.AlertDelay, 10*time.Millisecond)
	orDefault(&o.CommitEvents, 10_000)
	orDefault(&o.ClockBehind, time.Minute)
	orDefault(&o.HealthInterval, 10*time.Second)
	orDefault(&o.CheckpointInterval, 5*time.Second)
	if o.Memory == nil {
		o.Memory = memory.NewMeter(memory.Default)
	}
	if o.Clock == nil {
		o.Clock = time.Now
	}
	orDefault(&o.Logger, slog.Default())
	return o
}

func orDefault[T comparable](v *T, otherwise T) {
	var zero T
	if *v == zero {
		*v = otherwise
	}
}
