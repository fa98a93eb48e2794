package feed

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"sellerpulse/internal/app/provision"
	"sellerpulse/internal/eventfile"
	"sellerpulse/internal/stream"
	"sellerpulse/internal/task"
	"sellerpulse/pkg/events"
	"sellerpulse/test/brokertest"
	"sellerpulse/test/enginetest"
)

// feedback is a line with an event of its own number.
func feedback(n int) string {
	return fmt.Sprintf(`{"topic":"feedback","kind":"LEFT","event_id":"e%d","occurred_at":"2026-01-02T03:04:05Z","seller_id":"S%d","order_id":"O1","feedback_id":"F1","rating":1}`, n, n%7)
}

func feedbackLines(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(feedback(i) + "\n")
	}
	return b.String()
}

// of is what is open already.
func of(from io.Reader) eventfile.Options {
	return eventfile.Options{Files: []eventfile.File{eventfile.Named("events", func() io.Reader { return from })}}
}

// topicsOf makes a test's topics on an embedded broker.
func topicsOf(t *testing.T, partitions int32) (*stream.Client, task.Topics) {
	t.Helper()
	broker := brokertest.Embedded(t)
	client, err := stream.Dial(t.Context(), stream.Options{Brokers: broker.Addresses})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	topics := task.TopicsOf(broker.Prefix, "feed")
	if _, err := provision.Create(t.Context(), client, topics, provision.Size{Partitions: partitions, ReplicationFactor: 1}); err != nil {
		t.Fatal(err)
	}
	return client, topics
}

func newSender(t *testing.T, client *stream.Client, topics task.Topics, partitions int32) *Sender {
	t.Helper()
	s, err := NewSender(t.Context(), Options{Client: client, Topics: topics, Partitions: partitions})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// sent reads the ids of the events in a partition of the feedback topic, in their order.
func sent(t *testing.T, client *stream.Client, topics task.Topics, partition int32) (ids []string) {
	t.Helper()
	tp := stream.TopicPartition{Topic: topics.Inputs[events.Feedback], Partition: partition}
	decoder := events.NewDecoder(events.DecoderOptions{})
	for _, record := range enginetest.Records(t, client, tp) {
		var event events.Event
		if err := decoder.Decode(events.Feedback, record.Value, &event); err != nil {
			t.Fatal(err)
		}
		if event.SellerID != string(record.Key) {
			t.Errorf("key %q of an event of seller %q", record.Key, event.SellerID)
		}
		ids = append(ids, event.EventID)
	}
	return ids
}

func TestLinesArriveInOrderAndByKey(t *testing.T) {
	const partitions, n = 3, 20_000
	client, topics := topicsOf(t, partitions)
	s := newSender(t, client, topics, partitions)
	if err := s.Files(t.Context(), of(strings.NewReader(feedbackLines(n)))); err != nil {
		t.Fatal(err)
	}
	if counts := s.Sent(); counts.Total() != n || counts[events.Feedback] != n {
		t.Errorf("%v were sent, want %d of feedback", counts, n)
	}
	var want [partitions][]string
	for i := range n {
		p := stream.PartitionFor(fmt.Appendf(nil, "S%d", i%7), partitions)
		want[p] = append(want[p], fmt.Sprintf("e%d", i))
	}
	for p := range int32(partitions) {
		if got := sent(t, client, topics, p); fmt.Sprint(got) != fmt.Sprint(want[p]) {
			t.Errorf("partition %d has %d events in another order, want %d", p, len(got), len(want[p]))
		}
	}
}

func TestBadLineStopsAfterAllBeforeIt(t *testing.T) {
	client, topics := topicsOf(t, 1)
	for _, c := range []struct {
		name, text string
		line, want int64
	}{
		{"rating", feedback(1) + "\n\n" + feedback(2) + "\n" + strings.Replace(feedback(3), `"rating":1`, `"rating":7`, 1) + "\n" + feedback(4), 4, 2},
		{"first", "nonsense\n" + feedback(1), 1, 0},
		{"far in", feedbackLines(5000) + "{\n" + feedbackLines(5000), 5001, 5000},
	} {
		t.Run(c.name, func(t *testing.T) {
			before := len(sent(t, client, topics, 0))
			s := newSender(t, client, topics, 1)
			err := s.Files(t.Context(), of(strings.NewReader(c.text)))
			var refused *eventfile.Fault
			if !errors.As(err, &refused) || refused.Line != c.line {
				t.Errorf("error %v, want one of line %d", err, c.line)
			}
			counts := s.Sent()
			if arrived := len(sent(t, client, topics, 0)) - before; counts.Total() != c.want || int64(arrived) != c.want {
				t.Errorf("%d are said to be sent and %d arrived, want %d", counts.Total(), arrived, c.want)
			}
		})
	}
}

// A pipe that stays open keeps no event back, and a stop says exactly what was sent.
func TestPipeIsSentAsItComes(t *testing.T) {
	client, topics := topicsOf(t, 1)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	reader, writer := io.Pipe()
	defer writer.Close()
	s := newSender(t, client, topics, 1)
	done := make(chan error, 1)
	go func() { done <- s.Files(ctx, of(reader)) }()
	if _, err := io.WriteString(writer, feedback(1)+"\n"+feedback(2)+"\n"+feedback(3)[:10]); err != nil {
		t.Fatal(err)
	}
	tp := stream.TopicPartition{Topic: topics.Inputs[events.Feedback]}
	fetcher := client.NewFetcher(stream.FetchOptions{Positions: []stream.Position{{TopicPartition: tp}}})
	for arrived := 0; arrived < 2; {
		chunks, err := fetcher.Fetch(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, chunk := range chunks {
			arrived += len(chunk.Records)
		}
	}
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want that it was cancelled", err)
	}
	if counts := s.Sent(); counts.Total() != 2 {
		t.Errorf("%d are said to be sent, want 2", counts.Total())
	}
}
