package worker

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"

	"sellerpulse/internal/state"
	"sellerpulse/internal/stream"
	"sellerpulse/internal/task"
	"sellerpulse/test/brokertest"
	"sellerpulse/test/enginetest"
)

// longAgo is a clock that is behind all events, so that stream time follows events alone.
func longAgo() time.Time { return time.Now().AddDate(-20, 0, 0) }

// member is a worker that runs until it is stopped or crashes.
type member struct {
	t         testing.TB
	directory string
	worker    *Worker
	client    *stream.Client
	db        *state.DB
	cancel    context.CancelFunc
	done      chan error
}

func (s *fixture) work(broker *brokertest.Broker, standbys int) *member {
	s.t.Helper()
	return s.workWith(broker, func(o *Options) { o.Clock, o.Standbys = longAgo, standbys })
}

func (s *fixture) workWith(broker *brokertest.Broker, change func(*Options)) *member {
	s.t.Helper()
	directory := s.t.TempDir()
	w := s.workFrom(broker, s.openState(directory), change)
	w.directory = directory
	return w
}

// workFrom is a worker that goes on from a state.
func (s *fixture) workFrom(broker *brokertest.Broker, db *state.DB, change func(*Options)) *member {
	s.t.Helper()
	client, err := stream.Dial(s.t.Context(), stream.Options{Brokers: broker.Addresses, ClientID: "worker"})
	if err != nil {
		s.t.Fatal(err)
	}
	w := &member{t: s.t, client: client, db: db, done: make(chan error, 1)}
	o := s.options(w.db)
	o.Client, o.UntilEnd, o.HealthInterval, o.Hooks.OwnClock = client, false, time.Millisecond, true
	change(&o)
	if w.worker, err = New(s.t.Context(), o); err != nil {
		s.t.Fatal(err)
	}
	var ctx context.Context
	ctx, w.cancel = context.WithCancel(s.t.Context())
	go func() { w.done <- w.worker.Run(ctx) }()
	return w
}

// stop ends the worker in order.
func (w *member) stop() {
	w.t.Helper()
	w.cancel()
	if err := errors.Join(<-w.done, w.db.Close()); err != nil {
		w.t.Error(err)
	}
	w.client.Close()
}

// crash ends the worker without a last commit, and without leaving the group.
func (w *member) crash() {
	w.client.Close()
	w.cancel()
	if err := <-w.done; err != nil { // It ends in the middle of anything.
		w.t.Logf("crashed: %v", err)
	}
	_ = w.db.Close() // Its memory counts for nothing: it is in no other worker's way.
}

// runs is the partitions whose tasks go round.
func (w *member) runs() (partitions []int32) {
	for _, t := range w.worker.Status().Tasks() {
		if t.Phase == task.Running && w.worker.slots.owns(t.Partition) {
			partitions = append(partitions, t.Partition)
		}
	}
	return partitions
}

// follows is the partitions that it stands by for, if it has read all there is of each.
func (w *member) follows() (partitions []int32) {
	for _, t := range w.worker.Status().Tasks() {
		saved, err := w.db.Saved(t.Partition)
		if err != nil {
			w.t.Fatal(err)
		}
		if t.Phase == task.Standby && t.Lag == 0 && saved.Position > 0 {
			partitions = append(partitions, t.Partition)
		}
	}
	return partitions
}

// awaitRead waits until the group has committed all there is.
func (s *fixture) awaitRead() {
	s.t.Helper()
	var all []stream.TopicPartition
	for p := range s.partitions {
		all = append(all, s.topics.InputPartitions(p)...)
	}
	ends, err := s.client.Ends(s.t.Context(), all)
	if err != nil {
		s.t.Fatal(err)
	}
	enginetest.Eventually(s.t, "all is read", func() bool {
		committed, err := s.client.Offsets(s.t.Context(), s.appID, all)
		return err == nil && !slices.ContainsFunc(all, func(tp stream.TopicPartition) bool { return max(committed[tp].Offset, 0) < ends[tp].LastStable })
	})
}

// acquisitions counts how often each transactional id was opened.
type acquisitions struct {
	mutex sync.Mutex
	of    map[string]int
}

func (a *acquisitions) decide(request kmsg.Request) verdict {
	if r, ok := request.(*kmsg.InitProducerIDRequest); ok && r.TransactionalID != nil {
		a.mutex.Lock()
		defer a.mutex.Unlock()
		a.of[*r.TransactionalID]++
	}
	return pass
}

func (a *acquisitions) counts() map[string]int {
	a.mutex.Lock()
	defer a.mutex.Unlock()
	return maps.Clone(a.of)
}

// reportTexts is the counts and states of the latest report of each seller, which is not repeated when only its windows are others.
func (s *fixture) reportTexts() (texts []string) {
	for _, r := range s.reports() {
		text := fmt.Sprintf("%q %v", r.SellerID, r.Status)
		for _, rule := range r.Rules {
			text += fmt.Sprintf(" %s %v %d/%d", rule.Rule, rule.State, rule.Numerator, rule.Denominator)
		}
		for _, m := range r.Metrics {
			text += fmt.Sprintf(" %v %d %v %d/%d", m.Metric, m.Window.Count, m.Channel, m.Numerator, m.Denominator)
		}
		texts = append(texts, text)
	}
	slices.Sort(texts)
	return texts
}

// A process comes, is given up by the group, and comes again; another goes: what stays with its owner is neither restored nor acquired
// anew, what moves is handed over, and in the end all numbers are those of one run without any of it.
func TestPartitionsThatStayAreNotAcquiredAnew(t *testing.T) {
	all := sortedMarket(4, 60)
	opened := &acquisitions{of: map[string]int{}}
	broker := brokertest.Embedded(t, kfake.ListenFn((&tap{decide: opened.decide}).listen))
	s := newFixture(t, broker, 4)
	third := len(all) / 3
	s.produce(all[:third])
	first := s.work(broker, 0)
	s.awaitRead()
	before := opened.counts()

	second := s.work(broker, 0)
	enginetest.Eventually(t, "two partitions each", func() bool { return len(first.runs()) == 2 && len(second.runs()) == 2 })
	s.produce(all[third : 2*third])
	s.awaitRead()
	for p, more := range opened.counts() {
		more -= before[p]
		var partition int32
		if _, err := fmt.Sscanf(p, s.appID+"-%d", &partition); err != nil {
			t.Fatal(err)
		}
		if want := map[bool]int{true: 0, false: 1}[slices.Contains(first.runs(), partition)]; more != want {
			t.Errorf("%s was acquired %d times when another process came, want %d", p, more, want)
		}
	}
	moved := second.runs()
	s.evict(broker.Addresses) // As after a long silence of both.
	enginetest.Eventually(t, "both are back", func() bool { return len(first.runs()) == 2 && len(second.runs()) == 2 })
	if !slices.Equal(second.runs(), moved) {
		t.Errorf("the second process has %v, and had %v", second.runs(), moved)
	}
	first.stop()
	s.produce(all[2*third:])
	s.awaitRead()
	second.stop()
	checkNumbers(t, s.alerts())

	one := market(t, broker, "one", 4, all)
	if err := one.run(t.Context(), t.TempDir(), nil); err != nil {
		t.Fatal(err)
	}
	enginetest.CompareLists(t, "reports", s.reportTexts(), one.reportTexts())
}

// A standby has read everything when its owner crashes, and so has nothing to restore.
func TestAStandbyTakesOverWithNothingToRestore(t *testing.T) {
	brokertest.Each(t, func(t *testing.T, broker *brokertest.Broker) {
		all := sortedMarket(5, 60)
		s := newFixture(t, broker, 4)
		s.produce(all[:len(all)/2])
		first, second := s.work(broker, 1), s.work(broker, 1)
		enginetest.Eventually(t, "two partitions each", func() bool { return len(first.runs()) == 2 && len(second.runs()) == 2 })
		s.awaitRead()
		enginetest.Eventually(t, "two standbys each that have read all", func() bool { return len(first.follows()) == 2 && len(second.follows()) == 2 })
		taken := first.runs()
		first.crash()
		s.evict(broker.Addresses)
		enginetest.Eventually(t, "all partitions with the second", func() bool { return len(second.runs()) == 4 })
		for _, task := range second.worker.Status().Tasks() {
			const few = 1000 // What the owner wrote in its last moments may not have been seen.
			if slices.Contains(taken, task.Partition) && task.ToRestore > few {
				t.Errorf("partition %d: %d records were to be restored", task.Partition, task.ToRestore)
			}
		}
		s.produce(all[len(all)/2:])
		s.awaitRead()
		second.stop()
		checkNumbers(t, s.alerts())
	})
}

// always is whose partition nobody takes.
type always struct{}

func (always) Owns() bool                    { return true }
func (always) Confirm(context.Context) error { return nil }

// runTask runs the task of a partition, whoever the group gave it to.
func (w *Worker) runTask(ctx context.Context, partition int32) error {
	return task.New(w.env, task.Attempt{Partition: partition, Owner: always{}, OnCommit: func(*task.Task) {}}).Run(ctx)
}

// A process is killed in the middle of a transaction, which brokers would keep for long: whoever comes next ends it, and does not wait for it before.
func TestWhatADeadProcessLeftOpenIsNotWaitedFor(t *testing.T) {
	brokertest.Each(t, func(t *testing.T, broker *brokertest.Broker) {
		s, all := newFixture(t, broker, 2), sortedMarket(5, 20)
		s.produce(all)
		dead, err := stream.Dial(t.Context(), stream.Options{Brokers: broker.Addresses, ClientID: "dead"})
		if err != nil {
			t.Fatal(err)
		}
		producer, err := dead.OpenTransactional(t.Context(), s.appID+"-0", 10*time.Minute)
		if err != nil {
			t.Fatal(err)
		}
		at := []stream.Position{{TopicPartition: stream.TopicPartition{Topic: s.topics.Inputs[0]}, Offset: 1}}
		_, err = producer.Commit(t.Context(), stream.Commit{
			Groups: []stream.GroupOffsets{{Group: s.appID, Offsets: at}},
			Confirm: func(context.Context) error {
				dead.Close()
				return errCut
			},
		})
		if !errors.Is(err, errCut) {
			t.Fatalf("commit of a process that is killed: %v", err)
		}
		w := s.work(broker, 0)
		s.awaitRead()
		w.stop()
		checkNumbers(t, s.alerts())
	})
}
