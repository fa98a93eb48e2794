package stream

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/segmentio/kafka-go"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"

	"sellerpulse/internal/brokertest"
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
