package letters

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"sellerpulse/internal/app/follow"
	"sellerpulse/internal/app/provision"
	"sellerpulse/internal/deadletter"
	"sellerpulse/internal/stream"
	"sellerpulse/internal/task"
	"sellerpulse/pkg/events"
	"sellerpulse/test/brokertest"
	"sellerpulse/test/enginetest"
)

const partitions = 4

// decoder is that of all tests, none of which is parallel: to make one takes milliseconds.
var decoder = events.NewDecoder(events.DecoderOptions{})

// market is topics of a test's own, and what is needed to fill them.
type market struct {
	t        *testing.T
	prefix   string
	options  Options
	producer *stream.Producer
}

func newMarket(t *testing.T, broker *brokertest.Broker) *market {
	t.Helper()
	client, err := stream.Dial(t.Context(), stream.Options{Brokers: broker.Addresses})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	topics := task.TopicsOf(broker.Prefix, "letters")
	if err := provision.Add(t.Context(), client, topics, provision.Size{Partitions: partitions, ReplicationFactor: 1}); err != nil {
		t.Fatal(err)
	}
	m := &market{t: t, prefix: broker.Prefix, options: Options{Client: client, Topics: topics, Ledger: broker.Prefix + "resubmitted", Clock: time.Now}}
	if m.producer, err = client.OpenIdempotent(t.Context()); err != nil {
		t.Fatal(err)
	}
	return m
}

// produce writes messages to a log and gives the offset of the first.
func (m *market) produce(topic string, partition int32, messages ...stream.Message) int64 {
	m.t.Helper()
	to := stream.TopicPartition{Topic: topic, Partition: partition}
	for i := range messages {
		messages[i].Timestamp = time.Now().UnixMilli()
	}
	result, err := m.producer.Produce(m.t.Context(), []stream.Output{{TopicPartition: to, Messages: messages}})
	if err != nil {
		m.t.Fatal(err)
	}
	return result.First[to]
}

// dead is a dead letter of a record at a place, with headers behind the five.
func (m *market) dead(reason string, topic events.Topic, partition int32, offset int64, key, value []byte, more ...stream.Header) stream.Message {
	header := func(name, value string) stream.Header { return stream.Header{Key: name, Value: []byte(value)} }
	return stream.Message{Key: key, Value: value, Headers: append([]stream.Header{
		header("trace", "of the producer"), header("reason", reason), header("error", "of "+reason), header("source.topic", m.options.Topics.Inputs[topic]),
		header("source.partition", strconv.Itoa(int(partition))), header("source.offset", strconv.FormatInt(offset, 10)),
	}, more...)}
}

// all is every dead letter.
var all = Choice{From: events.None, To: events.None}

// resubmit opens a reader and sends again, and gives the fates as texts.
func (m *market) resubmit(ctx context.Context, c Choice, how Resubmission) (fates []string, err error) {
	r, err := Open(ctx, m.options)
	if err != nil {
		return nil, err
	}
	err = r.Resubmit(ctx, &c, how, func(o *Outcome) error {
		text := fmt.Sprintf("%v %s", deadletter.Place(o.Source), o.Fate)
		if o.Why != nil {
			text += ": " + o.Why.Error()
		}
		fates = append(fates, strings.ReplaceAll(text, m.prefix, ""))
		return nil
	})
	return fates, err
}

// inputs is what the inputs have, topic by topic, when all transactions that were begun have ended.
func (m *market) inputs() (got []found) {
	m.t.Helper()
	if _, err := m.options.Client.OpenTransactional(m.t.Context(), m.options.Ledger, batchTimeout); err != nil {
		m.t.Fatal(err)
	}
	for topic, name := range m.options.Topics.Inputs {
		for p := range int32(partitions) {
			log, err := follow.Open(m.t.Context(), m.options.Client, []stream.TopicPartition{{Topic: name, Partition: p}}, 1<<20)
			if err == nil {
				err = log.Read(m.t.Context(), func(tp stream.TopicPartition, r *stream.Record) error {
					got = append(got, found{topic: events.Topic(topic), place: deadletter.Place{TopicPartition: tp, Offset: r.Offset}, Record: *r})
					return nil
				})
			}
			if err != nil {
				m.t.Fatal(err)
			}
		}
	}
	return got
}

// found is a record of an input.
type found struct {
	topic events.Topic
	place deadletter.Place
	stream.Record
}

// event decodes it, and checks that a task would take it.
func (f *found) event(t *testing.T) (e events.Event) {
	t.Helper()
	if err := decoder.Decode(f.topic, f.Value, &e); err != nil {
		t.Fatalf("%v: %v", f.place, err)
	}
	if string(f.Key) != e.SellerID || f.place.Partition != stream.PartitionFor(f.Key, partitions) {
		t.Errorf("%v has key %q, seller %q", f.place, f.Key, e.SellerID)
	}
	return e
}

// headers are all of a name.
func (f *found) headers(name string) (values []string) {
	for _, h := range f.Headers {
		if h.Key == name {
			values = append(values, string(h.Value))
		}
	}
	return values
}

// encoded is an order's event in Avro.
func encoded(t *testing.T, seller, id string) []byte {
	t.Helper()
	var e events.Event
	line := enginetest.JSON(seller, "CONFIRMED", "O1", "event_id", strconv.Quote(id))
	if err := decoder.Decode(events.Orders, line, &e); err != nil {
		t.Fatal(err)
	}
	return events.Encoder{}.AppendAvro(nil, &e)
}
