package intake

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"sellerpulse/internal/deadletter"
	"sellerpulse/internal/mapping"
	"sellerpulse/internal/stream"
	"sellerpulse/internal/task"
	"sellerpulse/pkg/events"
	"sellerpulse/test/brokertest"
	"sellerpulse/test/enginetest"
)

// Partitions of the topics of a site: those of the sources are others than ours.
const (
	ordersPartitions = 5
	moodsPartitions  = 2
	ourPartitions    = 3
)

// site is a broker with topics of somebody else, and ours.
type site struct {
	t       testing.TB
	prefix  string
	client  *stream.Client
	topics  task.Topics
	appID   string
	orders  string
	moods   string
	mapping *mapping.Mapping
}

const siteMapping = `
mapping: site
sources:
  - topics: [%[1]sshop.orders]
    events: |
      {topic: "orders", kind: "PLACED", event_id: "p\(.id)", seller_id: .shop, order_id: .id, occurred_at: (.at | millis), order_date: (.at | millis), channel: "MFN"},
      (select(.cancelled) | {topic: "orders", kind: "CANCELLED", event_id: "c\(.id)", seller_id: .shop, order_id: .id, occurred_at: (.at | millis), cancelled_by: "SELLER", reason: "OUT_OF_STOCK"})
  - pattern: %[1]smoods\..*
    events: .
    key: seller_id
    into: feedback
`

func newSite(t testing.TB, broker *brokertest.Broker) *site {
	t.Helper()
	s := &site{t: t, prefix: broker.Prefix, topics: task.TopicsOf(broker.Prefix, "app"), appID: broker.Prefix + "app", orders: broker.Prefix + "shop.orders", moods: broker.Prefix + "moods.eu"}
	specs := enginetest.TopicSpecs(s.topics.Inputs, ourPartitions, map[string]int32{s.topics.DeadLetters: 2})
	specs = append(specs, stream.TopicSpec{Name: s.orders, Partitions: ordersPartitions, ReplicationFactor: 1}, stream.TopicSpec{Name: s.moods, Partitions: moodsPartitions, ReplicationFactor: 1})
	s.client = enginetest.Topics(t, broker.Addresses, specs)
	text := fmt.Sprintf(siteMapping, broker.Prefix)
	var err error
	if s.mapping, err = mapping.Parse(mapping.File{Name: "site.yaml", Text: []byte(text)}, mapping.Options{}); err != nil {
		t.Fatal(err)
	}
	return s
}

// write writes records to a source, round its partitions, keyed by nothing that matters.
func (s *site) write(topic string, partitions int32, values ...string) {
	s.t.Helper()
	producer, err := s.client.OpenIdempotent(s.t.Context())
	if err != nil {
		s.t.Fatal(err)
	}
	outputs := make([]stream.Output, partitions)
	for i, value := range values {
		o := &outputs[i%int(partitions)]
		o.TopicPartition = stream.TopicPartition{Topic: topic, Partition: int32(i % int(partitions))}
		o.Messages = append(o.Messages, stream.Message{Key: fmt.Appendf(nil, "%d", i), Value: []byte(value), Timestamp: 1})
	}
	if _, err := producer.Produce(s.t.Context(), outputs); err != nil {
		s.t.Fatal(err)
	}
}

func (s *site) options() Options {
	return Options{Client: s.client, Mapping: s.mapping, Topics: s.topics, AppID: s.appID, SessionTimeout: 6 * time.Second, CommitInterval: time.Millisecond}
}

// carry runs a bounded intake.
func (s *site) carry() {
	s.t.Helper()
	o := s.options()
	o.UntilEnd = true
	in, err := New(s.t.Context(), o)
	if err == nil {
		err = in.Run(s.t.Context())
	}
	if err != nil {
		s.t.Fatal(err)
	}
}

// order and mood are records of the sources, each of its own number.
func order(n int) string {
	return fmt.Sprintf(`{"id":"O%05d","shop":"S%d","at":%d,"cancelled":%t}`, n, n%17, 1767326645000+n, n%3 == 0)
}

func mood(n int) string {
	return fmt.Sprintf(`{"kind":"LEFT","event_id":"m%05d","occurred_at":"2026-01-02T03:04:05Z","seller_id":"S%d","order_id":"O%d","feedback_id":"F%d","rating":1}`, n, n%17, n, n)
}

func numbered(n int, of func(int) string) (all []string) {
	for i := range n {
		all = append(all, of(i))
	}
	return all
}

// want is which events there must be of each seller, by topic, in the order of the numbers that each source partition has them in.
func (s *site) check(orders, moods int) {
	s.t.Helper()
	got := map[events.Topic]map[string]bool{events.Orders: {}, events.Feedback: {}}
	decoder := events.NewDecoder(events.DecoderOptions{})
	last := map[string]string{} // by source partition and partition of ours
	for topic := range got {
		for p := range int32(ourPartitions) {
			for _, r := range enginetest.Records(s.t, s.client, stream.TopicPartition{Topic: s.topics.Inputs[topic], Partition: p}) {
				var e events.Event
				if err := decoder.Decode(topic, r.Value, &e); err != nil {
					s.t.Fatal(err)
				}
				if want := stream.PartitionFor([]byte(e.SellerID), ourPartitions); string(r.Key) != e.SellerID || want != p {
					s.t.Errorf("event %s of seller %s is under key %q in partition %d, want %d", e.EventID, e.SellerID, r.Key, p, want)
				}
				if got[topic][e.EventID] {
					s.t.Errorf("event %s is there twice", e.EventID)
				}
				got[topic][strings.Clone(e.EventID)] = true
				n, err := strconv.Atoi(strings.TrimLeft(e.EventID, "pcmO"))
				if err != nil {
					s.t.Fatal(err)
				}
				of := map[events.Topic]int{events.Orders: ordersPartitions, events.Feedback: moodsPartitions}[topic]
				at, key := fmt.Sprintf("%05d%d", n, e.Kind), fmt.Sprint(topic, n%of, p)
				if at < last[key] {
					s.t.Errorf("event %s of source partition %s comes after %s", e.EventID, key, last[key])
				}
				last[key] = at
			}
		}
	}
	want := map[string]bool{}
	for n := range orders {
		want[fmt.Sprintf("pO%05d", n)] = true
		if n%3 == 0 {
			want[fmt.Sprintf("cO%05d", n)] = true
		}
	}
	if !maps.Equal(got[events.Orders], want) {
		s.t.Errorf("%d events of orders, want %d", len(got[events.Orders]), len(want))
	}
	if len(got[events.Feedback]) != moods {
		s.t.Errorf("%d events of feedback, want %d", len(got[events.Feedback]), moods)
	}
}

func TestRecordsBecomeEventsOfTheirSellersPartition(t *testing.T) {
	brokertest.Each(t, func(t *testing.T, broker *brokertest.Broker) {
		s := newSite(t, broker)
		s.write(s.orders, ordersPartitions, numbered(1_000, order)...)
		s.write(s.moods, moodsPartitions, numbered(300, mood)...)
		s.carry()
		s.check(1_000, 300)
		s.carry() // Once more is not twice.
		s.check(1_000, 300)
	})
}

func TestWhatCannotBeMappedIsADeadLetter(t *testing.T) {
	brokertest.Each(t, func(t *testing.T, broker *brokertest.Broker) {
		s := newSite(t, broker)
		s.write(s.orders, ordersPartitions, order(0), `{"id":"O1"`, order(2), `{"id":"O3","shop":"S1","at":"tomorrow"}`)
		s.carry()
		var got []string
		for p := range int32(2) {
			log := stream.TopicPartition{Topic: s.topics.DeadLetters, Partition: p}
			for _, r := range enginetest.Records(t, s.client, log) {
				l, err := deadletter.Parse(log, &r)
				if err != nil {
					t.Fatal(err)
				}
				got = append(got, fmt.Sprintf("%v %s %s %s", deadletter.Place(l.Source), l.Reason, l.Value, l.Error))
			}
		}
		slices.Sort(got)
		for i, want := range []string{s.orders + `/1@0 undecodable {"id":"O1" mapping site: read JSON: byte 10: `, s.orders + `/3@0 invalid {"id":"O3","shop":"S1","at":"tomorrow"} mapping site: the program fails: millis: "tomorrow" is no number; correct the mapping, see`} {
			if i >= len(got) || !strings.HasPrefix(got[i], want) {
				t.Errorf("dead letters %q, want %q", got, want)
			}
		}
		if len(got) != 2 {
			t.Errorf("dead letters %q, want two", got)
		}
	})
}

// Processes come, go and fail in the middle of transactions, and nothing is lost or there twice.
func TestFailuresLoseAndDoubleNothing(t *testing.T) {
	brokertest.Each(t, func(t *testing.T, broker *brokertest.Broker) {
		s := newSite(t, broker)
		const orders, moods = 6_000, 1_000
		s.write(s.orders, ordersPartitions, numbered(orders, order)...)
		s.write(s.moods, moodsPartitions, numbered(moods, mood)...)
		r := rand.New(rand.NewPCG(1, 2))
		for range 4 {
			var failed atomic.Int32
			most := 1 + r.Int32N(6)
			ctx, cancel := context.WithCancel(t.Context())
			o := s.options()
			o.batchRecords = 50
			o.confirm = func(context.Context) error { // Written, and left open by this process.
				if failed.Add(1) >= most {
					cancel()
					panic("killed")
				}
				return nil
			}
			in, err := New(ctx, o)
			if err == nil {
				err = in.Run(ctx)
			}
			cancel()
			if err != nil && !errors.Is(err, context.Canceled) {
				t.Fatal(err)
			}
		}
		done := make(chan error, 2)
		for range 2 {
			o := s.options()
			o.UntilEnd = true
			in, err := New(t.Context(), o)
			if err != nil {
				t.Fatal(err)
			}
			go func() { done <- in.Run(t.Context()) }()
		}
		for range 2 {
			if err := <-done; err != nil {
				t.Fatal(err)
			}
		}
		s.check(orders, moods)
	})
}

// A topic that comes later, with more partitions than any had, is carried over by those who are there.
func TestTopicsThatComeLater(t *testing.T) {
	broker := brokertest.Embedded(t)
	s := newSite(t, broker)
	o := s.options()
	o.Refresh = 50 * time.Millisecond
	in, err := New(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- in.Run(ctx) }()
	s.write(s.moods, moodsPartitions, numbered(10, mood)...)
	enginetest.Eventually(t, "the records that are there at first", func() bool { return in.Carried().Records >= 10 })
	late, partitions := broker.Prefix+"moods.us", int32(ordersPartitions+2)
	if err := s.client.CreateTopics(t.Context(), []stream.TopicSpec{{Name: late, Partitions: partitions, ReplicationFactor: 1}}); err != nil {
		t.Fatal(err)
	}
	s.write(late, partitions, numbered(40, mood)[10:]...)
	enginetest.Eventually(t, "the records of the topic that came later", func() bool { return in.Carried().Events >= 40 })
	stop()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if got := in.Carried(); got != (Carried{Records: 40, Events: 40}) {
		t.Errorf("carried %+v, want 40 records", got)
	}
}

// A source topic that is made anew under its name is read from its beginning.
func TestATopicMadeAnew(t *testing.T) {
	brokertest.Each(t, func(t *testing.T, broker *brokertest.Broker) {
		s := newSite(t, broker)
		s.write(s.orders, ordersPartitions, numbered(50, order)...)
		s.carry()
		if err := s.client.DeleteTopics(t.Context(), []string{s.orders}); err != nil {
			t.Fatal(err)
		}
		if err := s.client.CreateTopics(t.Context(), []stream.TopicSpec{{Name: s.orders, Partitions: ordersPartitions, ReplicationFactor: 1}}); err != nil {
			t.Fatal(err)
		}
		s.write(s.orders, ordersPartitions, numbered(100, order)[50:]...)
		s.carry()
		s.check(100, 0)
	})
}

func TestAssignmentIsEvenAndLetsUnitsStay(t *testing.T) {
	member := func(id, owned string) stream.GroupMember {
		return stream.GroupMember{ID: id, UserData: []byte(`{"owned":` + owned + `}`)}
	}
	for _, c := range []struct {
		members []stream.GroupMember
		units   int32
		want    string
	}{
		{[]stream.GroupMember{member("a", "[]")}, 3, "a[0 1 2]"},
		{[]stream.GroupMember{member("a", "[0,1,2,3,4]"), member("b", "[]")}, 5, "a[0 1 2] b[3 4]"},
		{[]stream.GroupMember{member("a", "[]"), member("b", "[4,2]")}, 5, "a[0 1] b[2 3 4]"},
		{[]stream.GroupMember{member("a", "[0]"), member("b", "[0]"), {ID: "c", UserData: []byte("?")}}, 2, "a[0] b[1] c[]"},
		{[]stream.GroupMember{member("a", "[7,-1]")}, 1, "a[0]"},
		{[]stream.GroupMember{member("a", "[]")}, 0, "a[]"},
	} {
		assigned := assign(c.members, c.units)
		var texts []string
		for _, id := range slices.Sorted(maps.Keys(assigned)) {
			texts = append(texts, fmt.Sprint(id, assigned[id].Partitions))
		}
		if got := strings.Join(texts, " "); got != c.want {
			t.Errorf("assigned %s, want %s", got, c.want)
		}
	}
}

func TestSourcesThatCannotBeRead(t *testing.T) {
	s := newSite(t, brokertest.Embedded(t))
	for text, problem := range map[string]string{
		"topics: nowhere\n    events: .":                    `source topic "nowhere" of mapping m does not exist`,
		"topics: " + s.topics.Inputs[0] + "\n    events: .": "to which it writes",
		"pattern: nothing-.*\n    events: .":                "no topic fits the patterns",
		"files: '*.csv'\n    form: csv\n    events: .":      "no source names a topic",
	} {
		m, err := mapping.Parse(mapping.File{Name: "m", Text: []byte("mapping: m\nsources:\n  - " + text)}, mapping.Options{})
		if err != nil {
			t.Fatal(err)
		}
		o := s.options()
		o.Mapping = m
		if _, err := New(t.Context(), o); err == nil || !strings.Contains(err.Error(), problem) {
			t.Errorf("%s: error %v, want %q", text, err, problem)
		}
	}
}
