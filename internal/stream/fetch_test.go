package stream

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"sellerpulse/test/brokertest"
)

func TestFetchReadsSeveralTopicsEachFromItsPosition(t *testing.T) {
	brokertest.Each(t, func(t *testing.T, broker *brokertest.Broker) {
		client := dial(t, broker)
		var positions []Position
		var outputs []Output
		for i := range 3 {
			tp := TopicPartition{fmt.Sprintf("%st%d", broker.Prefix, i), int32(i)}
			createTopic(t, client, tp.Topic, 4)
			outputs = append(outputs, output(tp, numbered(fmt.Sprint(i, ":"), 10)...))
			positions = append(positions, Position{tp, int64(2 * i)})
		}
		if _, err := openIdempotent(t, client).Produce(t.Context(), outputs); err != nil {
			t.Fatal(err)
		}
		fetcher := client.NewFetcher(FetchOptions{Positions: positions, MaxWait: 20 * time.Millisecond})
		got := make([][]string, 3)
		next := make([]int64, 3)
		fetch := func(want []bool) {
			t.Helper()
			chunks, err := fetcher.Fetch(t.Context(), want)
			if err != nil {
				t.Fatal(err)
			}
			for _, chunk := range chunks {
				for _, r := range chunk.Records {
					got[chunk.Source] = append(got[chunk.Source], string(r.Value))
				}
				next[chunk.Source] = chunk.Next
			}
		}
		await(t, "end of the source wanted", func() bool { fetch([]bool{false, true, false}); return next[1] == 10 })
		if len(got[0])+len(got[2]) > 0 {
			t.Fatalf("unwanted sources were read: %q", got)
		}
		await(t, "end of all sources", func() bool { fetch(nil); return next[0] == 10 && next[2] == 10 })
		for i := range 3 {
			if want := numbered(fmt.Sprint(i, ":"), 10)[2*i:]; !slices.Equal(got[i], want) {
				t.Errorf("source %d: %q, want %q", i, got[i], want)
			}
		}
	})
}

func TestARecordLargerThanAskedForComesThrough(t *testing.T) {
	brokertest.Each(t, func(t *testing.T, broker *brokertest.Broker) {
		client := dial(t, broker)
		large := bytes.Repeat([]byte("x"), 300_000)
		var positions []Position
		var outputs []Output
		for i := range 3 {
			tp := TopicPartition{fmt.Sprintf("%st%d", broker.Prefix, i), 0}
			createTopic(t, client, tp.Topic, 1)
			positions = append(positions, Position{TopicPartition: tp})
			outputs = append(outputs, output(tp, "small", string(large), "after"))
		}
		if _, err := openIdempotent(t, client).Produce(t.Context(), outputs); err != nil {
			t.Fatal(err)
		}
		fetcher := client.NewFetcher(FetchOptions{Positions: positions, MaxBytes: 1_000, MaxWait: 20 * time.Millisecond})
		count := 0
		await(t, "all records", func() bool {
			chunks, err := fetcher.Fetch(t.Context(), nil)
			if err != nil {
				t.Fatal(err)
			}
			for _, chunk := range chunks {
				count += len(chunk.Records)
			}
			return count == 9
		})
	})
}

func TestBatchesOfOtherClientsInEveryCompression(t *testing.T) {
	brokertest.Each(t, func(t *testing.T, broker *brokertest.Broker) {
		client := dial(t, broker)
		for name, codec := range map[string]kgo.CompressionCodec{
			"none": kgo.NoCompression(), "gzip": kgo.GzipCompression(), "snappy": kgo.SnappyCompression(),
			"lz4": kgo.Lz4Compression(), "zstd": kgo.ZstdCompression(),
		} {
			tp := TopicPartition{broker.Prefix + name, 0}
			createTopic(t, client, tp.Topic, 1)
			other, err := kgo.NewClient(kgo.SeedBrokers(broker.Addresses...), kgo.ProducerBatchCompression(codec))
			if err != nil {
				t.Fatal(err)
			}
			var records []*kgo.Record
			values := numbered("value that is much the same as all the others: ", 100)
			for _, value := range values {
				records = append(records, &kgo.Record{Topic: tp.Topic, Value: []byte(value), Headers: []kgo.RecordHeader{{Key: "h", Value: []byte("v")}}})
			}
			err = other.ProduceSync(t.Context(), records...).FirstErr()
			other.Close()
			if err != nil {
				t.Fatal(err)
			}
			if got := readAll(t, client, tp); !slices.Equal(got, values) {
				t.Errorf("%s: read %d values: %.3q", name, len(got), got)
			}
		}
	})
}

func TestOtherClientsReadWhatIsProduced(t *testing.T) {
	brokertest.Each(t, func(t *testing.T, broker *brokertest.Broker) {
		client := dial(t, broker)
		producer := open(t, client, broker.Prefix+"0")
		for _, compression := range compressions {
			tp := TopicPartition{broker.Prefix + compression.String(), 0}
			createTopic(t, client, tp.Topic, 1)
			producer.SetCompression(compression)
			if _, err := producer.Commit(t.Context(), Commit{Outputs: []Output{{TopicPartition: tp, Messages: messages}}}); err != nil {
				t.Fatal(err)
			}
			other, err := kgo.NewClient(kgo.SeedBrokers(broker.Addresses...), kgo.ConsumeTopics(tp.Topic), kgo.FetchIsolationLevel(kgo.ReadCommitted()))
			if err != nil {
				t.Fatal(err)
			}
			defer other.Close()
			var records []*kgo.Record
			for len(records) < len(messages) {
				fetches := other.PollFetches(t.Context())
				if err := fetches.Err(); err != nil {
					t.Fatal(err)
				}
				records = append(records, fetches.Records()...)
			}
			for i, m := range messages {
				r := records[i]
				if !bytes.Equal(r.Key, m.Key) || (r.Key == nil) != (m.Key == nil) || !bytes.Equal(r.Value, m.Value) ||
					(r.Value == nil) != (m.Value == nil) || r.Timestamp.UnixMilli() != m.Timestamp || len(r.Headers) != len(m.Headers) {
					t.Errorf("%v: record %d is %+v", compression, i, r)
				}
			}
		}
	})
}

func TestOffsetOutOfRangeNamesTheRange(t *testing.T) {
	brokertest.Each(t, func(t *testing.T, broker *brokertest.Broker) {
		client := dial(t, broker)
		tp := TopicPartition{broker.Prefix + "t", 0}
		createTopic(t, client, tp.Topic, 1)
		if _, err := openIdempotent(t, client).Produce(t.Context(), []Output{output(tp, "a", "b")}); err != nil {
			t.Fatal(err)
		}
		_, err := client.NewFetcher(FetchOptions{Positions: []Position{{tp, 99}}}).Fetch(t.Context(), nil)
		var failure *OffsetError
		if !errors.As(err, &failure) || failure.TopicPartition != tp || failure.Offset != 99 || failure.Range != (Range{0, 2}) {
			t.Fatalf("error %v", err)
		}
	})
}

func TestFetchFromAMissingTopic(t *testing.T) {
	brokertest.Each(t, func(t *testing.T, broker *brokertest.Broker) {
		client := dial(t, broker)
		fetcher := client.NewFetcher(FetchOptions{Positions: []Position{{TopicPartition: TopicPartition{broker.Prefix + "none", 0}}}})
		_, err := fetcher.Fetch(t.Context(), nil)
		var failure *TopicError
		if !errors.As(err, &failure) || failure.Topic != broker.Prefix+"none" {
			t.Fatalf("error %v", err)
		}
	})
}

func TestFetchAndProduceFollowTheLeaders(t *testing.T) {
	broker, cluster := brokertest.EmbeddedCluster(t, kfake.NumBrokers(3), kfake.SeedTopics(6, "t"))
	client := dial(t, broker)
	var positions []Position
	for i := range 6 {
		positions = append(positions, Position{TopicPartition: TopicPartition{"t", int32(i)}})
	}
	fetcher := client.NewFetcher(FetchOptions{Positions: positions, MaxWait: 10 * time.Millisecond})
	producer, idempotent := open(t, client, "0"), openIdempotent(t, client)
	got := make([][]string, 6)
	var want []string
	for round := range 10 {
		for i := range int32(6) {
			if err := cluster.MoveTopicPartition("t", i, (i+int32(round))%3); err != nil {
				t.Fatal(err)
			}
		}
		var outputs, others []Output
		for _, p := range positions {
			outputs = append(outputs, output(p.TopicPartition, fmt.Sprint(round)))
			others = append(others, output(p.TopicPartition, fmt.Sprint(round, "b")))
		}
		want = append(want, fmt.Sprint(round), fmt.Sprint(round, "b"))
		if _, err := producer.Commit(t.Context(), Commit{Outputs: outputs}); err != nil {
			t.Fatal(err)
		}
		if _, err := idempotent.Produce(t.Context(), others); err != nil {
			t.Fatal(err)
		}
		await(t, "records of the round", func() bool {
			chunks, err := fetcher.Fetch(t.Context(), nil)
			if err != nil {
				t.Fatal(err)
			}
			for _, chunk := range chunks {
				for _, r := range chunk.Records {
					got[chunk.Source] = append(got[chunk.Source], string(r.Value))
				}
			}
			return !slices.ContainsFunc(got, func(values []string) bool { return len(values) < len(want) })
		})
	}
	for i := range got {
		if !slices.Equal(got[i], want) {
			t.Errorf("partition %d: %q, want %q", i, got[i], want)
		}
	}
}

func TestFetchRidesOutRefusalsThatPass(t *testing.T) {
	broker, cluster := brokertest.EmbeddedCluster(t, kfake.SeedTopics(1, "t"))
	client := dial(t, broker)
	tp := TopicPartition{"t", 0}
	if _, err := openIdempotent(t, client).Produce(t.Context(), []Output{output(tp, "a")}); err != nil {
		t.Fatal(err)
	}
	fault := cluster.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.Fetch}, Err: kerr.NotLeaderForPartition, Count: 3})
	fetcher := client.NewFetcher(FetchOptions{Positions: []Position{{TopicPartition: tp}}})
	chunks, err := fetcher.Fetch(t.Context(), nil)
	if err != nil || len(chunks) != 1 || len(chunks[0].Records) != 1 || fault.Hits() != 3 {
		t.Fatalf("chunks %+v, error %v, %d faults", chunks, err, fault.Hits())
	}
}
