package brokertest_test

import (
	"errors"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/cenkalti/backoff/v5"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"sellerpulse/test/brokertest"
)

func TestEachHoldsRecords(t *testing.T) {
	brokertest.Each(t, func(t *testing.T, broker *brokertest.Broker) {
		topic := broker.Prefix + "orders"
		create(t, broker, topic, 1)
		produce(t, broker, topic, "S1")
		if got := first(t, broker, topic); got != "S1" {
			t.Errorf("consumed %q, want %q", got, "S1")
		}
	})
}

func TestEachCreatesNoTopicByUse(t *testing.T) {
	brokertest.Each(t, func(t *testing.T, broker *brokertest.Broker) {
		client := connect(t, broker, kgo.UnknownTopicRetries(0))
		err := client.ProduceSync(t.Context(), &kgo.Record{Topic: broker.Prefix + "none"}).FirstErr()
		if !errors.Is(err, kerr.UnknownTopicOrPartition) {
			t.Errorf("produce to a topic not created: %v, want %v", err, kerr.UnknownTopicOrPartition)
		}
	})
}

func TestTopicsAreGoneAfterTheTest(t *testing.T) {
	var topic string
	t.Run("creates", func(t *testing.T) {
		broker := brokertest.Kafka(t)
		topic = broker.Prefix + "orders"
		create(t, broker, topic, 3)
		await(t, broker, topic, true)
	})
	await(t, brokertest.Kafka(t), topic, false)
}

func TestPrefixes(t *testing.T) {
	first, second := brokertest.Embedded(t), brokertest.Embedded(t)
	if first.Prefix == second.Prefix {
		t.Errorf("two brokers have the prefix %s", first.Prefix)
	}
	if want := "testprefixes-"; !strings.HasPrefix(first.Prefix, want) {
		t.Errorf("prefix %s does not begin with %s", first.Prefix, want)
	}
}

func TestKillAndRestart(t *testing.T) {
	broker, nodes := brokertest.Cluster(t, 1, nil)
	topic := broker.Prefix + "orders"
	create(t, broker, topic, 1)
	produce(t, broker, topic, "before")
	nodes.Kill(0)
	if connection, err := net.Dial("tcp", broker.Addresses[0]); err == nil {
		t.Errorf("%s answers after the kill", connection.RemoteAddr())
	}
	if err := nodes.Restart(t.Context(), 0); err != nil {
		t.Fatal(err)
	}
	produce(t, broker, topic, "after")
	if got := first(t, broker, topic); got != "before" {
		t.Errorf("the first record is %q, want %q", got, "before")
	}
}

func TestClusterSurvivesANode(t *testing.T) {
	if testing.Short() {
		t.Skip("skipped: starts three nodes, and -short is set")
	}
	broker, nodes := brokertest.Cluster(t, 3, nil)
	topic := broker.Prefix + "orders"
	create(t, broker, topic, 3)
	produce(t, broker, topic, "before")
	nodes.Kill(1)
	produce(t, broker, topic, "between")
	if err := nodes.Restart(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	nodes.Stop(0)
	produce(t, broker, topic, "after")
}

func connect(t *testing.T, broker *brokertest.Broker, options ...kgo.Opt) *kgo.Client {
	t.Helper()
	client, err := kgo.NewClient(append([]kgo.Opt{kgo.SeedBrokers(broker.Addresses...)}, options...)...)
	if err != nil {
		t.Fatalf("make client: %v", err)
	}
	t.Cleanup(client.Close)
	return client
}

func create(t *testing.T, broker *brokertest.Broker, topic string, partitions int32) {
	t.Helper()
	request := kmsg.NewPtrCreateTopicsRequest()
	request.TimeoutMillis = 30_000
	requested := kmsg.NewCreateTopicsRequestTopic()
	requested.Topic, requested.NumPartitions, requested.ReplicationFactor = topic, partitions, -1
	request.Topics = append(request.Topics, requested)
	response, err := request.RequestWith(t.Context(), connect(t, broker))
	if err != nil {
		t.Fatalf("create topic %s: %v", topic, err)
	}
	if err := kerr.ErrorForCode(response.Topics[0].ErrorCode); err != nil {
		t.Fatalf("create topic %s: %v", topic, err)
	}
}

func exists(t *testing.T, broker *brokertest.Broker, topic string) bool {
	t.Helper()
	request := kmsg.NewPtrMetadataRequest()
	response, err := request.RequestWith(t.Context(), connect(t, broker))
	if err != nil {
		t.Fatalf("list topics: %v", err)
	}
	for _, listed := range response.Topics {
		if *listed.Topic == topic {
			return true
		}
	}
	return false
}

// await returns when the broker has the topic, or has it no longer: it learns of either a little after the controller.
func await(t *testing.T, broker *brokertest.Broker, topic string, want bool) {
	t.Helper()
	_, err := backoff.Retry(t.Context(), func() (struct{}, error) {
		if exists(t, broker, topic) != want {
			return struct{}{}, fmt.Errorf("topic %s exists: %t, want %t", topic, !want, want)
		}
		return struct{}{}, nil
	}, backoff.WithMaxElapsedTime(30*time.Second))
	if err != nil {
		t.Fatal(err)
	}
}

func produce(t *testing.T, broker *brokertest.Broker, topic, value string) {
	t.Helper()
	client := connect(t, broker, kgo.RecordPartitioner(kgo.ManualPartitioner()))
	record := &kgo.Record{Topic: topic, Value: []byte(value)}
	if err := client.ProduceSync(t.Context(), record).FirstErr(); err != nil {
		t.Fatalf("produce %s: %v", value, err)
	}
}

// first is the value of the first record of partition 0.
func first(t *testing.T, broker *brokertest.Broker, topic string) string {
	t.Helper()
	client := connect(t, broker, kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{
		topic: {0: kgo.NewOffset().AtStart()},
	}))
	fetches := client.PollFetches(t.Context())
	if err := fetches.Err(); err != nil {
		t.Fatalf("consume %s: %v", topic, err)
	}
	return string(fetches.Records()[0].Value)
}
