package worker

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"
	"golang.org/x/sync/errgroup"

	"sellerpulse/internal/engine"
	"sellerpulse/internal/panics"
	"sellerpulse/internal/state"
	"sellerpulse/internal/stream"
	"sellerpulse/internal/task"
	"sellerpulse/pkg/events"
	"sellerpulse/pkg/outputs"
	"sellerpulse/test/brokertest"
	"sellerpulse/test/enginetest"
)

// Log lines of what fails.
const (
	lineFailed    = "task failed: trying again slowly, all other partitions go on"
	lineRecovered = "task recovered"
)

// poison is a record that breaks whoever applies it, until it is cured.
type poison struct {
	stream.Position
	cured atomic.Bool
}

// poisonOf picks the record in the middle of the orders of a partition.
func (s *fixture) poisonOf(partition int32) *poison {
	s.t.Helper()
	tp := stream.TopicPartition{Topic: s.topics.Inputs[events.Orders], Partition: partition}
	ends, err := s.client.Ends(s.t.Context(), []stream.TopicPartition{tp})
	if err != nil {
		s.t.Fatal(err)
	}
	p := &poison{Position: stream.Position{TopicPartition: tp, Offset: ends[tp].LastStable / 2}}
	if p.Offset < 10 {
		s.t.Fatalf("only %d orders in partition %d", ends[tp].LastStable, partition)
	}
	return p
}

// at is the place as it is told.
func (p *poison) at() string { return fmt.Sprintf("%s/%d@%d", p.Topic, p.Partition, p.Offset) }

// administer is the options of a service that it is given to.
func (p *poison) administer(o *Options) {
	o.slowest = 20 * time.Millisecond
	o.Hooks.OnApply = func(partition int32, r *engine.Record) {
		if !p.cured.Load() && partition == p.Partition && r.Topic == events.Orders && r.Offset == p.Offset {
			panic("poison")
		}
	}
}

// failureIn is why a partition has failed; nil if it has not.
func (w *member) failureIn(partition int32) *task.Failure {
	for _, t := range w.worker.Status().Tasks() {
		if t.Partition == partition && t.Phase == task.Failed {
			return t.Failure
		}
	}
	return nil
}

// awaitFailure waits until a partition has failed more than once.
func (w *member) awaitFailure(partition int32) (f *task.Failure) {
	w.t.Helper()
	enginetest.Eventually(w.t, fmt.Sprintf("partition %d has failed and was tried again", partition), func() bool {
		f = w.failureIn(partition)
		return f != nil && f.Tries >= 2
	})
	return f
}

// awaitReadBut waits until the group has committed all there is but of one partition, and gives what it has committed of that one's orders.
func (s *fixture) awaitReadBut(partition int32) int64 {
	s.t.Helper()
	var all []stream.TopicPartition
	for p := range s.partitions {
		if p != partition {
			all = append(all, s.topics.InputPartitions(p)...)
		}
	}
	ends, err := s.client.Ends(s.t.Context(), all)
	if err != nil {
		s.t.Fatal(err)
	}
	held := s.topics.InputPartitions(partition)[events.Orders]
	var committed map[stream.TopicPartition]stream.Committed
	enginetest.Eventually(s.t, fmt.Sprintf("all but partition %d is read", partition), func() bool {
		committed, err = s.client.Offsets(s.t.Context(), s.appID, append(slices.Clone(all), held))
		return err == nil && !slices.ContainsFunc(all, func(tp stream.TopicPartition) bool { return max(committed[tp].Offset, 0) < ends[tp].LastStable })
	})
	return committed[held].Offset
}

// sortedAlerts is all alerts of sellers of some partitions.
func (s *fixture) sortedAlerts(of func(partition int32) bool) []string {
	s.t.Helper()
	texts := enginetest.AlertTexts(slices.DeleteFunc(s.alerts(), func(a outputs.Alert) bool { return !of(stream.PartitionFor([]byte(a.SellerID), s.partitions)) }))
	for i := range texts {
		texts[i] = strings.ReplaceAll(texts[i], strings.TrimSuffix(s.appID, "app"), "")
	}
	slices.Sort(texts)
	return texts
}

func anyPartition(int32) bool { return true }

// moreOrders is an order of a new seller of each partition, with a breach by its cancellation.
func moreOrders(at events.Millis, partitions int32) (all []events.Event) {
	for p := range partitions {
		seller := ""
		for i := 0; seller == "" || stream.PartitionFor([]byte(seller), partitions) != p; i++ {
			seller = fmt.Sprintf("more %d", i)
		}
		order := events.Event{
			Topic: events.Orders, Kind: events.OrderPlaced, EventID: "more", OccurredAt: at, SellerID: seller, OrderID: "1", OrderDate: at, Channel: events.MFN,
			ShipBy: events.None, DeliverBy: events.None,
		}
		cancelled := events.Event{
			Topic: events.Orders, Kind: events.OrderCancelled, EventID: "cancelled", OccurredAt: at + 1, SellerID: seller, OrderID: "1",
			CancelledBy: events.Seller, Reason: events.OutOfStock,
		}
		all = append(all, order, cancelled) // In one topic, so that it is known which comes first.
	}
	return all
}

// A record that breaks whoever applies it stops its own partition, right before it, with one line in the log; all others go on, also with
// another process that takes over. When it is cured the partition goes on, and nothing is lost or doubled.
func TestAPartitionFailsAlone(t *testing.T) {
	all := sortedMarket(21, 40)
	more := moreOrders(all[len(all)-1].OccurredAt+1, 3)
	brokertest.Each(t, func(t *testing.T, broker *brokertest.Broker) {
		s := market(t, broker, "s", 3, all)
		p := s.poisonOf(1)
		log := enginetest.NewLines()
		first := s.workWith(broker, func(o *Options) {
			o.Clock, o.Logger = longAgo, slog.New(log)
			p.administer(o)
		})
		f := first.awaitFailure(1)
		if panicked, ok := errors.AsType[*panics.Error](f); !ok || panicked.Value != "poison" || f.At != p.at() || !strings.Contains(f.Remedy, "--skip "+p.at()) || f.Standby {
			t.Errorf("failure %v of a standby %v, want the panic at %s and the remedy", f, f.Standby, p.at())
		}
		enginetest.Eventually(t, "it stands right before the record", func() bool { return s.awaitReadBut(1) == p.Offset })
		metrics := first.worker.metrics
		if owned := testutil.ToFloat64(metrics.broken.WithLabelValues("owner")); owned != 1 || testutil.ToFloat64(metrics.failures.WithLabelValues("1")) < 2 || first.worker.Status().Ready() {
			t.Errorf("%v failed partitions, ready: %v", owned, first.worker.Status().Ready())
		}
		s.produce(more)
		s.awaitReadBut(1)
		if told := log.Of(lineFailed); told != 1 {
			t.Errorf("the failure was told %d times", told)
		}

		secondLog := enginetest.NewLines()
		second := s.workWith(broker, func(o *Options) {
			o.Clock, o.Logger = longAgo, slog.New(secondLog)
			p.administer(o)
		})
		enginetest.Eventually(t, "the second process has a partition", func() bool { return second.worker.Status().Ready() || second.failureIn(1) != nil })
		first.stop()
		if second.awaitFailure(1).At != p.at() || s.awaitReadBut(1) != p.Offset {
			t.Error("the second process does not stand where the first did")
		}
		p.cured.Store(true)
		s.awaitRead()
		enginetest.Eventually(t, "it is ready", func() bool { return second.worker.Status().Ready() })
		second.stop()
		if secondLog.Of(lineRecovered) != 1 {
			t.Errorf("the recovery was told %d times", secondLog.Of(lineRecovered))
		}
		one := market(t, broker, "one", 3, append(slices.Clone(all), more...))
		if err := one.run(t.Context(), t.TempDir(), nil); err != nil {
			t.Fatal(err)
		}
		alerts := s.sortedAlerts(anyPartition)
		enginetest.CompareLists(t, "alerts", alerts, one.sortedAlerts(anyPartition))
		enginetest.CompareLists(t, "reports", s.reportTexts(), one.reportTexts())
		if breaches := len(slices.DeleteFunc(alerts, func(text string) bool { return !strings.HasPrefix(text, "more ") })); breaches < 3 {
			t.Errorf("%d breaches of what was sent while the partition had failed, want one a partition", breaches)
		}
	})
}

// A bounded run finishes all that it can, and then says what it could not, alone and in a group. With the record passed over it ends well.
func TestABoundedRunSaysWhatFailed(t *testing.T) {
	all := sortedMarket(22, 40)
	brokertest.Each(t, func(t *testing.T, broker *brokertest.Broker) {
		one := market(t, broker, "one", 3, all)
		if err := one.run(t.Context(), t.TempDir(), nil); err != nil {
			t.Fatal(err)
		}
		s := market(t, broker, "s", 3, all)
		p := s.poisonOf(1)
		check := func(err error) {
			t.Helper()
			failed, ok := errors.AsType[*FailedError](err)
			if !ok || !slices.Equal(failed.Partitions, []int32{1}) || strings.Contains(err.Error(), "\n") {
				t.Fatalf("error %v, want one line about partition 1", err)
			}
			for _, part := range []string{"partition 1 failed: cannot pass " + p.at() + ": panic: poison", "--skip " + p.at()} {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("error %q lacks %q", err, part)
				}
			}
		}
		check(s.run(t.Context(), t.TempDir(), p.administer))
		other := func(partition int32) bool { return partition != 1 }
		enginetest.CompareLists(t, "alerts of the others", s.sortedAlerts(other), one.sortedAlerts(other))
		if at := s.awaitReadBut(1); at != p.Offset {
			t.Errorf("partition 1 stands at %d, want %d", at, p.Offset)
		}

		group := market(t, broker, "group", 3, all)
		p = group.poisonOf(1)
		errs := make([]error, 2)
		var both errgroup.Group
		for i := range errs {
			directory := t.TempDir()
			both.Go(func() error {
				errs[i] = group.run(t.Context(), directory, p.administer)
				return nil
			})
		}
		_ = both.Wait() // It is the errors of the runs that count.
		check(errs[0])  // Who goes leaves the partition to the other.
		check(errs[1])
		enginetest.CompareLists(t, "alerts of the others in a group", group.sortedAlerts(other), one.sortedAlerts(other))

		log := enginetest.NewLines()
		err := group.run(t.Context(), t.TempDir(), func(o *Options) {
			p.administer(o)
			hook := o.Hooks.OnApply
			o.Hooks.OnApply = func(partition int32, r *engine.Record) {
				if r.Err == nil {
					hook(partition, r)
				}
			}
			o.Logger = slog.New(log)
			o.Skip = []stream.Position{p.Position, {TopicPartition: p.TopicPartition, Offset: 0}} // The second has been passed already.
		})
		if err != nil || log.Of("record was passed over, and is among the dead letters") != 1 {
			t.Errorf("error %v, passing over was told %d times", err, log.Of("record was passed over, and is among the dead letters"))
		}
		if got, want := group.reasons(), one.reasons(); got[events.Skipped] != 1 || len(group.records(group.topics.DeadLetters, 1)) <= len(one.records(one.topics.DeadLetters, 1)) {
			t.Errorf("dead letters %v, want one more than %v", got, want)
		}
		enginetest.CompareLists(t, "alerts of the others in the end", group.sortedAlerts(other), one.sortedAlerts(other))
	})
}

// A row of the local state that cannot be read stops its partition, and says what to do; which heals it.
func TestAnUnreadableRowIsThePartitions(t *testing.T) {
	all := sortedMarket(23, 40)
	brokertest.Each(t, func(t *testing.T, broker *brokertest.Broker) {
		s := market(t, broker, "s", 2, all[:len(all)/2])
		directory := t.TempDir()
		if err := s.run(t.Context(), directory, nil); err != nil {
			t.Fatal(err)
		}
		s.spoil(directory, 1)
		s.produce(all[len(all)/2:])
		err := s.run(t.Context(), directory, func(o *Options) { o.slowest = time.Millisecond })
		failed, ok := errors.AsType[*FailedError](err)
		if !ok || !slices.Equal(failed.Partitions, []int32{1}) || !errors.Is(err, state.ErrMalformed) || !strings.Contains(err.Error(), "processor verify") {
			t.Fatalf("error %v, want that partition 1 cannot be read, and the remedy", err)
		}
		if err := s.run(t.Context(), t.TempDir(), nil); err != nil { // As the remedy says.
			t.Fatal(err)
		}
		one := market(t, broker, "one", 2, all)
		if err := one.run(t.Context(), t.TempDir(), nil); err != nil {
			t.Fatal(err)
		}
		enginetest.CompareLists(t, "output", s.output(), one.output())
	})
}

// spoil makes all order rows of a partition unreadable.
func (s *fixture) spoil(directory string, partition int32) {
	s.t.Helper()
	db := s.openState(directory)
	p, err := db.Partition(partition)
	if err != nil {
		s.t.Fatal(err)
	}
	spoilt := 0
	err = p.Scan([]byte{'o'}, []byte{'p'}, func(key, value []byte) (bool, error) {
		if len(value) > 0 {
			p.Put(slices.Clone(key), []byte{99})
			spoilt++
		}
		return true, nil
	})
	err = errors.Join(err, p.Checkpoint(state.Saved{Position: p.Position(), At: p.SavedAt()}), p.Close(), db.Close())
	if err != nil || spoilt == 0 {
		s.t.Fatalf("%d rows spoilt, error %v", spoilt, err)
	}
}

// A commit that a topic refuses for the size of what is in it is its partition's, with the one record that is to blame; the transaction is
// not left open for others to wait behind. When the topic takes it the partition goes on.
func TestARefusedSizeIsThePartitions(t *testing.T) {
	all := sortedMarket(24, 40)
	brokertest.Each(t, func(t *testing.T, broker *brokertest.Broker) {
		s := market(t, broker, "s", 2, nil)
		w := s.workWith(broker, func(o *Options) { o.Clock, o.slowest = longAgo, 20*time.Millisecond })
		s.produce(all[:len(all)/2])
		s.awaitRead()
		s.alterTopic(broker, s.topics.DeadLetters, "max.message.bytes", "20000")
		seller := sellerOf(1)
		large := sent{topic: events.Claims, partition: 1, Message: stream.Message{Key: []byte(seller), Value: enginetest.Noise(100_000), Timestamp: marketStart}}
		bad := []sent{large}
		s.send(bad)
		s.produce(all[len(all)/2:])
		f := w.awaitFailure(1)
		want := fmt.Sprintf("%s/1@%d", s.topics.Inputs[events.Claims], bad[0].offset)
		enginetest.Eventually(t, "the record is found", func() bool { f = w.failureIn(1); return f != nil && f.At == want })
		if !strings.Contains(f.Error(), "max.message.bytes") || !strings.Contains(f.Error(), "--skip "+want) || !strings.Contains(f.Error(), s.topics.DeadLetters) {
			t.Errorf("failure %q, want the topic, the setting and the record to pass over", f)
		}
		s.awaitReadBut(1)
		s.alterTopic(broker, s.topics.DeadLetters, "max.message.bytes", "4194304")
		s.awaitRead()
		w.stop()
		one := market(t, broker, "one", 2, all)
		if err := one.run(t.Context(), t.TempDir(), nil); err != nil {
			t.Fatal(err)
		}
		enginetest.CompareLists(t, "reports", s.reportTexts(), one.reportTexts())
		checkNumbers(t, s.alerts())
		if letters, values := s.headersOfSource(events.Claims, 1, bad[0].offset); len(letters) != 1 || !bytes.Equal(values[0], large.Value) {
			t.Errorf("%d dead letters of the record, want 1", len(letters))
		}
	})
}
