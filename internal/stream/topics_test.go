package stream

import (
	"context"
	"errors"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"

	"sellerpulse/test/brokertest"
)

func TestTopicsAreCreatedOnceAndDescribed(t *testing.T) {
	brokertest.Each(t, func(t *testing.T, broker *brokertest.Broker) {
		client := dial(t, broker)
		specs := []TopicSpec{
			{Name: broker.Prefix + "a", Partitions: 3, ReplicationFactor: 1, Config: map[string]string{"message.timestamp.type": "LogAppendTime"}},
			{Name: broker.Prefix + "b", Partitions: 1, ReplicationFactor: 1, Config: map[string]string{"cleanup.policy": "compact"}},
		}
		for range 2 {
			if err := client.CreateTopics(t.Context(), specs); err != nil {
				t.Fatal(err)
			}
		}
		topics, err := client.Topics(t.Context(), []string{specs[0].Name, specs[1].Name, broker.Prefix + "none"})
		if err != nil {
			t.Fatal(err)
		}
		a, b := topics[specs[0].Name], topics[specs[1].Name]
		if len(topics) != 2 || a.Partitions != 3 || a.ReplicationFactor != 1 || b.Partitions != 1 ||
			a.Config["message.timestamp.type"] != "LogAppendTime" || b.Config["cleanup.policy"] != "compact" || a.Config["cleanup.policy"] != "delete" {
			t.Fatalf("topics %+v", topics)
		}
	})
}

// The embedded broker keeps the producer's timestamps whatever the topic says.
func TestRecordsOfALogThatTheBrokerStamps(t *testing.T) {
	broker := brokertest.Kafka(t)
	client := dial(t, broker)
	tp := TopicPartition{broker.Prefix + "a", 0}
	spec := TopicSpec{Name: tp.Topic, Partitions: 1, ReplicationFactor: 1, Config: map[string]string{"message.timestamp.type": "LogAppendTime"}}
	if err := client.CreateTopics(t.Context(), []TopicSpec{spec}); err != nil {
		t.Fatal(err)
	}
	before := time.Now().Add(-time.Minute).UnixMilli()
	if _, err := openIdempotent(t, client).Produce(t.Context(), []Output{output(tp, "old", "old too")}); err != nil {
		t.Fatal(err)
	}
	records, _ := readFrom(t, client, Position{TopicPartition: tp})
	if len(records) != 2 || records[0].Timestamp < before || records[1].Timestamp < before {
		t.Fatalf("records %+v", records)
	}
}

func TestTopicRefusedByPolicyNamesTheTopic(t *testing.T) {
	brokertest.Each(t, func(t *testing.T, broker *brokertest.Broker) {
		client := dial(t, broker)
		err := client.CreateTopics(t.Context(), []TopicSpec{{Name: broker.Prefix + "t", Partitions: 1, ReplicationFactor: 9}})
		var failure *TopicError
		if !errors.As(err, &failure) || failure.Topic != broker.Prefix+"t" {
			t.Fatalf("error %v", err)
		}
	})
}

func TestDialToNobody(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	silent := listener.Addr().String() // accepts and never answers
	defer listener.Close()
	started := time.Now()
	_, err = Dial(t.Context(), Options{Brokers: []string{silent}, DialTimeout: 300 * time.Millisecond})
	if !errors.Is(err, ErrUnreachable) || !strings.Contains(err.Error(), silent) || !strings.Contains(err.Error(), "--brokers") {
		t.Fatalf("error %v", err)
	}
	if took := time.Since(started); took > 30*time.Second {
		t.Fatalf("took %v", took)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Dial(ctx, Options{Brokers: []string{silent}}); !errors.Is(err, context.Canceled) {
		t.Fatalf("error %v", err)
	}
}

func TestRefusalsThatDoNotHealAreToldApart(t *testing.T) {
	broker, cluster := brokertest.EmbeddedCluster(t, kfake.SeedTopics(1, "t"))
	client := dial(t, broker)
	cluster.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.Fetch}, Err: kerr.TopicAuthorizationFailed})
	_, err := client.NewFetcher(FetchOptions{Positions: []Position{{TopicPartition: TopicPartition{"t", 0}}}}).Fetch(t.Context(), nil)
	var failure *TopicError
	if !errors.Is(err, ErrUnauthorized) || errors.Is(err, ErrUnreachable) || !errors.As(err, &failure) || failure.Topic != "t" {
		t.Fatalf("fetch: %v", err)
	}
	cluster.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.InitProducerID}, Err: kerr.TransactionalIDAuthorizationFailed, TopLevel: true})
	if _, err := client.OpenTransactional(t.Context(), "0", time.Minute); !errors.Is(err, ErrUnauthorized) {
		t.Fatalf("open: %v", err)
	}
	cluster.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.OffsetFetch}, Err: kerr.GroupAuthorizationFailed, Group: "g", TopLevel: true})
	if _, err := client.Offsets(t.Context(), "g", []TopicPartition{{"t", 0}}); !errors.Is(err, ErrUnauthorized) {
		t.Fatalf("offsets: %v", err)
	}
}

func TestClosedClient(t *testing.T) {
	client := dial(t, brokertest.Embedded(t))
	client.Close()
	if _, err := client.Topics(t.Context(), []string{"t"}); !errors.Is(err, ErrClosed) {
		t.Fatalf("error %v", err)
	}
}
