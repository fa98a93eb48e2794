package provision

import (
	"fmt"
	"log/slog"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"sellerpulse/internal/limits"
	"sellerpulse/internal/state"
	"sellerpulse/internal/stream"
	"sellerpulse/internal/task"
	"sellerpulse/internal/worker"
	"sellerpulse/pkg/events"
	"sellerpulse/pkg/rules"
	"sellerpulse/test/brokertest"
	"sellerpulse/test/enginetest"
)

// Whatever an input takes its dead letter takes too, else one message would stop a task for good.
func TestTheLargestMessageFitsTheDeadLetters(t *testing.T) {
	brokertest.Each(t, func(t *testing.T, broker *brokertest.Broker) {
		client, err := stream.Dial(t.Context(), stream.Options{Brokers: broker.Addresses})
		if err != nil {
			t.Fatal(err)
		}
		defer client.Close()
		topics := task.TopicsOf(broker.Prefix, "app")
		if _, err := Create(t.Context(), client, topics, Size{Partitions: 1, ReplicationFactor: 1}); err != nil {
			t.Fatal(err)
		}
		sent := []int{256<<10 + 1, 1 << 20, limits.InputMessage - 100} // A batch of one record adds some 75 bytes.
		sendLarge(t, broker, topics.Inputs[events.Orders], sent)
		runToEnd(t, client, topics, broker.Prefix+"app")
		if got := readSizes(t, client, topics.DeadLetters); fmt.Sprint(got) != fmt.Sprint(sent) {
			t.Errorf("dead letters of %v bytes, want %v", got, sent)
		}
	})
}

// sendLarge sends values of such sizes that do not compress.
func sendLarge(t *testing.T, broker *brokertest.Broker, topic string, sizes []int) {
	t.Helper()
	producer, err := kgo.NewClient(kgo.SeedBrokers(broker.Addresses...), kgo.ProducerBatchMaxBytes(2*limits.InputMessage), kgo.DefaultProduceTopic(topic))
	if err != nil {
		t.Fatal(err)
	}
	defer producer.Close()
	random := rand.NewChaCha8([32]byte{1})
	for _, size := range sizes {
		value := make([]byte, size)
		_, _ = random.Read(value) // It never fails.
		if err := producer.ProduceSync(t.Context(), &kgo.Record{Key: []byte("seller"), Value: value}).FirstErr(); err != nil {
			t.Fatalf("send %d bytes: %v", size, err)
		}
	}
}

// runToEnd runs the service until all is read.
func runToEnd(t *testing.T, client *stream.Client, topics task.Topics, appID string) {
	t.Helper()
	db, err := state.Open(state.Options{Directory: t.TempDir(), Owner: topics.Changelog})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }() // What it holds is not looked at.
	service, err := worker.New(t.Context(), worker.Options{Options: task.Options{
		Client: client, State: db, Topics: topics, AppID: appID, Rules: rules.BuiltIn(), Zone: time.UTC, RetentionDays: 120, UntilEnd: true, AsOf: events.None,
		Logger: slog.New(slog.NewTextHandler(t.Output(), nil)),
	}})
	if err != nil {
		t.Fatal(err)
	}
	if err := service.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// readSizes lists the sizes of the values of a topic's first partition.
func readSizes(t *testing.T, client *stream.Client, topic string) (sizes []int) {
	t.Helper()
	for _, r := range enginetest.Records(t, client, stream.TopicPartition{Topic: topic}) {
		sizes = append(sizes, len(r.Value))
	}
	return sizes
}
