package intake

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"sellerpulse/internal/deadletter"
	"sellerpulse/internal/limits"
	"sellerpulse/internal/mapping"
	"sellerpulse/internal/stream"
	"sellerpulse/pkg/events"
	"sellerpulse/test/brokertest"
	"sellerpulse/test/enginetest"
)

// source makes a topic with settings and a mapping of it.
func (s *site) source(name, source string, config map[string]string) {
	s.t.Helper()
	if err := s.client.CreateTopics(s.t.Context(), []stream.TopicSpec{{Name: name, Partitions: 1, ReplicationFactor: 1, Config: config}}); err != nil {
		s.t.Fatal(err)
	}
	var err error
	text := "mapping: " + strings.TrimPrefix(name, s.prefix) + "\nsources:\n  - topics: [" + name + "]\n    " + source
	if s.mapping, err = mapping.Parse(mapping.File{Name: "m.yaml", Text: []byte(text)}, mapping.Options{}); err != nil {
		s.t.Fatal(err)
	}
}

// letters is what the dead letters say, and how long their values are.
func (s *site) letters() (all []string) {
	s.t.Helper()
	for p := range int32(2) {
		log := stream.TopicPartition{Topic: s.topics.DeadLetters, Partition: p}
		for _, r := range enginetest.Records(s.t, s.client, log) {
			l, err := deadletter.Parse(log, &r)
			if err != nil {
				s.t.Fatal(err)
			}
			all = append(all, fmt.Sprintf("%v %s %s", deadletter.Place(l.Source), l.Reason, l.Error))
		}
	}
	return all
}

func (s *site) count(topic events.Topic) (n int) {
	s.t.Helper()
	for p := range int32(ourPartitions) {
		n += len(enginetest.Records(s.t, s.client, stream.TopicPartition{Topic: s.topics.Inputs[topic], Partition: p}))
	}
	return n
}

// A record larger than any that is read is a dead letter, cut to what their topic takes; what comes behind it is carried over.
func TestAHugeRecord(t *testing.T) {
	brokertest.Each(t, func(t *testing.T, broker *brokertest.Broker) {
		s := newSite(t, broker)
		name := broker.Prefix + "huge"
		s.source(name, "events: .\n    key: seller_id\n    into: feedback", map[string]string{"max.message.bytes": "33554432"})
		s.write(name, 1, `"`+strings.Repeat("x", limits.SourceRecord)+`"`, mood(1))
		s.carry()
		got := s.letters()
		if len(got) != 1 || !strings.HasPrefix(got[0], name+"/0@0 undecodable mapping huge: value and headers have 16777218 bytes, and an event 262144 at most; correct") {
			t.Errorf("dead letters %q", got)
		}
		if n := s.count(events.Feedback); n != 1 {
			t.Errorf("%d events were carried over, want the one behind it", n)
		}
		s.source(name+"-jq", "events: '{topic: \"feedback\"} + .'", map[string]string{"max.message.bytes": "33554432"})
		s.write(name+"-jq", 1, `"`+strings.Repeat("x", limits.SourceRecord)+`"`, mood(2))
		s.carry()
		if got := s.letters(); len(got) != 2 || !strings.Contains(strings.Join(got, "\n"), "16777218 bytes, more than 16777216: such a record is not read") {
			t.Errorf("dead letters %q", got)
		}
		if n := s.count(events.Feedback); n != 2 {
			t.Errorf("%d events were carried over, want two", n)
		}
	})
}

// A record may become ten thousand events, which are written whole though they are more than a transaction is due with. One more is too many, and none is written.
func TestARecordOfManyEvents(t *testing.T) {
	brokertest.Each(t, func(t *testing.T, broker *brokertest.Broker) {
		s := newSite(t, broker)
		name := broker.Prefix + "many"
		s.source(name, `events: 'range(.n) | {topic: "feedback", kind: "LEFT", event_id: "e\(.)", occurred_at: "2026-01-02T03:04:05Z", seller_id: "S\(. % 7)", order_id: "O\(.)", feedback_id: "F\(.)", rating: 1}'`, nil)
		s.write(name, 1, fmt.Sprintf(`{"n":%d}`, limits.MappedEvents), fmt.Sprintf(`{"n":%d}`, limits.MappedEvents+1), `{"n":3}`)
		o := s.options()
		o.UntilEnd, o.Memory = true, 1 // The least that a unit can have.
		in, err := New(t.Context(), o)
		if err == nil {
			err = in.Run(t.Context())
		}
		if err != nil {
			t.Fatal(err)
		}
		if n := s.count(events.Feedback); n != limits.MappedEvents+3 {
			t.Errorf("%d events, want %d", n, limits.MappedEvents+3)
		}
		if got := s.letters(); len(got) != 1 || !strings.HasPrefix(got[0], name+"/0@1 invalid mapping many: it becomes more than 10000 events: does the program loop?") {
			t.Errorf("dead letters %q", got)
		}
	})
}

// An event that is larger than the brokers let be written to its topic is a dead letter that names the setting, and holds nothing up.
func TestEventsThatTheirTopicDoesNotTake(t *testing.T) {
	brokertest.Each(t, func(t *testing.T, broker *brokertest.Broker) {
		s := newSite(t, broker)
		feedback := s.topics.Inputs[events.Feedback]
		if err := s.client.DeleteTopics(t.Context(), []string{feedback}); err != nil {
			t.Fatal(err)
		}
		if err := s.client.CreateTopics(t.Context(), []stream.TopicSpec{{Name: feedback, Partitions: ourPartitions, ReplicationFactor: 1, Config: map[string]string{"max.message.bytes": "2000"}}}); err != nil {
			t.Fatal(err)
		}
		name := broker.Prefix + "long"
		s.source(name, "events: .\n    key: seller_id\n    into: feedback", nil)
		long := strings.Replace(mood(1), `"F1"`, `"F`+strings.Repeat("1", 1_000)+`"`, 1)
		long = strings.Replace(long, `"O1"`, `"O`+strings.Repeat("1", 1_000)+`"`, 1)
		s.write(name, 1, mood(0), long, mood(2))
		s.carry()
		if got := s.letters(); len(got) != 1 || !strings.HasPrefix(got[0], name+"/0@1 invalid mapping long: an event of it takes ") || !strings.Contains(got[0], "raise its max.message.bytes to ") {
			t.Errorf("dead letters %q", got)
		}
		if n := s.count(events.Feedback); n != 2 {
			t.Errorf("%d events were carried over, want the two that fit", n)
		}
	})
}

// running runs an intake until the test ends.
func (s *site) running(o Options) *Intake {
	s.t.Helper()
	in, err := New(s.t.Context(), o)
	if err != nil {
		s.t.Fatal(err)
	}
	ctx, stop := context.WithCancel(s.t.Context())
	done := make(chan error, 1)
	go func() { done <- in.Run(ctx) }()
	s.t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			s.t.Error(err)
		}
	})
	return in
}

// A source topic that vanishes is told as what the intake waits for, while the others go on; made anew it is read from its beginning.
func TestASourceThatVanishes(t *testing.T) {
	brokertest.Each(t, func(t *testing.T, broker *brokertest.Broker) {
		s := newSite(t, broker)
		o := s.options()
		o.Refresh = 50 * time.Millisecond
		in := s.running(o)
		s.write(s.orders, ordersPartitions, numbered(50, order)...)
		enginetest.Eventually(t, "all is carried over", func() bool { return in.Carried().Records == 50 && in.Waits() == nil })
		if err := s.client.DeleteTopics(t.Context(), []string{s.orders}); err != nil {
			t.Fatal(err)
		}
		enginetest.Eventually(t, "the topic is missed", func() bool {
			err := in.Waits()
			return err != nil && strings.Contains(err.Error(), "source topics are gone: "+s.orders+": create them again")
		})
		s.write(s.moods, moodsPartitions, numbered(10, mood)...)
		enginetest.Eventually(t, "the other topic is carried over", func() bool { return in.Carried().Records == 60 })
		if err := s.client.CreateTopics(t.Context(), []stream.TopicSpec{{Name: s.orders, Partitions: ordersPartitions, ReplicationFactor: 1}}); err != nil {
			t.Fatal(err)
		}
		s.write(s.orders, ordersPartitions, numbered(80, order)[50:]...)
		enginetest.Eventually(t, "the new topic is carried over", func() bool { return in.Carried().Records == 90 && in.Waits() == nil })
		s.check(80, 10)
	})
}

// A bounded intake whose source is deleted meanwhile ends, and names it.
func TestABoundedIntakeWhoseSourceIsDeleted(t *testing.T) {
	s := newSite(t, brokertest.Embedded(t))
	s.write(s.orders, ordersPartitions, numbered(50, order)...)
	o := s.options()
	o.UntilEnd, o.Refresh = true, 50*time.Millisecond
	in, err := New(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.client.DeleteTopics(t.Context(), []string{s.orders}); err != nil {
		t.Fatal(err)
	}
	if err := in.Run(t.Context()); err == nil || !strings.Contains(err.Error(), s.orders) {
		t.Errorf("it ends with %v, want the topic to be named", err)
	}
}

// Partitions that are added to a source are read from their beginning, also of one that is read from its end at first.
func TestASourceThatGrows(t *testing.T) {
	brokertest.Each(t, func(t *testing.T, broker *brokertest.Broker) {
		s := newSite(t, broker)
		name := broker.Prefix + "grows"
		s.source(name, "events: .\n    key: seller_id\n    into: feedback\n    start: latest", nil)
		s.write(name, 1, mood(0)) // Before it begins.
		o := s.options()
		o.Refresh = 50 * time.Millisecond
		in := s.running(o)
		enginetest.Eventually(t, "it has found where to begin", func() bool {
			all := in.Status()
			return len(all) == 1 && !all[0].Committed.IsZero()
		})
		grown, err := brokertest.Admin(t, broker).UpdatePartitions(t.Context(), 3, name)
		if err != nil || grown.Error() != nil {
			t.Fatal(err, grown.Error())
		}
		enginetest.Eventually(t, "the topic has grown", func() bool {
			found, err := s.client.Identify(t.Context(), []string{name})
			return err == nil && found[name].Partitions == 3
		})
		s.write(name, 3, numbered(31, mood)[1:]...)
		enginetest.Eventually(t, "all partitions are carried over", func() bool { return in.Carried().Records == 30 && len(in.Status()) == 3 })
		if n := s.count(events.Feedback); n != 30 {
			t.Errorf("%d events, want 30", n)
		}
	})
}

// However many units there are, what they may have comes to no more than the memory, but for the least that each needs.
func TestRoomsFitTheMemory(t *testing.T) {
	for _, memory := range []int64{1 << 20, 6 << 20, 39 << 20, 256 << 20, 4 << 30} {
		for _, units := range []int32{0, 1, 2, 7, 64, 500} {
			in := &Intake{options: Options{Memory: memory}, units: map[int32]*unit{}}
			for p := range units {
				in.units[p] = newUnit(&Intake{options: Options{}.withDefaults()}, p)
				in.units[p].give(&stream.Generation{})
			}
			r := in.room()
			whole := int64(max(1, units)) * int64(r.fetched+4*r.batch)
			least := int64(max(1, units)) * (leastFetched + 4*leastBatch)
			if whole > max(memory, least) || r.batch > limits.Carried || r.fetched < leastFetched || r.batch < leastBatch {
				t.Errorf("%d bytes, %d units: %+v each, %d in all", memory, units, r, whole)
			}
		}
	}
}
