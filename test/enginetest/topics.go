package enginetest

import (
	"context"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"

	"sellerpulse/internal/state"
	"sellerpulse/internal/stream"
	"sellerpulse/pkg/events"
)

// TopicSpecs are topics that take messages of 4 MiB: inputs that take any time, and outputs, each of so many partitions, with the brokers' time.
func TopicSpecs(inputs [events.NumTopics]string, partitions int32, outputs map[string]int32) (specs []stream.TopicSpec) {
	for name, n := range outputs {
		specs = append(specs, stream.TopicSpec{Name: name, Partitions: n, ReplicationFactor: 1, Config: map[string]string{
			"max.message.bytes": "4194304", "message.timestamp.type": "LogAppendTime",
		}})
	}
	for _, name := range inputs {
		specs = append(specs, stream.TopicSpec{Name: name, Partitions: partitions, ReplicationFactor: 1, Config: map[string]string{
			"max.message.bytes": "4194304", "message.timestamp.after.max.ms": strconv.Itoa(math.MaxInt64),
		}})
	}
	return specs
}

// Topics connects to brokers, and makes topics: TopicSpecs.
func Topics(t testing.TB, brokers []string, specs []stream.TopicSpec) *stream.Client {
	t.Helper()
	client, err := stream.Dial(t.Context(), stream.Options{Brokers: brokers, ClientID: "test"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	if err := client.CreateTopics(t.Context(), specs); err != nil {
		t.Fatal(err)
	}
	return client
}

// Produce sends events to the inputs in their order, as if each had come at once.
func Produce(ctx context.Context, client *stream.Client, inputs [events.NumTopics]string, partitions int32, all []events.Event) error {
	producer, err := client.OpenIdempotent(ctx)
	if err != nil {
		return err
	}
	for chunk := range slices.Chunk(all, 2000) {
		if _, err := producer.Produce(ctx, messages(inputs, partitions, chunk)); err != nil {
			return err
		}
	}
	return nil
}

// OpenState opens a small state of an owner.
func OpenState(t testing.TB, directory, owner string) *state.DB {
	t.Helper()
	db, err := state.Open(state.Options{Directory: directory, Owner: owner, CacheBytes: 8 << 20, MemTablesBytes: 4 << 20})
	if err != nil {
		t.Fatal(err)
	}
	return db
}

// messages are events in their order, as messages of the inputs' partitions, as if each had come at once.
func messages(inputs [events.NumTopics]string, partitions int32, all []events.Event) (sent []stream.Output) {
	var encoder events.Encoder
	index := map[stream.TopicPartition]int{}
	for i := range all {
		e := &all[i]
		key := []byte(e.SellerID)
		to := stream.TopicPartition{Topic: inputs[e.Topic], Partition: stream.PartitionFor(key, partitions)}
		at, ok := index[to]
		if !ok {
			at = len(sent)
			index[to], sent = at, append(sent, stream.Output{TopicPartition: to})
		}
		sent[at].Messages = append(sent[at].Messages, stream.Message{Key: key, Value: encoder.AppendAvro(nil, e), Timestamp: e.OccurredAt})
	}
	return sent
}

// Noise is so many bytes that nothing compresses.
func Noise(size int) []byte {
	b := make([]byte, size)
	random := rand.NewChaCha8([32]byte{byte(size), byte(size >> 8)})
	_, _ = random.Read(b) // It never fails.
	return b
}

// Records reads all committed records of a partition.
func Records(t testing.TB, client *stream.Client, tp stream.TopicPartition) (all []stream.Record) {
	t.Helper()
	ends, err := client.Ends(t.Context(), []stream.TopicPartition{tp})
	if err != nil {
		t.Fatal(err)
	}
	fetcher := client.NewFetcher(stream.FetchOptions{Positions: []stream.Position{{TopicPartition: tp, Offset: ends[tp].First}}})
	for at := ends[tp].First; at < ends[tp].LastStable; {
		chunks, err := fetcher.Fetch(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range chunks {
			all, at = append(all, c.Records...), c.Next
		}
	}
	return all
}
