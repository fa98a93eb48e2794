package stream

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/segmentio/kafka-go/protocol/listoffsets"

	"sellerpulse/test/brokertest"
)

// dial makes a client of the broker that is closed with the test.
func dial(t testing.TB, broker *brokertest.Broker) *Client {
	t.Helper()
	client, err := Dial(t.Context(), Options{Brokers: broker.Addresses, ClientID: "stream-test", MaxBatchBytes: 100_000})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return client
}

// createTopic creates a topic of the test's own.
func createTopic(t testing.TB, client *Client, name string, partitions int32) {
	t.Helper()
	if err := client.CreateTopics(t.Context(), []TopicSpec{{Name: name, Partitions: partitions, ReplicationFactor: 1}}); err != nil {
		t.Fatal(err)
	}
}

func open(t testing.TB, client *Client, id string) *Producer {
	t.Helper()
	producer, err := client.OpenTransactional(t.Context(), id, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	return producer
}

func openIdempotent(t testing.TB, client *Client) *Producer {
	t.Helper()
	producer, err := client.OpenIdempotent(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return producer
}

// output is messages with the given values.
func output(tp TopicPartition, values ...string) Output {
	o := Output{TopicPartition: tp}
	for i, value := range values {
		o.Messages = append(o.Messages, Message{Key: []byte("key"), Value: []byte(value), Timestamp: 1_700_000_000_000 + int64(i)})
	}
	return o
}

// readAll reads the values of a log from its start to its end, read committed, once all transactions in it have ended.
func readAll(t testing.TB, client *Client, tp TopicPartition) []string {
	t.Helper()
	records, _ := readFrom(t, client, Position{TopicPartition: tp})
	var values []string
	for _, r := range records {
		values = append(values, string(r.Value))
	}
	return values
}

func readFrom(t testing.TB, client *Client, position Position) (records []Record, next int64) {
	t.Helper()
	fetcher := client.NewFetcher(FetchOptions{Positions: []Position{position}, MaxWait: 50 * time.Millisecond})
	var end int64
	await(t, "end of all transactions", func() bool {
		end = lastStable(t, client, position.TopicPartition)
		return end == highWatermark(t, client, position.TopicPartition)
	})
	for next = position.Offset; next < end; {
		chunks, err := fetcher.Fetch(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, chunk := range chunks {
			records, next = append(records, chunk.Records...), chunk.Next
		}
	}
	return records, next
}

func lastStable(t testing.TB, client *Client, tp TopicPartition) int64 {
	t.Helper()
	ends, err := client.Ends(t.Context(), []TopicPartition{tp})
	if err != nil {
		t.Fatal(err)
	}
	return ends[tp].LastStable
}

// highWatermark is the end of a log with what is not committed yet.
func highWatermark(t testing.TB, client *Client, tp TopicPartition) int64 {
	t.Helper()
	logs := []TopicPartition{tp}
	groups, err := client.byLeader(t.Context(), logs)
	if err != nil {
		t.Fatal(err)
	}
	request := offsetsRequest(logs, []int{0}, endOfLog)
	request.IsolationLevel = 0
	for address := range groups {
		answer, err := client.send(t.Context(), address, request)
		if err != nil {
			t.Fatal(err)
		}
		return answer.(*listoffsets.Response).Topics[0].Partitions[0].Offset
	}
	panic("a log without a leader")
}

func numbered(prefix string, n int) []string {
	values := make([]string, n)
	for i := range values {
		values[i] = fmt.Sprintf("%s%d", prefix, i)
	}
	return values
}

// await polls until the condition holds or the test's time is up.
func await(t testing.TB, what string, condition func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	ticker := time.NewTicker(5 * time.Millisecond)
	defer ticker.Stop()
	for !condition() {
		select {
		case <-ticker.C:
		case <-ctx.Done():
			t.Fatalf("%s: not within 30 s", what)
		}
	}
}
