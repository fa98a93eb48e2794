package ask

import (
	"bytes"
	"errors"
	"log/slog"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"

	"sellerpulse/internal/inspect"
	"sellerpulse/internal/simulate"
	"sellerpulse/internal/state"
	"sellerpulse/internal/stream"
	"sellerpulse/internal/task"
	"sellerpulse/internal/worker"
	"sellerpulse/pkg/events"
	"sellerpulse/pkg/rules"
	"sellerpulse/test/brokertest"
	"sellerpulse/test/enginetest"
)

const partitions = 2

// market is a state that was built of a random marketplace's events, and these.
type market struct {
	topics task.Topics
	client *stream.Client
	db     *state.DB
	all    []events.Event
}

func build(t *testing.T, broker *brokertest.Broker) *market {
	t.Helper()
	m := &market{topics: task.TopicsOf(broker.Prefix, broker.Prefix+"app")}
	m.client = enginetest.Topics(t, broker.Addresses, enginetest.TopicSpecs(m.topics.Inputs, partitions, map[string]int32{
		m.topics.Alerts: 1, m.topics.DeadLetters: 1, m.topics.SellerHealth: 1, m.topics.Changelog: partitions,
	}))
	m.all = simulate.RandomMarketplace(simulate.RandomOptions{Seed: 5, Events: 800, Sellers: 12, Start: enginetest.Noon.UnixMilli(), Days: 60})
	if err := enginetest.Produce(t.Context(), m.client, m.topics.Inputs, partitions, m.all); err != nil {
		t.Fatal(err)
	}
	m.db = enginetest.OpenState(t, t.TempDir(), m.topics.Changelog)
	t.Cleanup(func() { m.db.Close() })
	w, err := worker.New(t.Context(), worker.Options{Options: task.Options{
		Client: m.client, State: m.db, Topics: m.topics, AppID: broker.Prefix + "app", Rules: rules.BuiltIn(), Zone: time.UTC, RetentionDays: 120, UntilEnd: true,
		AsOf: events.None, Logger: slog.New(slog.DiscardHandler),
	}})
	if err == nil {
		err = w.Run(t.Context())
	}
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func (m *market) states() *States {
	return New(Options{
		DB: m.db, Inspect: inspect.Options{Rules: rules.BuiltIn(), Zone: time.UTC, RetentionDays: 120}, Client: m.client, Inputs: m.topics.Inputs,
		PartitionOf: func(seller string) int32 { return stream.PartitionFor([]byte(seller), partitions) },
	})
}

// orderOf is what is known of an order.
func orderOf(t *testing.T, s *States, seller, order string) (found *inspect.Order) {
	t.Helper()
	err := s.Of(t.Context(), seller, func(p *inspect.Partition) (err error) {
		found, err = p.Order(seller, order)
		return err
	})
	if err != nil && !errors.As(err, new(*inspect.UnknownOrderError)) && !errors.As(err, new(*inspect.UnknownSellerError)) {
		t.Fatal(err)
	}
	return found
}

// The events behind an order are read back from their topics, each as it came, in the order of time; once they are deleted that is said.
func TestEventsBehindAnOrder(t *testing.T) {
	brokertest.Each(t, func(t *testing.T, broker *brokertest.Broker) {
		m := build(t, broker)
		s := m.states()
		sent := map[string]bool{}
		for i := range m.all {
			sent[string(events.AppendJSON(nil, &m.all[i], true))] = true
		}
		var seller, order string
		live := 0
		for i := range m.all {
			e := &m.all[i]
			if e.Topic != events.Orders || e.Kind != events.OrderPlaced {
				continue
			}
			o := orderOf(t, s, e.SellerID, e.OrderID)
			if o == nil || o.Row == nil {
				continue
			}
			live++
			seller, order = e.SellerID, e.OrderID
			read, err := s.OrderEvents(t.Context(), o)
			if err != nil || len(read.Events) == 0 || read.Omitted != 0 || read.OrderID != order || read.Head != o.Head {
				t.Fatalf("events behind %s of %s: %+v, error %v", order, seller, read, err)
			}
			all := read.Events
			for j, got := range all {
				if got.Missing != nil || !sent[string(got.Event)] || !bytes.Contains(got.Event, []byte(`"kind":"`+*got.Kind+`","event_id":"`+*got.EventID+`"`)) || j > 0 && *got.OccurredAt < *all[j-1].OccurredAt {
					t.Fatalf("event %d behind %s of %s: %+v; want one of those that were sent, in their order", j, order, seller, got)
				}
			}
		}
		if live < 50 {
			t.Fatalf("%d live orders: too few to tell", live)
		}
		to := kadm.Offsets{}
		for _, topic := range m.topics.Inputs {
			for p := range int32(partitions) {
				to.AddOffset(topic, p, -1, -1)
			}
		}
		if deleted, err := brokertest.Admin(t, broker).DeleteRecords(t.Context(), to); err != nil || deleted.Error() != nil {
			t.Fatal(err, deleted.Error())
		}
		all, err := s.Events(t.Context(), seller, order, orderOf(t, s, seller, order).Row.Events)
		if err != nil || len(all) == 0 || all[0].Missing == nil || *all[0].Missing != Deleted {
			t.Errorf("once deleted: %+v, error %v", all, err)
		}
	})
}

// A seller is found in its partition alone; a process without states, or without that one, says that it is elsewhere; one that is closed answers nobody.
func TestStatesOf(t *testing.T) {
	m := build(t, brokertest.Embedded(t))
	answer := func(*inspect.Partition) error { return nil }
	for name, s := range map[string]*States{"by its key": m.states(), "in any": New(Options{DB: m.db, Inspect: m.states().o.Inspect})} {
		if err := s.Of(t.Context(), m.all[0].SellerID, func(p *inspect.Partition) error {
			_, err := p.Rules(m.all[0].SellerID)
			return err
		}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	var none *States
	if err := none.Of(t.Context(), "S", answer); !errors.Is(err, ErrElsewhere) {
		t.Errorf("without states: %v", err)
	}
	away := New(Options{DB: m.db, Inspect: m.states().o.Inspect, PartitionOf: func(string) int32 { return 7 }})
	if err := away.Of(t.Context(), "S", answer); !errors.Is(err, ErrElsewhere) {
		t.Errorf("of a partition that is elsewhere: %v", err)
	}
	if err := away.Close(); err != nil {
		t.Fatal(err)
	}
	if err := away.Of(t.Context(), "S", answer); !errors.Is(err, ErrClosed) {
		t.Errorf("once closed: %v", err)
	}
}
