package worker

import (
	"errors"
	"slices"
	"sync/atomic"
	"testing"

	"github.com/prometheus/client_golang/prometheus/testutil"

	"sellerpulse/internal/stream"
	"sellerpulse/pkg/events"
	"sellerpulse/schemas"
	"sellerpulse/test/brokertest"
	"sellerpulse/test/enginetest"
)

// registry knows the built-in schema of each topic by an id, unless it is away.
type registry struct {
	away  atomic.Bool
	asked atomic.Int64
}

const firstSchemaID = 7

func (r *registry) schema(id uint32) (string, error) {
	r.asked.Add(1)
	if r.away.Load() {
		return "", errors.New("connection refused")
	}
	return schemas.Text(events.Topic(id - firstSchemaID).String()), nil
}

// registered is an event of JSON as those write it who use a registry.
func registered(topic events.Topic, line []byte) []byte {
	const fingerprintBytes = 10
	return append([]byte{0, 0, 0, 0, firstSchemaID + byte(topic)}, avroOf(topic, line)[fingerprintBytes:]...)
}

// While the schema registry is away, nothing that needs it is judged: neither an event, nor one that waited for its order. Its partition waits
// without having failed, all others go on, and once the registry is there each event counts as if it always had been.
func TestAnOutageOfTheRegistryIsNoDeadLetter(t *testing.T) {
	home, away := sellerOf(0), sellerOf(1)
	message := func(seller string, topic events.Topic, value []byte) sent {
		s := sent{topic: topic, partition: stream.PartitionFor([]byte(seller), 2)}
		s.Key, s.Value, s.Timestamp = []byte(seller), value, enginetest.Noon.UnixMilli()
		return s
	}
	placed := func(seller, order string) sent {
		return message(seller, events.Orders, enginetest.JSON(seller, "PLACED", order))
	}
	left := enginetest.JSON(home, "LEFT", "waited for", "feedback_id", `"f"`, "rating", "1")
	cases := map[string]struct{ before, after []sent }{
		"an event":            {nil, []sent{placed(home, "first"), message(home, events.Orders, registered(events.Orders, enginetest.JSON(home, "PLACED", "second")))}},
		"an event that waits": {[]sent{message(home, events.Feedback, registered(events.Feedback, left))}, []sent{placed(home, "waited for")}},
	}
	brokertest.Each(t, func(t *testing.T, broker *brokertest.Broker) {
		for name, c := range cases {
			t.Run(name, func(t *testing.T) {
				r := new(registry)
				s := market(t, broker, name[len(name)-5:], 2, nil)
				s.send(c.before)
				if err := s.run(t.Context(), t.TempDir(), func(o *Options) { o.Schema = r.schema }); err != nil {
					t.Fatal(err)
				}
				r.away.Store(true)
				asked := r.asked.Load()
				w := s.workWith(broker, func(o *Options) { o.Clock, o.Schema = longAgo, r.schema })
				s.send(append(slices.Clone(c.after), placed(away, "elsewhere")))
				s.awaitReadBut(0)
				enginetest.Eventually(t, "the registry was asked again", func() bool { return r.asked.Load() >= asked+3 })
				if w.failureIn(0) != nil || testutil.ToFloat64(w.worker.metrics.reacquired) < 2 {
					t.Error("the partition has failed, or was not acquired again")
				}
				if n := len(s.reasons()); n > 0 {
					t.Errorf("dead letters: %v", s.reasons())
				}
				r.away.Store(false)
				s.awaitRead()
				w.stop()
				if n := len(s.reasons()); n > 0 {
					t.Errorf("dead letters in the end: %v", s.reasons())
				}
				one := market(t, broker, "one-"+name[len(name)-5:], 2, nil)
				for _, part := range [][]sent{c.before, append(slices.Clone(c.after), placed(away, "elsewhere"))} {
					one.send(part)
					if err := one.run(t.Context(), t.TempDir(), func(o *Options) { o.Schema = r.schema }); err != nil {
						t.Fatal(err)
					}
				}
				enginetest.CompareLists(t, "alerts", s.sortedAlerts(anyPartition), one.sortedAlerts(anyPartition))
				enginetest.CompareLists(t, "reports", s.reportTexts(), one.reportTexts())
			})
		}
	})
}
