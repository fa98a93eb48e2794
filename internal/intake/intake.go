package intake

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sync/errgroup"

	"sellerpulse/internal/limits"
	"sellerpulse/internal/mapping"
	"sellerpulse/internal/stream"
	"sellerpulse/internal/task"
	"sellerpulse/pkg/events"
)

// Options of an intake. The zero value of those with a default is useful.
type Options struct {
	Client         *stream.Client
	Mapping        *mapping.Mapping
	Topics         task.Topics
	AppID          string
	Encoder        events.Encoder
	SessionTimeout time.Duration // silence after which the group takes a process for dead; default 10 s
	CommitInterval time.Duration // between two transactions of a unit; default 100 ms
	Memory         int64         // bytes, about, of records and transactions of all units; default 256 MiB
	Refresh        time.Duration // between two looks at which source topics there are; default 10 s
	UntilEnd       bool          // stop once every source partition is read to the end it had at start, by the whole group
	Logger         *slog.Logger
	Registerer     prometheus.Registerer
	Clock          func() time.Time // default time.Now

	batchRecords int                         // after which a transaction is committed before its time; default 20,000
	confirm      func(context.Context) error // of a test, when all of a transaction is written
}

func (o Options) withDefaults() Options {
	o.CommitInterval = cmp.Or(o.CommitInterval, 100*time.Millisecond)
	o.Memory = cmp.Or(o.Memory, 256<<20)
	o.Refresh = cmp.Or(o.Refresh, 10*time.Second)
	o.batchRecords = cmp.Or(o.batchRecords, 20_000)
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Clock == nil {
		o.Clock = time.Now
	}
	return o
}

// Group is the consumer group of an application's intake by a mapping, and what its transactional ids begin with.
func Group(appID, mapping string) string { return appID + "-intake-" + groupName(mapping) }

// Intake is one process's part in carrying records over.
type Intake struct {
	options          Options
	group            string
	partitions       int32 // of the input topics
	letterPartitions int32 // of the dead letters
	batchBytes       map[string]int
	metrics          *Metrics
	sources          atomic.Pointer[sources]
	first            *sources                               // that there were at the start
	ends             map[stream.TopicPartition]stream.Range // when bounded
	rejoin           chan struct{}
	tally            tally

	mutex   sync.Mutex
	units   map[int32]*unit // that this process was given at least once
	start   func(*unit)
	stopped bool
	joined  bool
}

// New looks at the topics, and refuses those that nothing can be done with. [Intake.Run] is to follow.
func New(ctx context.Context, o Options) (*Intake, error) {
	o = o.withDefaults()
	in := &Intake{options: o, group: Group(o.AppID, o.Mapping.Name), rejoin: make(chan struct{}, 1), batchBytes: map[string]int{}}
	in.metrics = NewMetrics(o.Registerer, in.Status)
	if err := in.findOurs(ctx); err != nil {
		return nil, err
	}
	found, err := in.find(ctx, true)
	if err != nil {
		return nil, err
	}
	in.sources.Store(found)
	in.first = found
	if o.UntilEnd {
		if in.ends, err = o.Client.Ends(ctx, found.logs()); err != nil {
			return nil, fmt.Errorf("find the ends of the source topics: %w", err)
		}
	}
	return in, nil
}

// findOurs looks at the topics to write to.
func (in *Intake) findOurs(ctx context.Context) error {
	topics := &in.options.Topics
	names := append(topics.Inputs[:events.NumTopics:events.NumTopics], topics.DeadLetters)
	found, err := in.options.Client.Topics(ctx, names)
	if err != nil {
		return err
	}
	for _, name := range names {
		d, ok := found[name]
		if !ok {
			return fmt.Errorf("topic %q does not exist: create all with `processor topics`", name)
		}
		in.batchBytes[name] = limits.Batch(d.Config)
		if name == topics.DeadLetters {
			in.letterPartitions = d.Partitions
			continue
		}
		if in.partitions != 0 && in.partitions != d.Partitions {
			return fmt.Errorf("topic %q has %d partitions, and %q %d: all inputs must have the same number; see `processor topics --check`", name, d.Partitions, names[0], in.partitions)
		}
		in.partitions = d.Partitions
	}
	return nil
}

// Run takes part in the group and works on the units it is given, until ctx ends or, bounded, the whole group has read to the ends. It returns when every
// unit has committed and stopped, and the group has been left.
func (in *Intake) Run(ctx context.Context) error {
	running, stop := context.WithCancel(ctx)
	defer stop()
	work, workCtx := errgroup.WithContext(running)
	in.begin(func(u *unit) {
		work.Go(func() error {
			u.run(workCtx)
			return nil
		})
	})
	work.Go(func() error { // Units come while there is at least this one.
		<-workCtx.Done()
		in.end()
		return nil
	})
	work.Go(func() error {
		in.watchSources(workCtx)
		return nil
	})
	if in.options.UntilEnd {
		work.Go(func() error {
			defer stop()
			return in.awaitEnd(workCtx)
		})
	}
	// The group is left after the last commit, so that nobody takes over in the middle of it.
	member, leave := context.WithCancel(context.WithoutCancel(ctx))
	defer leave()
	left := make(chan error, 1)
	go func() {
		defer stop()
		left <- in.options.Client.RunGroup(member, in.groupOptions(), in.accept)
	}()
	err := work.Wait()
	leave()
	if groupErr := <-left; err == nil {
		err = groupErr
	}
	return err
}

func (in *Intake) begin(start func(*unit)) {
	in.mutex.Lock()
	defer in.mutex.Unlock()
	in.units, in.start, in.stopped, in.joined = map[int32]*unit{}, start, false, false
}

func (in *Intake) end() {
	in.mutex.Lock()
	defer in.mutex.Unlock()
	in.stopped = true
}

// protocol is the name of the way in which members of a group divide the units.
const protocol = "sellerpulse-intake"

func (in *Intake) groupOptions() stream.GroupOptions {
	return stream.GroupOptions{
		ID: in.group, Topics: in.sources.Load().names(), SessionTimeout: in.options.SessionTimeout, Protocol: protocol, Rejoin: in.rejoin,
		UserData: func() []byte {
			told, err := json.Marshal(told{Owned: in.owned()})
			if err != nil {
				panic("intake: " + err.Error()) // Numbers can be written.
			}
			return told
		},
		Assign: func(members []stream.GroupMember) (map[string]stream.Assignment, error) {
			return assign(members, in.sources.Load().units), nil
		},
	}
}

// owned is the units that this process works on, in order.
func (in *Intake) owned() (units []int32) {
	for _, u := range in.given() {
		units = append(units, u.partition)
	}
	return units
}

// accept begins the units that a generation of the group gives, and ends those that it takes.
func (in *Intake) accept(g *stream.Generation) error {
	in.mutex.Lock()
	defer in.mutex.Unlock()
	if in.stopped {
		return nil
	}
	in.joined = true
	in.options.Logger.Info("source partitions assigned", "group", in.group, "generation", g.ID, "partitions", append([]int32{}, g.Partitions...))
	for p, u := range in.units {
		if !slices.Contains(g.Partitions, p) {
			u.give(nil)
		}
	}
	for _, p := range g.Partitions {
		if in.units[p] == nil {
			in.units[p] = newUnit(in, p)
			defer in.start(in.units[p])
		}
		in.units[p].give(g)
	}
	return nil
}
