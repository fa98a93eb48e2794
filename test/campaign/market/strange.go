package market

import (
	"encoding/json"
	"fmt"
	"hash/fnv"

	"sellerpulse/pkg/events"
	"sellerpulse/test/oracle"
)

// Strange is the record of a stranger's topic that an event arrives in: in JSON of another form, under another key, in another number of partitions.
type Strange struct {
	Partition  int
	Offset     int64 // for the sender to fill in
	Key, Value []byte
	Refused    string // the reason why no mapping makes an event of it; empty: it becomes the record
}

// Mapping is the mapping file by which records of a stranger's topic become what they stand for.
func Mapping(topic string) []byte {
	return fmt.Appendf(nil, `mapping: strange
sources:
  - topics: [%q]
    form: json
    events: |
      .rest + {topic: .table, seller_id: .shop, order_id: .number, occurred_at: (.at | millis)}
`, topic)
}

// isStranger is whether a seller's events arrive in the stranger's topic.
func (m *Market) isStranger(seller string) bool {
	h := fnv.New32a()
	h.Write([]byte(seller))
	return int(h.Sum32()%100) < m.options.Strangers
}

// strange makes a record of an event that arrives in the stranger's topic, one in eighty with something wrong. Its id is its own, by which it is found again
// where it was carried to.
func (m *Market) strange(e events.Event) Record {
	e.EventID = fmt.Sprintf("%s-%d", e.EventID, m.arrived)
	key := []byte(e.SellerID)
	r := Record{Record: oracle.Record{Topic: e.Topic, Key: key, Partition: m.partitionOf(key), Timestamp: e.OccurredAt, Event: e}}
	fault := m.random.IntN(320)
	if fault == 3 && e.Kind == events.OrderPlaced {
		r.Event.OrderDate -= (121 + m.random.Int64N(20)) * day // Has expired already.
	}
	s := &Strange{Partition: m.random.IntN(m.options.StrangePartitions), Key: []byte(e.OrderID)}
	s.Value = told(&r.Event, fault != 0)
	switch fault {
	case 0:
		s.Refused = oracle.Invalid
	case 1:
		s.Value, s.Refused = s.Value[:len(s.Value)/2], oracle.Undecodable
	case 2:
		r.Timestamp -= 10*minute + 1 // The event is of the future.
	}
	r.Value, r.Strange = events.Encoder{}.AppendAvro(nil, &r.Event), s
	r.Bytes = len(r.Value)
	return r
}

// told is how a stranger tells of an event, with its time or without.
func told(e *events.Event, timed bool) []byte {
	var rest map[string]any
	if err := json.Unmarshal(events.AppendJSON(nil, e, false), &rest); err != nil {
		panic("market: " + err.Error()) // It was written a moment ago.
	}
	for _, name := range []string{"seller_id", "order_id", "occurred_at"} {
		delete(rest, name)
	}
	all := map[string]any{"table": e.Topic.String(), "shop": e.SellerID, "number": e.OrderID, "rest": rest}
	if timed {
		all["at"] = e.OccurredAt
	}
	text, err := json.Marshal(all)
	if err != nil {
		panic("market: " + err.Error()) // It is of texts and numbers.
	}
	return text
}

// Directly has a record arrive as it is. What no mapping makes an event of nobody can read then either.
func (r *Record) Directly() {
	if r.Strange != nil && r.Strange.Refused != "" {
		r.Value, r.Undecodable = []byte("garbage"), true
		r.Bytes = len(r.Value)
	}
	r.Strange = nil
}
