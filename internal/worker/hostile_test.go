package worker

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"sellerpulse/internal/avro"
	"sellerpulse/internal/stream"
	"sellerpulse/internal/task"
	"sellerpulse/pkg/events"
	"sellerpulse/schemas"
	"sellerpulse/test/brokertest"
	"sellerpulse/test/enginetest"
)

// sellerOf is a seller whose partition of two it is.
func sellerOf(partition int32) string {
	for i := 0; ; i++ {
		if id := fmt.Sprintf("seller %d", i); stream.PartitionFor([]byte(id), 2) == partition {
			return id
		}
	}
}

// avroOf is an event of JSON in Avro.
func avroOf(topic events.Topic, line []byte) []byte {
	var e events.Event
	if err := events.NewDecoder(events.DecoderOptions{}).Decode(topic, line, &e); err != nil {
		panic(err)
	}
	return events.Encoder{}.AppendAvro(nil, &e)
}

// sent is a record that a test sends.
type sent struct {
	name      string
	topic     events.Topic
	partition int32
	stream.Message
	reason events.DeadLetterReason // "": it is applied
	says   string                  // what the error is to hold

	offset int64 // where it went
}

// hostile lists good records, each of which would be noticed if it were missing, and among them every kind of bad one.
func hostile() (all []sent) {
	home, away := sellerOf(0), sellerOf(1)
	headers := []stream.Header{{Key: "trace", Value: []byte{0, 0xFF}}, {Key: "reason", Value: []byte("the sender's own")}, {Key: "null"}}
	add := func(reason events.DeadLetterReason, says, name string, topic events.Topic, key string, value []byte) *sent {
		s := sent{name: name, topic: topic, reason: reason, says: says}
		s.Key, s.Value, s.Headers, s.Timestamp = []byte(key), value, headers, enginetest.Noon.UnixMilli()
		s.partition = stream.PartitionFor(s.Key, 2)
		all = append(all, s)
		return &all[len(all)-1]
	}
	n := 0
	good := func() {
		for _, seller := range []string{home, away} {
			n++
			order := fmt.Sprintf("good %d", n)
			add("", "", order, events.Orders, seller, enginetest.JSON(seller, "PLACED", order))
			if n > 4 && n < 9 {
				add("", "", order, events.Feedback, seller, enginetest.JSON(seller, "LEFT", order, "feedback_id", `"f"`, "rating", "1"))
			}
		}
	}
	bad := func(reason events.DeadLetterReason, says, name string, topic events.Topic, value []byte) *sent {
		good()
		return add(reason, says, name, topic, home, value)
	}
	placed := func(changes ...string) []byte { return enginetest.JSON(home, "PLACED", "bad", changes...) }
	left := func(changes ...string) []byte {
		return enginetest.JSON(home, "LEFT", "good 1", append([]string{"feedback_id", `"f"`, "rating", "1"}, changes...)...)
	}
	encoded := avroOf(events.Orders, placed())
	padded := func(size int, value []byte) []byte {
		return append(append(value[:1:1], bytes.Repeat([]byte{' '}, size-len(value))...), value[1:]...)
	}
	edited := func(edit func([]byte) []byte) []byte { return edit(bytes.Clone(encoded)) }

	bad(events.Undecodable, "0xde", "garbage", events.Orders, []byte{0xDE, 0xAD, 0xBE, 0xEF})
	bad(events.Undecodable, "null", "null value", events.Orders, nil)
	bad(events.Undecodable, "empty", "empty value", events.Returns, []byte{})
	bad(events.Undecodable, "schema id 77", "no schema registry is known", events.Orders, append([]byte{0, 0, 0, 0, 77}, encoded[10:]...))
	bad(events.Undecodable, "", "half a schema id", events.Claims, []byte{0, 0, 1})
	bad(events.Undecodable, "fingerprint", "unknown fingerprint", events.Orders, edited(func(b []byte) []byte { b[5] ^= 1; return b }))
	bad(events.Undecodable, "fingerprint", "another topic's schema", events.Feedback, encoded)
	bad(events.Undecodable, "", "bytes left over", events.Orders, append(bytes.Clone(encoded), 0))
	bad(events.Undecodable, "", "cut short", events.Orders, encoded[:len(encoded)-1])
	bad(events.Undecodable, "", "a header alone", events.Orders, encoded[:10])
	bad(events.Undecodable, "", "a text longer than all", events.Orders, edited(func(b []byte) []byte {
		return append(b[:10], 0xFE, 0xFF, 0xFF, 0xFF, 0x0F)
	}))
	bad(events.Undecodable, "", "a kind that the schema has not", events.Chargebacks, append(avro.AppendHeader(nil, schemas.Fingerprint("chargebacks")), 2, 'e', 0x7E))
	bad(events.Undecodable, "", "JSON cut short", events.Orders, placed()[:40])
	bad(events.Undecodable, "", "JSON and more", events.Orders, append(placed(), '{', '}'))
	bad(events.Undecodable, "262145 bytes", "over the size limit", events.Orders, padded(256<<10+1, placed()))
	add("", "", "of the size limit", events.Orders, home, padded(256<<10, enginetest.JSON(home, "PLACED", "large"))).Headers = nil
	add("", "", "below the size limit", events.Orders, home, padded(256<<10-1, enginetest.JSON(home, "PLACED", "nearly large"))).Headers = nil
	const inHeaders = 57 // bytes: names, values and 8 each
	add("", "", "of the size limit with its headers", events.Orders, home, padded(256<<10-inHeaders, enginetest.JSON(home, "PLACED", "large in all")))
	bad(events.Undecodable, "together more than 262144", "over the size limit with its headers", events.Orders, padded(256<<10-inHeaders+1, placed()))
	many := bad(events.Undecodable, "together more than 262144", "as many headers as make up the limit", events.Orders, placed())
	many.Headers = slices.Repeat([]stream.Header{{Key: ""}}, 256<<10/8)

	for _, field := range []string{"event_id", "kind", "occurred_at", "seller_id", "order_id", "order_date", "channel"} {
		bad(events.Invalid, field, "without "+field, events.Orders, placed(field, ""))
	}
	bad(events.Invalid, "feedback_id", "without the part's id", events.Feedback, left("feedback_id", ""))
	bad(events.Invalid, "rating", "without a rating", events.Feedback, left("rating", ""))
	bad(events.Invalid, "rating", "rating 6", events.Feedback, left("rating", "6"))
	bad(events.Invalid, "rating", "rating 0", events.Feedback, left("rating", "0"))
	bad(events.Invalid, "rating", "rating as text", events.Feedback, left("rating", `"five"`))
	bad(events.Invalid, "occurred_at", "no such day", events.Feedback, left("occurred_at", `"2026-02-30T00:00:00Z"`))
	bad(events.Invalid, "kind", "unknown kind", events.Orders, placed("kind", `"EXPLODED"`))
	bad(events.Invalid, "kind", "another topic's kind", events.Orders, placed("kind", `"DELIVERED"`))
	bad(events.Invalid, "channel", "unknown channel", events.Orders, placed("channel", `"AIR"`))
	bad(events.Invalid, "seller_id", "empty seller", events.Orders, placed("seller_id", `""`))
	bad(events.Invalid, "order_id", "a long id", events.Orders, placed("order_id", `"`+strings.Repeat("x", 1025)+`"`))
	bad(events.Invalid, "order_date", "ordered a day after it was placed", events.Orders, placed("order_date", `"`+enginetest.At(1, time.Millisecond)+`"`))
	add("", "", "ordered 24 h after it was placed", events.Orders, home, enginetest.JSON(home, "PLACED", "ahead", "order_date", `"`+enginetest.At(1, 0)+`"`))
	bad(events.Invalid, "", "amended in nothing", events.Orders, enginetest.JSON(home, "AMENDED", "good 1"))
	bad(events.Invalid, "cancelled_by", "cancelled by nobody", events.Orders, enginetest.JSON(home, "CANCELLED", "good 1", "reason", `"OTHER"`))
	bad(events.Invalid, "category", "chargeback without category", events.Chargebacks, enginetest.JSON(home, "OPENED", "good 1", "chargeback_id", `"c"`))

	bad(events.Misrouted, fmt.Sprintf("the record's key is %q", away), "another seller's key", events.Orders, placed()).setKey([]byte(away))
	bad(events.Misrouted, "the record has no key: key events by seller_id", "no key", events.Orders, placed()).setKey(nil)
	bad(events.Misrouted, `the record's key is "": key events by seller_id`, "an empty key", events.Orders, placed()).setKey([]byte{})
	bad(events.Misrouted, "partition", "another seller's partition", events.Orders, placed()).partition = 1

	bad(events.Future, "10 minutes", "from the future", events.Orders, placed("occurred_at", `"`+enginetest.At(60, 0)+`"`))
	later := bad(events.Future, "10 minutes", "ten minutes and a millisecond ahead", events.Feedback, left())
	later.Timestamp -= 10*60_000 + 1
	later = add("", "", "ten minutes ahead", events.Orders, home, enginetest.JSON(home, "PLACED", "early"))
	later.Timestamp -= 10 * 60_000

	const epoch, far = `"1970-01-01T00:00:00Z"`, `"2200-01-01T00:00:00Z"`
	bad(events.Expired, "120 days", "ordered in 1970", events.Orders, placed("order_date", epoch))
	bad(events.Expired, "120 days", "placed and ordered in 1970", events.Orders, placed("occurred_at", epoch, "order_date", epoch))
	bad(events.Invalid, "order_date", "ordered in 2200", events.Orders, placed("order_date", far))
	bad(events.Future, "10 minutes", "placed and ordered in 2200", events.Orders, placed("occurred_at", far, "order_date", far))
	bad(events.Future, "10 minutes", "recorded in 1970", events.Orders, placed()).Timestamp = 0
	bad(events.Future, "no time", "without a time", events.Orders, placed()).Timestamp = -1
	bad(events.Future, "no time", "from the future, without a time", events.Orders, placed("occurred_at", far, "order_date", far)).Timestamp = -1
	recorded := add("", "", "recorded in 2200", events.Orders, home, enginetest.JSON(home, "PLACED", "recorded late"))
	recorded.Timestamp = time.Date(2200, 1, 1, 0, 0, 0, 0, time.UTC).UnixMilli()

	bad(events.Expired, "120 days", "121 days old", events.Orders, placed("order_date", `"`+enginetest.At(-121, 0)+`"`))
	add("", "", "120 days old", events.Orders, home, enginetest.JSON(home, "PLACED", "old", "order_date", `"`+enginetest.At(-120, 0)+`"`))
	fact := bad(events.Expired, "120 days", "about an order that expired", events.Claims, enginetest.JSON(home, "OPENED", "old", "claim_id", `"c"`, "occurred_at", `"`+enginetest.At(1, 0)+`"`))
	fact.Timestamp += enginetest.Day
	bad(events.Orphan, "90 days", "about an order that never came", events.Returns, enginetest.JSON(home, "REQUESTED", "never", "return_id", `"r"`))
	good()
	return all
}

func (s *sent) setKey(key []byte) {
	s.Key, s.partition = key, 0
}

// send sends records one by one and notes where each went.
func (s *fixture) send(all []sent) {
	s.t.Helper()
	producer, err := s.client.OpenIdempotent(s.t.Context())
	if err != nil {
		s.t.Fatal(err)
	}
	for i := range all {
		r := &all[i]
		tp := stream.TopicPartition{Topic: s.topics.Inputs[r.topic], Partition: r.partition}
		result, err := producer.Produce(s.t.Context(), []stream.Output{{TopicPartition: tp, Messages: []stream.Message{r.Message}}})
		if err != nil {
			s.t.Fatalf("send %s: %v", r.name, err)
		}
		r.offset = result.First[tp]
	}
}

// source says in a dead letter's headers where a record was.
func (s *fixture) source(r *sent) string {
	return fmt.Sprintf("%s/%d/%d", s.topics.Inputs[r.topic], r.partition, r.offset)
}

// abort sends events to the topics in a transaction that is aborted.
func (s *fixture) abort(broker *brokertest.Broker, all []sent) {
	s.t.Helper()
	client, err := kgo.NewClient(kgo.SeedBrokers(broker.Addresses...), kgo.TransactionalID(broker.Prefix+"aborting"), kgo.RecordPartitioner(kgo.ManualPartitioner()))
	if err != nil {
		s.t.Fatal(err)
	}
	defer client.Close()
	err = client.BeginTransaction()
	for i := range all {
		r := &all[i]
		record := &kgo.Record{Topic: s.topics.Inputs[r.topic], Partition: r.partition, Key: r.Key, Value: r.Value, Timestamp: time.UnixMilli(r.Timestamp)}
		err = errors.Join(err, client.ProduceSync(s.t.Context(), record).FirstErr())
	}
	if err = errors.Join(err, client.EndTransaction(s.t.Context(), kgo.TryAbort)); err != nil {
		s.t.Fatal(err)
	}
}

// Whatever cannot be applied is among the dead letters as it came, with the reason and the place; all else is as if it had not been
// sent. Of an aborted transaction there is no trace.
func TestBadInput(t *testing.T) {
	all := hostile()
	good := slices.DeleteFunc(slices.Clone(all), func(r sent) bool { return r.reason != "" })
	end := func(o *Options) { o.AsOf = enginetest.Noon.AddDate(0, 0, 95).UnixMilli() }
	brokertest.Each(t, func(t *testing.T, broker *brokertest.Broker) {
		clean := market(t, broker, "clean", 2, nil)
		clean.send(good)
		s := market(t, broker, "hostile", 2, nil)
		ghost := "ghost " + sellerOf(0)
		noise := []sent{
			{topic: events.Orders, partition: stream.PartitionFor([]byte(ghost), 2), Message: stream.Message{Key: []byte(ghost), Value: enginetest.JSON(ghost, "PLACED", "aborted"), Timestamp: enginetest.Noon.UnixMilli()}},
			{topic: events.Claims, Message: stream.Message{Key: []byte(sellerOf(0)), Value: []byte("garbage"), Timestamp: enginetest.Noon.UnixMilli()}},
			{topic: events.Orders, Message: stream.Message{Key: []byte(sellerOf(0)), Value: enginetest.JSON(sellerOf(0), "CANCELLED", "good 1", "cancelled_by", `"SELLER"`, "reason", `"OUT_OF_STOCK"`), Timestamp: enginetest.Noon.UnixMilli()}},
		}
		half := len(all) / 2
		s.send(all[:half])
		s.abort(broker, noise)
		s.send(all[half:])
		s.abort(broker, noise)
		for _, each := range []*fixture{clean, s} {
			if err := each.run(t.Context(), t.TempDir(), end); err != nil {
				t.Fatal(err)
			}
		}
		s.checkDeadLetters(all)
		if n := len(clean.records(clean.topics.DeadLetters, 1)); n > 0 {
			t.Errorf("%d dead letters of good records", n)
		}
		if n := len(clean.alerts()); n == 0 {
			t.Error("no alert that bad records could change")
		}
		if n := len(clean.reports()); n != 2 {
			t.Errorf("%d reports, want 2", n)
		}
		enginetest.CompareLists(t, "output", s.withoutDeadLetters(), clean.withoutDeadLetters())
	})
}

// withoutDeadLetters is placeless without the dead letters.
func (s *fixture) withoutDeadLetters() []string {
	return slices.DeleteFunc(s.placeless(), func(text string) bool { return strings.Contains(text, "source.topic") })
}

func (s *fixture) checkDeadLetters(all []sent) {
	s.t.Helper()
	bySource := map[string]*sent{}
	for i := range all {
		if r := &all[i]; r.reason != "" {
			bySource[s.source(r)] = r
		}
	}
	for _, letter := range s.records(s.topics.DeadLetters, 1) {
		added := len(letter.Headers) - 5
		if added < 0 {
			s.t.Fatalf("dead letter %d has only %d headers", letter.Offset, len(letter.Headers))
		}
		names, values := []string{}, []string{}
		for _, h := range letter.Headers[added:] {
			names, values = append(names, h.Key), append(values, string(h.Value))
		}
		if want := []string{"reason", "error", "source.topic", "source.partition", "source.offset"}; !slices.Equal(names, want) {
			s.t.Fatalf("dead letter %d has headers %q, want %q last", letter.Offset, names, want)
		}
		source := strings.Join(values[2:], "/")
		r := bySource[source]
		if r == nil {
			s.t.Errorf("dead letter of %s, twice or of a good record: %s", source, values)
			continue
		}
		delete(bySource, source)
		if !sameBytes(letter.Key, r.Key) || !sameBytes(letter.Value, r.Value) || !slices.EqualFunc(letter.Headers[:added], r.Headers, sameHeader) {
			s.t.Errorf("%s: the dead letter is not as it came: key %q, headers %q, value %.80q", r.name, letter.Key, letter.Headers[:added], letter.Value)
		}
		if values[0] != string(r.reason) || !strings.Contains(values[1], r.says) || values[1] == "" || strings.Contains(values[1], "\n") {
			s.t.Errorf("%s: reason %s, error %q, want %s and %q", r.name, values[0], values[1], r.reason, r.says)
		}
	}
	for _, r := range bySource {
		s.t.Errorf("%s: no dead letter, want %s", r.name, r.reason)
	}
}

func sameHeader(a, b stream.Header) bool { return a.Key == b.Key && sameBytes(a.Value, b.Value) }

// sameBytes tells null from empty.
func sameBytes(a, b []byte) bool { return bytes.Equal(a, b) && (a == nil) == (b == nil) }

// The service does not begin on topics that are missing or do not fit together, and says which.
func TestTopicsThatDoNotFit(t *testing.T) {
	brokertest.Each(t, func(t *testing.T, broker *brokertest.Broker) {
		s := market(t, broker, "s", 3, nil)
		whole := s.topics
		fewer := stream.TopicSpec{Name: broker.Prefix + "fewer", Partitions: 2, ReplicationFactor: 1}
		if err := s.client.CreateTopics(t.Context(), []stream.TopicSpec{fewer}); err != nil {
			t.Fatal(err)
		}
		absent := broker.Prefix + "absent"
		for _, test := range []struct {
			name   string
			change func(*task.Topics)
			says   []string
		}{
			{"an input is missing", func(topics *task.Topics) { topics.Inputs[events.Claims] = absent }, []string{absent, "does not exist", "processor topics"}},
			{"alerts are missing", func(topics *task.Topics) { topics.Alerts = absent }, []string{absent, "does not exist", "processor topics"}},
			{"the changelog is missing", func(topics *task.Topics) { topics.Changelog = absent }, []string{absent, "does not exist", "processor topics"}},
			{"an input has fewer partitions", func(topics *task.Topics) { topics.Inputs[events.Returns] = fewer.Name }, []string{fewer.Name, whole.Inputs[0], " 2", " 3"}},
			{"the first input has fewer partitions", func(topics *task.Topics) { topics.Inputs[0] = fewer.Name }, []string{fewer.Name, whole.Inputs[1], " 2", " 3"}},
			{"the changelog has fewer partitions", func(topics *task.Topics) { topics.Changelog = fewer.Name }, []string{fewer.Name, whole.Inputs[0], " 2", " 3"}},
		} {
			s.topics = whole
			test.change(&s.topics)
			err := s.run(t.Context(), t.TempDir(), nil)
			if err == nil {
				t.Errorf("%s: no error", test.name)
				continue
			}
			for _, part := range test.says {
				if !strings.Contains(err.Error(), part) || strings.Contains(err.Error(), "\n") {
					t.Errorf("%s: error %q, want %q in one line", test.name, err, part)
				}
			}
		}
	})
}

// A broker that is not there is an error that names it and what to do.
func TestUnreachableBroker(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String() // Nobody listens there any more.
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	_, err = stream.Dial(t.Context(), stream.Options{Brokers: []string{address}, DialTimeout: 100 * time.Millisecond})
	if !errors.Is(err, stream.ErrUnreachable) || !strings.Contains(err.Error(), address) || !strings.Contains(err.Error(), "--brokers") {
		t.Errorf("dial: error %v, want one that names %s and --brokers", err, address)
	}
	broker, cluster := brokertest.EmbeddedCluster(t)
	s := newFixture(t, broker, 1)
	client, err := stream.Dial(t.Context(), stream.Options{Brokers: broker.Addresses, RetryTimeout: 100 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	cluster.Close()
	err = s.run(t.Context(), t.TempDir(), func(o *Options) { o.Client = client })
	if !errors.Is(err, stream.ErrUnreachable) || !strings.Contains(err.Error(), broker.Addresses[0]) {
		t.Errorf("new service: error %v, want one that names %s", err, broker.Addresses[0])
	}
}
