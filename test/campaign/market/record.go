package market

import (
	"sellerpulse/pkg/events"
	"sellerpulse/test/oracle"
)

const (
	minute = 60_000
	day    = 24 * 60 * minute
)

// spoil makes a record of an event: Avro or JSON, and one in forty with something wrong.
func (m *Market) spoil(e events.Event) Record {
	key := []byte(e.SellerID)
	r := Record{Record: oracle.Record{Topic: e.Topic, Key: key, Partition: m.partitionOf(key), Timestamp: e.OccurredAt, Event: e}}
	fault := m.random.IntN(320)
	if fault == 7 && e.Kind == events.OrderPlaced {
		r.Event.OrderDate -= (121 + m.random.Int64N(20)) * day // Has expired already.
	}
	r.Value = m.encode(&r.Event)
	switch fault {
	case 0:
		r.Value, r.Undecodable = nil, true
	case 1:
		r.Value, r.Undecodable = []byte("garbage"), true
	case 2:
		r.Value, r.Undecodable = events.Encoder{}.AppendAvro(nil, &r.Event), true
		r.Value = append(r.Value, '!') // Left over.
	case 3:
		r.Value, r.Invalid = []byte(`{"event_id":"e","kind":"UNHEARD_OF"}`), true
	case 4:
		r.Key = append([]byte("not "), key...)
	case 5:
		off := (1 + m.random.IntN(m.options.Partitions)) % m.options.Partitions // Mostly another.
		r.Partition, r.astray = (r.Partition+off)%m.options.Partitions, off > 0
	case 6:
		r.Timestamp -= 10*minute + 1 // The event is of the future.
	}
	r.Bytes = len(r.Value)
	return r
}

func (m *Market) encode(e *events.Event) []byte {
	if m.random.IntN(10) == 0 {
		return events.AppendJSON(nil, e, false)
	}
	return events.Encoder{}.AppendAvro(nil, e)
}
