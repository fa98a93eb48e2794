package stream

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/segmentio/kafka-go"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"

	"sellerpulse/test/brokertest"
)

func TestProduceSplitsIntoBatchesAndKeepsTheOrder(t *testing.T) {
	brokertest.Each(t, func(t *testing.T, broker *brokertest.Broker) {
		client := dial(t, broker)
		a, b := TopicPartition{broker.Prefix + "t", 0}, TopicPartition{broker.Prefix + "t", 1}
		createTopic(t, client, a.Topic, 2)
		producer := openIdempotent(t, client)
		var values []string
		for _, number := range numbered("", 1000) {
			values = append(values, number+strings.Repeat("x", 500)) // five batches of 100,000 bytes at most
		}
		for round := range 2 {
			result, err := producer.Produce(t.Context(), []Output{output(a, values...), output(b, "b"), output(a, "last")})
			if err != nil {
				t.Fatal(err)
			}
			if first := int64(1001 * round); result.First[a] != first || result.Next[a] != first+1001 || result.Next[b] != int64(round+1) {
				t.Fatalf("round %d: %+v", round, result)
			}
		}
		want := append(slices.Clone(values), "last")
		if got := readAll(t, client, a); !slices.Equal(got, append(want, want...)) {
			t.Fatalf("%d values read, not those written in order", len(got))
		}
	})
}

func TestProduceWritesOnceThoughAnswersAreLost(t *testing.T) {
	broker, cluster := brokertest.EmbeddedCluster(t, kfake.SeedTopics(1, "t"))
	client, tp := dial(t, broker), TopicPartition{"t", 0}
	producer := openIdempotent(t, client)
	// The broker appends and answers REQUEST_TIMED_OUT.
	fault := cluster.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.Produce}, Err: kerr.RequestTimedOut, Count: 2})
	for _, value := range []string{"a", "b"} {
		if _, err := producer.Produce(t.Context(), []Output{output(tp, value)}); err != nil {
			t.Fatal(err)
		}
	}
	if got := readAll(t, client, tp); !slices.Equal(got, []string{"a", "b"}) || fault.Hits() != 2 {
		t.Fatalf("read %q after %d faults", got, fault.Hits())
	}
}

func TestATooLargeMessageIsRefusedWithTheRemedy(t *testing.T) {
	brokertest.Each(t, func(t *testing.T, broker *brokertest.Broker) {
		client := dial(t, broker)
		tp := TopicPartition{broker.Prefix + "t", 0}
		createTopic(t, client, tp.Topic, 1)
		producer := openIdempotent(t, client)
		_, err := producer.Produce(t.Context(), []Output{output(tp, strings.Repeat("x", 2_000_000))})
		if !errors.Is(err, kafka.MessageSizeTooLarge) || !strings.Contains(err.Error(), "max.message.bytes") {
			t.Fatalf("error %v", err)
		}
		if _, again := producer.Produce(t.Context(), []Output{output(tp, "x")}); again == nil {
			t.Fatal("the spent producer went on")
		}
	})
}

// Each log has the time of its own leader: none is told of one that keeps its producer's times, whatever the others of the transaction have.
func TestTheTimeOfAppendingIsEachLogsOwn(t *testing.T) {
	broker := brokertest.Kafka(t)
	client := dial(t, broker)
	stamped, kept := TopicPartition{broker.Prefix + "stamped", 0}, TopicPartition{broker.Prefix + "kept", 0}
	createTopic(t, client, kept.Topic, 1)
	err := client.CreateTopics(t.Context(), []TopicSpec{{
		Name: stamped.Topic, Partitions: 1, ReplicationFactor: 1, Config: map[string]string{"message.timestamp.type": "LogAppendTime"},
	}})
	if err != nil {
		t.Fatal(err)
	}
	result, err := open(t, client, broker.Prefix+"0").Commit(t.Context(), Commit{Outputs: []Output{output(kept, "a"), output(stamped, "b")}})
	if err != nil {
		t.Fatal(err)
	}
	const written = 1_700_000_000_000 // by the test's messages
	if at, ok := result.AppendedAt[kept]; ok || result.AppendedAt[stamped] <= written+1_000 {
		t.Errorf("appended at %v: kept %d", result.AppendedAt, at)
	}
}

func TestTimesOfSeveralLeadersDoNotMix(t *testing.T) {
	slow, fast, kept := TopicPartition{"slow", 0}, TopicPartition{"fast", 0}, TopicPartition{"kept", 0}
	p := &Producer{}
	for _, log := range []TopicPartition{slow, fast, kept} {
		p.pending = append(p.pending, pendingLog{TopicPartition: log, batches: []span{{count: 1}}})
	}
	result := newResult(3)
	p.acknowledge([]placed{{offset: 7, at: 1_000}, {offset: 8, at: 9_000}, {offset: 9, at: -1}}, &result)
	if want := map[TopicPartition]int64{slow: 1_000, fast: 9_000}; !maps.Equal(result.AppendedAt, want) || len(p.pending) > 0 {
		t.Errorf("appended at %v, want %v; %d pending", result.AppendedAt, want, len(p.pending))
	}
}
