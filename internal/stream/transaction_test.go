package stream

import (
	"context"
	"errors"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/segmentio/kafka-go"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"

	"sellerpulse/test/brokertest"
)

func TestCommitMakesOutputsAndOffsetsTrueTogether(t *testing.T) {
	brokertest.Each(t, func(t *testing.T, broker *brokertest.Broker) {
		client := dial(t, broker)
		in, out := TopicPartition{broker.Prefix + "in", 1}, TopicPartition{broker.Prefix + "out", 0}
		createTopic(t, client, in.Topic, 2)
		createTopic(t, client, out.Topic, 1)
		producer := open(t, client, broker.Prefix+"0")
		var next int64
		for round := range 5 {
			offset := int64(10 * (round + 1))
			result, err := producer.Commit(t.Context(), Commit{
				Groups:  []GroupOffsets{{broker.Prefix + "group", []Position{{in, offset}}, "round"}, {broker.Prefix + "other", []Position{{out, offset}}, ""}},
				Outputs: []Output{output(out, "a", "b"), output(in, "c")},
			})
			if err != nil {
				t.Fatal(err)
			}
			if result.First[out] < next || result.Next[out] != result.First[out]+2 {
				t.Fatalf("round %d: offsets %+v after %d", round, result, next)
			}
			next = result.Next[out]
			offsets, err := client.Offsets(t.Context(), broker.Prefix+"group", []TopicPartition{in, out})
			if err != nil {
				t.Fatal(err)
			}
			if offsets[in] != (Committed{offset, "round"}) || offsets[out] != (Committed{Offset: -1}) {
				t.Fatalf("round %d: committed offsets %v", round, offsets)
			}
			if offsets, err = client.Offsets(t.Context(), broker.Prefix+"other", []TopicPartition{out}); err != nil || offsets[out] != (Committed{Offset: offset}) {
				t.Fatalf("round %d: committed offsets of another group %v, error %v", round, offsets, err)
			}
		}
		want := []string{"a", "b", "a", "b", "a", "b", "a", "b", "a", "b"}
		if got := readAll(t, client, out); !slices.Equal(got, want) {
			t.Fatalf("read %q, want %q", got, want)
		}
	})
}

func TestCommitOfNothingIsNothing(t *testing.T) {
	broker, cluster := brokertest.EmbeddedCluster(t)
	client := dial(t, broker)
	producer := open(t, client, "0")
	seen := cluster.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.EndTxn, kmsg.AddPartitionsToTxn}, Count: -1, Observe: true})
	if _, err := producer.Commit(t.Context(), Commit{Outputs: []Output{{TopicPartition: TopicPartition{"none", 0}}}}); err != nil {
		t.Fatal(err)
	}
	if seen.Hits() != 0 {
		t.Fatalf("%d requests for an empty transaction", seen.Hits())
	}
}

// abandon leaves a transaction open that has appended the values, as a process does that dies before it ends it.
func abandon(t *testing.T, producer *Producer, commit Commit) {
	t.Helper()
	if err := producer.addPartitions(t.Context(), logsOf(commit.Outputs)); err != nil {
		t.Fatal(err)
	}
	if _, err := producer.fill(t.Context(), commit); err != nil {
		t.Fatal(err)
	}
}

func TestOpenAbortsWhatTheEarlierOwnerLeftOpen(t *testing.T) {
	brokertest.Each(t, func(t *testing.T, broker *brokertest.Broker) {
		client := dial(t, broker)
		tp, id, group := TopicPartition{broker.Prefix + "out", 0}, broker.Prefix+"0", broker.Prefix+"group"
		createTopic(t, client, tp.Topic, 1)
		commit := func(producer *Producer, value string, offset int64) {
			t.Helper()
			if _, err := producer.Commit(t.Context(), Commit{
				Groups: []GroupOffsets{{group, []Position{{tp, offset}}, ""}}, Outputs: []Output{output(tp, value)},
			}); err != nil {
				t.Fatal(err)
			}
		}
		first := open(t, client, id)
		commit(first, "kept 1", 1)
		abandon(t, first, Commit{Groups: []GroupOffsets{{group, []Position{{tp, 99}}, ""}}, Outputs: []Output{output(tp, numbered("lost ", 3)...)}})
		second := open(t, client, id)
		offsets, err := client.Offsets(t.Context(), group, []TopicPartition{tp})
		if err != nil || offsets[tp].Offset != 1 {
			t.Fatalf("offsets %v, error %v; want 1", offsets, err)
		}
		commit(second, "kept 2", 2)
		if got, want := readAll(t, client, tp), []string{"kept 1", "kept 2"}; !slices.Equal(got, want) {
			t.Fatalf("read %q, want %q", got, want)
		}
		if _, next := readFrom(t, client, Position{TopicPartition: tp}); next != 8 { // 5 records and 3 markers
			t.Fatalf("position %d after the last marker, want 8", next)
		}

		_, err = first.Commit(t.Context(), Commit{Outputs: []Output{output(tp, "too late")}})
		if !errors.Is(err, ErrFenced) {
			t.Fatalf("commit of the fenced producer: %v", err)
		}
		_, again := first.Commit(t.Context(), Commit{})
		if !errors.Is(again, ErrFenced) || again.Error() != err.Error() {
			t.Fatalf("a spent producer answers %v, want %v", again, err)
		}
	})
}

func TestReadCommittedStopsBeforeAnOpenTransaction(t *testing.T) {
	brokertest.Each(t, func(t *testing.T, broker *brokertest.Broker) {
		client := dial(t, broker)
		tp := TopicPartition{broker.Prefix + "out", 0}
		createTopic(t, client, tp.Topic, 1)
		abandon(t, open(t, client, broker.Prefix+"0"), Commit{Outputs: []Output{output(tp, "open")}})
		if _, err := openIdempotent(t, client).Produce(t.Context(), []Output{output(tp, "after")}); err != nil {
			t.Fatal(err)
		}
		fetcher := client.NewFetcher(FetchOptions{Positions: []Position{{TopicPartition: tp}}, MaxWait: 10 * time.Millisecond})
		chunks, err := fetcher.Fetch(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		if len(chunks) != 1 || len(chunks[0].Records) != 0 || chunks[0].Next != 0 || chunks[0].LastStable != 0 {
			t.Fatalf("chunks before the transaction ended: %+v", chunks)
		}
		open(t, client, broker.Prefix+"0")
		if got := readAll(t, client, tp); !slices.Equal(got, []string{"after"}) {
			t.Fatalf("read %q after the abort", got)
		}
	})
}

func TestTransactionsOfSeveralProducersInterleave(t *testing.T) {
	brokertest.Each(t, func(t *testing.T, broker *brokertest.Broker) {
		client := dial(t, broker)
		tp := TopicPartition{broker.Prefix + "out", 0}
		createTopic(t, client, tp.Topic, 1)
		a, b := open(t, client, broker.Prefix+"a"), open(t, client, broker.Prefix+"b")
		abandon(t, a, Commit{Outputs: []Output{output(tp, "a lost")}})
		if _, err := b.Commit(t.Context(), Commit{Outputs: []Output{output(tp, "b 1")}}); err != nil {
			t.Fatal(err)
		}
		a = open(t, client, broker.Prefix+"a")
		abandon(t, b, Commit{Outputs: []Output{output(tp, "b lost")}})
		if _, err := a.Commit(t.Context(), Commit{Outputs: []Output{output(tp, "a 1")}}); err != nil {
			t.Fatal(err)
		}
		b = open(t, client, broker.Prefix+"b")
		if _, err := b.Commit(t.Context(), Commit{Outputs: []Output{output(tp, "b 2")}}); err != nil {
			t.Fatal(err)
		}
		if got, want := readAll(t, client, tp), []string{"b 1", "a 1", "b 2"}; !slices.Equal(got, want) {
			t.Fatalf("read %q, want %q", got, want)
		}
	})
}

// stepKeys are the requests of a transaction.
var stepKeys = []kmsg.Key{kmsg.InitProducerID, kmsg.AddPartitionsToTxn, kmsg.Produce, kmsg.AddOffsetsToTxn, kmsg.TxnOffsetCommit, kmsg.EndTxn}

// topLevel tells whether a request's answer has one error code for all.
func topLevel(key kmsg.Key) bool {
	return key == kmsg.InitProducerID || key == kmsg.AddOffsetsToTxn || key == kmsg.EndTxn
}

func TestDefiniteRefusalsAreRetriedAtEachStep(t *testing.T) {
	for _, key := range stepKeys {
		code := kerr.CoordinatorLoadInProgress
		if key == kmsg.Produce {
			code = kerr.NotLeaderForPartition
		}
		t.Run(key.Name(), func(t *testing.T) {
			broker, cluster := brokertest.EmbeddedCluster(t)
			client, tp := dial(t, broker), TopicPartition{"out", 0}
			createTopic(t, client, tp.Topic, 1)
			fault := cluster.Fault(kfake.Fault{Keys: []kmsg.Key{key}, Err: code, Count: 3, TopLevel: topLevel(key)})
			producer := open(t, client, "0")
			if _, err := producer.Commit(t.Context(), Commit{
				Groups: []GroupOffsets{{"g", []Position{{tp, 7}}, ""}}, Outputs: []Output{output(tp, "once")},
			}); err != nil {
				t.Fatal(err)
			}
			if fault.Hits() != 3 {
				t.Fatalf("%d faults", fault.Hits())
			}
			if got := readAll(t, client, tp); !slices.Equal(got, []string{"once"}) {
				t.Fatalf("read %q", got)
			}
		})
	}
}

func TestABrokenConnectionInEndTxnIsNotRetried(t *testing.T) {
	broker, cluster := brokertest.EmbeddedCluster(t)
	client, tp := dial(t, broker), TopicPartition{"out", 0}
	createTopic(t, client, tp.Topic, 1)
	producer := open(t, client, "0")
	var sent atomic.Int32
	cluster.ControlKey(int16(kmsg.EndTxn), func(kmsg.Request) (kmsg.Response, error, bool) {
		cluster.KeepControl()
		return nil, errors.New("cut the connection"), sent.Add(1) == 1
	})
	_, err := producer.Commit(t.Context(), Commit{Outputs: []Output{output(tp, "lost")}})
	if !errors.Is(err, ErrUnreachable) {
		t.Fatalf("error %v, want ErrUnreachable", err)
	}
	if sent.Load() != 1 {
		t.Fatalf("EndTxn sent %d times", sent.Load())
	}
	if _, again := producer.Commit(t.Context(), Commit{Outputs: []Output{output(tp, "lost too")}}); again == nil {
		t.Fatal("the spent producer went on")
	}
	if _, err := open(t, client, "0").Commit(t.Context(), Commit{Outputs: []Output{output(tp, "kept")}}); err != nil {
		t.Fatal(err)
	}
	if got := readAll(t, client, tp); !slices.Equal(got, []string{"kept"}) {
		t.Fatalf("read %q", got)
	}
}

func TestFatalRefusalSpendsTheProducer(t *testing.T) {
	for _, key := range stepKeys[1:] {
		t.Run(key.Name(), func(t *testing.T) {
			broker, cluster := brokertest.EmbeddedCluster(t)
			client, tp := dial(t, broker), TopicPartition{"out", 0}
			createTopic(t, client, tp.Topic, 1)
			producer := open(t, client, "0")
			cluster.Fault(kfake.Fault{Keys: []kmsg.Key{key}, Err: kerr.InvalidTxnState, TopLevel: topLevel(key)})
			commit := Commit{Groups: []GroupOffsets{{"g", []Position{{tp, 7}}, ""}}, Outputs: []Output{output(tp, "v")}}
			if _, err := producer.Commit(t.Context(), commit); !errors.Is(err, kafka.InvalidTransactionState) {
				t.Fatalf("error %v", err)
			}
			if _, err := producer.Commit(t.Context(), commit); !errors.Is(err, kafka.InvalidTransactionState) {
				t.Fatalf("error of the spent producer %v", err)
			}
			if _, err := open(t, client, "0").Commit(t.Context(), commit); err != nil {
				t.Fatal(err)
			}
			if got := readAll(t, client, tp); !slices.Equal(got, []string{"v"}) {
				t.Fatalf("read %q", got)
			}
		})
	}
}

func TestCommitEndsWithItsContext(t *testing.T) {
	broker, cluster := brokertest.EmbeddedCluster(t)
	client, tp := dial(t, broker), TopicPartition{"out", 0}
	createTopic(t, client, tp.Topic, 1)
	producer := open(t, client, "0")
	ctx, cancel := context.WithCancel(t.Context())
	cluster.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.AddPartitionsToTxn}, Err: kerr.ConcurrentTransactions, Count: -1, When: func(kmsg.Request) bool {
		cancel()
		return true
	}})
	if _, err := producer.Commit(ctx, Commit{Outputs: []Output{output(tp, "v")}}); !errors.Is(err, context.Canceled) {
		t.Fatalf("error %v", err)
	}
}

// The leader of a log tells what time it has, where it puts that on messages, and nobody sees that it was asked.
func TestALeaderTellsTheTime(t *testing.T) {
	brokertest.Each(t, func(t *testing.T, broker *brokertest.Broker) {
		client := dial(t, broker)
		stamped, kept := TopicPartition{broker.Prefix + "stamped", 0}, TopicPartition{broker.Prefix + "kept", 0}
		if err := client.CreateTopics(t.Context(), []TopicSpec{
			{Name: stamped.Topic, Partitions: 1, ReplicationFactor: 1, Config: map[string]string{"message.timestamp.type": "LogAppendTime"}},
			{Name: kept.Topic, Partitions: 1, ReplicationFactor: 1},
		}); err != nil {
			t.Fatal(err)
		}
		producer := open(t, client, broker.Prefix+"0")
		for range 3 {
			before := time.Now().UnixMilli()
			at, err := producer.Now(t.Context(), stamped)
			if err != nil {
				t.Fatal(err)
			}
			after := time.Now().UnixMilli()
			if broker.Kind == brokertest.KafkaKind && (at < before-1 || at > after+1) {
				t.Errorf("the leader has %d, want it between %d and %d", at, before, after)
			}
			if at, err := producer.Now(t.Context(), kept); err != nil || at != 0 {
				t.Errorf("a log that keeps producers' times has %d, %v; want 0", at, err)
			}
			if _, err := producer.Commit(t.Context(), Commit{Outputs: []Output{output(stamped, "a")}}); err != nil {
				t.Fatal(err)
			}
		}
		if got := readAll(t, client, stamped); !slices.Equal(got, []string{"a", "a", "a"}) {
			t.Errorf("read %q, want what was committed", got)
		}
	})
}

// What a dead process has left open holds up nobody who asks for what is ended.
func TestEndedOffsetsDoNotWaitForWhatIsOpen(t *testing.T) {
	brokertest.Each(t, func(t *testing.T, broker *brokertest.Broker) {
		client := dial(t, broker)
		in := TopicPartition{broker.Prefix + "in", 0}
		createTopic(t, client, in.Topic, 1)
		group := broker.Prefix + "group"
		at := func(offset int64) Commit {
			return Commit{Groups: []GroupOffsets{{group, []Position{{in, offset}}, ""}}}
		}
		if _, err := open(t, client, broker.Prefix+"0").Commit(t.Context(), at(3)); err != nil {
			t.Fatal(err)
		}
		if settled, err := client.Offsets(t.Context(), group, []TopicPartition{in}); err != nil || settled[in].Offset != 3 {
			t.Fatalf("committed offsets %v, error %v", settled, err)
		}
		abandon(t, open(t, client, broker.Prefix+"0"), at(7))
		if ended, err := client.EndedOffsets(t.Context(), group, []TopicPartition{in}); err != nil || ended[in].Offset != 3 {
			t.Errorf("ended offsets %v, error %v", ended, err)
		}
	})
}
