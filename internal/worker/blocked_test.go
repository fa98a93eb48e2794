package worker

import (
	"log/slog"
	"testing"
	"time"

	"sellerpulse/internal/stream"
	"sellerpulse/pkg/events"
	"sellerpulse/test/brokertest"
	"sellerpulse/test/enginetest"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/twmb/franz-go/pkg/kgo"
)

// What the log says of an input that is held back.
const (
	lineBlocked   = "input waits for a producer's open transaction: end that producer, or its transaction with kafka-transactions.sh; the broker aborts it after the producer's transaction.timeout.ms"
	lineUnblocked = "input goes on: the open transaction has ended"
)

// What lies behind an open transaction waits, which metrics and log tell; when it is committed all goes on.
func TestAnOpenTransactionHoldsInputBack(t *testing.T) {
	brokertest.Each(t, func(t *testing.T, broker *brokertest.Broker) {
		all := sortedMarket(9, 20)
		s := newFixture(t, broker, 1)
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
		log, metrics := enginetest.NewLines(), prometheus.NewRegistry()
		started := time.Now()
		w := s.workWith(broker, func(o *Options) {
			o.Logger, o.Registerer = slog.New(log), metrics
			o.Clock = func() time.Time { return longAgo().Add(20 * time.Since(started)) } // Ten seconds pass in half of one.
		})
		enginetest.Eventually(t, "the blockage is told", func() bool { return log.Of(lineBlocked) == 1 })
		if blocked := count(t, metrics, "sellerpulse_blocked_records", "topic", s.topics.Inputs[0]); blocked <= 1 {
			t.Errorf("%v records are blocked, want all of the topic", blocked)
		}
		if applied := count(t, metrics, "sellerpulse_events_total", "topic", events.Orders.String()); applied != 0 {
			t.Errorf("%v orders were applied from behind an open transaction", applied)
		}
		if blocked := w.worker.Status().Tasks()[0].Blocked; blocked <= 1 {
			t.Errorf("status: %d records are blocked, want all of the topic", blocked)
		}
		if err := client.EndTransaction(t.Context(), kgo.TryCommit); err != nil {
			t.Fatal(err)
		}
		orders := stream.TopicPartition{Topic: s.topics.Inputs[events.Orders]}
		enginetest.Eventually(t, "what was blocked can be read", func() bool { // The marker is written a moment after the commit.
			ends, err := s.client.Ends(t.Context(), []stream.TopicPartition{orders})
			return err == nil && ends[orders].LastStable > 1
		})
		s.awaitRead()
		enginetest.Eventually(t, "its end is told", func() bool { return log.Of(lineUnblocked) == 1 })
		w.stop()
		if log.Of(lineBlocked) != 1 {
			t.Errorf("told %d times", log.Of(lineBlocked))
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
