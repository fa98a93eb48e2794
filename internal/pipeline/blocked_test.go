package pipeline

import (
	"log/slog"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/twmb/franz-go/pkg/kgo"

	"sellerpulse/internal/stream"
	"sellerpulse/pkg/events"
	"sellerpulse/test/brokertest"
)

const (
	waits  = "input waits for a producer's open transaction: end that producer, or its transaction with kafka-transactions.sh; the broker aborts it after the producer's transaction.timeout.ms"
	goesOn = "input goes on: the open transaction has ended"
)

func TestALongBlockageIsToldOnceAndItsEnd(t *testing.T) {
	log := newLines()
	var b blockage
	start := time.UnixMilli(0)
	for _, step := range []struct {
		after        time.Duration
		from         int64
		waiting      int64
		waits, going int // lines said by then
	}{
		{0, 7, 0, 0, 0},
		{time.Second, 7, 5, 0, 0},
		{5 * time.Second, 12, 0, 0, 0}, // a transaction as any
		{6 * time.Second, 12, 5, 0, 0},
		{15 * time.Second, 20, 9, 0, 0}, // another one
		{24 * time.Second, 20, 9, 0, 0},
		{25 * time.Second, 20, 9, 1, 0},
		{60 * time.Second, 20, 99, 1, 0},
		{61 * time.Second, 120, 3, 1, 1}, // it ended, and another one is open
		{62 * time.Second, 130, 0, 1, 1},
	} {
		b.observe(slog.New(log), start.Add(step.after), step.from, step.waiting)
		if log.of(waits) != step.waits || log.of(goesOn) != step.going {
			t.Errorf("after %v: said %d and %d times, want %d and %d", step.after, log.of(waits), log.of(goesOn), step.waits, step.going)
		}
	}
}

// While a log is being caught up with, it is not what is open at its end that holds it back.
func TestOnlyWhatWasReadToTheLastStableOffsetIsBlocked(t *testing.T) {
	var q queue
	for _, step := range []struct{ next, lastStable, end, blocked int64 }{{10, 50, 60, 0}, {50, 50, 60, 10}, {60, 80, 90, 0}, {90, 90, 90, 0}} {
		if q.add(stream.Chunk{Next: step.next, LastStable: step.lastStable, End: step.end}, false); q.blocked != step.blocked {
			t.Errorf("read up to %d of %d: %d records are blocked, want %d", step.next, step.lastStable, q.blocked, step.blocked)
		}
	}
}

// What lies behind an open transaction waits, which metrics and log tell; when it is committed all goes on.
func TestAnOpenTransactionHoldsInputBack(t *testing.T) {
	brokertest.Each(t, func(t *testing.T, broker *brokertest.Broker) {
		all := sortedMarket(9, 20)
		s := newTestService(t, broker, 1)
		client, err := kgo.NewClient(kgo.SeedBrokers(broker.Addresses...), kgo.TransactionalID(broker.Prefix+"producer"), kgo.DefaultProduceTopic(s.topics.Inputs[0]))
		if err != nil {
			t.Fatal(err)
		}
		defer client.Close()
		if err := client.BeginTransaction(); err != nil {
			t.Fatal(err)
		}
		var encoder events.Encoder
		open := &kgo.Record{Key: []byte(all[0].SellerID), Value: encoder.AppendAvro(nil, &all[0])}
		if err := client.ProduceSync(t.Context(), open).FirstErr(); err != nil {
			t.Fatal(err)
		}
		s.produce(all[1:])
		log := newLines()
		started := time.Now()
		w := s.workWith(broker, func(o *Options) {
			o.Logger = slog.New(log)
			o.Clock = func() time.Time { return longAgo().Add(20 * time.Since(started)) } // Ten seconds pass in half of one.
		})
		eventually(t, "the blockage is told", func() bool { return log.of(waits) == 1 })
		if blocked := testutil.ToFloat64(w.service.options.Metrics.blocked.WithLabelValues(s.topics.Inputs[0], "0")); blocked <= 1 {
			t.Errorf("%v records are blocked, want all of the topic", blocked)
		}
		if applied := testutil.ToFloat64(w.service.options.Metrics.events[events.Orders]); applied != 0 {
			t.Errorf("%v orders were applied from behind an open transaction", applied)
		}
		if blocked := w.service.Status().Tasks()[0].Blocked; blocked <= 1 {
			t.Errorf("status: %d records are blocked, want all of the topic", blocked)
		}
		if err := client.EndTransaction(t.Context(), kgo.TryCommit); err != nil {
			t.Fatal(err)
		}
		orders := stream.TopicPartition{Topic: s.topics.Inputs[events.Orders]}
		eventually(t, "what was blocked can be read", func() bool { // The marker is written a moment after the commit.
			ends, err := s.client.Ends(t.Context(), []stream.TopicPartition{orders})
			return err == nil && ends[orders].LastStable > 1
		})
		s.awaitRead()
		eventually(t, "its end is told", func() bool { return log.of(goesOn) == 1 })
		w.stop()
		if log.of(waits) != 1 {
			t.Errorf("told %d times", log.of(waits))
		}
		one := market(t, broker, "one", 1, all)
		if err := one.run(t.Context(), t.TempDir(), nil); err != nil {
			t.Fatal(err)
		}
		// Windows may have moved on to today by then.
		if got, want := len(s.reports()), len(one.reports()); got != want {
			t.Errorf("%d sellers are reported, want %d", got, want)
		}
	})
}
