package backfill

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"sellerpulse/internal/app/provision"
	"sellerpulse/internal/stream"
	"sellerpulse/internal/task"
	"sellerpulse/pkg/rules"
	"sellerpulse/test/brokertest"
)

// fixture is a live application's topics on a broker.
type fixture struct {
	client *stream.Client
	app    Application
}

func newFixture(t *testing.T, broker *brokertest.Broker, partitions int32) *fixture {
	t.Helper()
	client, err := stream.Dial(t.Context(), stream.Options{Brokers: broker.Addresses, ClientID: "backfill-test"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	f := &fixture{client, Application{Topics: task.TopicsOf(broker.Prefix, broker.Prefix+"app"), Prefix: broker.Prefix, ID: broker.Prefix + "app"}}
	if _, err := provision.Create(t.Context(), client, f.app.Topics, provision.Size{Partitions: partitions, ReplicationFactor: 1}); err != nil {
		t.Fatal(err)
	}
	return f
}

func (f *fixture) candidate(t *testing.T, name string) *Candidate {
	t.Helper()
	c, err := f.app.Candidate(name)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func plan() *Plan { return &Plan{Zone: time.UTC, RetentionDays: 120, Rules: rules.BuiltIn()} }

// produce appends so many records to a partition of a topic, in one batch.
func (f *fixture) produce(t *testing.T, topic string, partition int32, at time.Time, n int) {
	t.Helper()
	producer, err := f.client.OpenIdempotent(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	o := stream.Output{TopicPartition: stream.TopicPartition{Topic: topic, Partition: partition}}
	for range n {
		o.Messages = append(o.Messages, stream.Message{Key: []byte("k"), Value: []byte("v"), Timestamp: at.UnixMilli()})
	}
	if _, err := producer.Produce(t.Context(), []stream.Output{o}); err != nil {
		t.Fatal(err)
	}
}

func TestControlTopic(t *testing.T) {
	brokertest.Each(t, func(t *testing.T, broker *brokertest.Broker) {
		f := newFixture(t, broker, 1)
		control := OpenControl(f.client, f.candidate(t, "x"))
		if exists, err := control.Exists(t.Context()); exists || err != nil {
			t.Errorf("before it was made it exists: %v, %v", exists, err)
		}
		for range 2 {
			if err := control.Create(t.Context(), 1); err != nil {
				t.Fatal(err)
			}
		}
		write := func(key string, value any) {
			t.Helper()
			if err := control.Write(t.Context(), key, value); err != nil {
				t.Fatal(err)
			}
		}
		write("request", map[string]int{"n": 1})
		write("answer/0", "old")
		write("answer/1", true)
		write("answer/0", "new")
		write("request", nil)
		values, next, err := control.Read(t.Context())
		if got := fmt.Sprintf("%s", values); err != nil || got != `map[answer/0:"new" answer/1:true]` || next != 5 {
			t.Errorf("read %s up to %d, %v", got, next, err)
		}
		write("answer/1", nil)
		write("request", 7)
		enough := errors.New("enough")
		var seen []string
		err = control.Follow(t.Context(), next, func(key string, value []byte) error {
			seen = append(seen, fmt.Sprintf("%s=%s nil %v", key, value, value == nil))
			if len(seen) == 2 {
				return enough
			}
			return nil
		})
		if got := strings.Join(seen, ", "); !errors.Is(err, enough) || got != "answer/1= nil true, request=7 nil false" {
			t.Errorf("followed %s, %v", got, err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := control.Follow(ctx, 0, func(string, []byte) error { return nil }); !errors.Is(err, context.Canceled) {
			t.Errorf("error %v of a follower whose context has ended", err)
		}
		if err := control.Write(t.Context(), "request", strings.Repeat("x", maxValueBytes)); err == nil || !strings.Contains(err.Error(), "262146 bytes, more than 262144") {
			t.Errorf("error %v of a value that is too large", err)
		}
	})
}

// All processes that begin a candidate at the same instant are given the same description, one that is killed right after it made the topic among them.
func TestAllWhoBeginAtOnceAgree(t *testing.T) {
	brokertest.Each(t, func(t *testing.T, broker *brokertest.Broker) {
		f := newFixture(t, broker, 2)
		if err := OpenControl(f.client, f.candidate(t, "x")).Create(t.Context(), 1); err != nil { // By one who was killed then.
			t.Fatal(err)
		}
		const processes = 4
		var created [processes]time.Time
		var group sync.WaitGroup
		for i := range processes {
			c := f.candidate(t, "x")
			group.Go(func() {
				d, err := Start(t.Context(), f.client, c, plan())
				if err != nil {
					t.Error(err)
					return
				}
				created[i] = d.CreatedAt
			})
		}
		group.Wait()
		for _, at := range created {
			if !at.Equal(created[0]) || at.IsZero() {
				t.Errorf("begun at %v", created)
			}
		}
		c := f.candidate(t, "x")
		found, err := f.client.Topics(t.Context(), c.own())
		if err != nil || len(found) != 5 || found[c.Control].Partitions != 1 || found[c.Topics.Changelog].Partitions != 2 || found[c.Control].Config["cleanup.policy"] != "compact" {
			t.Errorf("topics %+v, %v", found, err)
		}
	})
}

// A candidate whose process was killed before it had made the topics is given them by the next.
func TestKilledBeforeTheTopicsWereMade(t *testing.T) {
	f := newFixture(t, brokertest.Embedded(t), 2)
	c := f.candidate(t, "x")
	before, err := OpenControl(f.client, c).Establish(t.Context(), 1, func(ctx context.Context) (*Description, error) {
		return plan().propose(ctx, f.client, c, 2)
	})
	if err != nil {
		t.Fatal(err)
	}
	after := f.begun(t, "x", plan())
	if found, err := f.client.Identify(t.Context(), c.own()); err != nil || len(found) != 5 || !after.CreatedAt.Equal(before.CreatedAt) {
		t.Errorf("topics %v, %v, begun at %v and %v", found, err, before.CreatedAt, after.CreatedAt)
	}
}

func TestDescriptionsOfOtherVersions(t *testing.T) {
	const six = `"inputs":["a","b","c","d","e","f"],"offsets":[[0],[0],[0],[0],[0],[0]],"changelog":"log"`
	for _, c := range []struct{ value, want string }{
		{`{"version":1,` + six + `,"colour":"red"}`, ""},
		{`{"version":2,` + six + `}`, "read description of the candidate: it was begun by a newer version of the program: run that one"},
		{`{"version":1}`, "read description of the candidate: what the control topic says of it is no description of a candidate"},
		{`{"version":1,"inputs":["a","b","c","d","e","f"],"offsets":[[0,0],[0],[0],[0],[0],[0]],"changelog":"log"}`, "read description of the candidate: what the control topic says of it is no description of a candidate"},
		{`[]`, "read description of the candidate: json: cannot unmarshal array into Go value of type backfill.Description"},
	} {
		got := ""
		if _, err := decodeDescription([]byte(c.value)); err != nil {
			got = err.Error()
		}
		if got != c.want {
			t.Errorf("%s: %q, want %q", c.value, got, c.want)
		}
	}
}
