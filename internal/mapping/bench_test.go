package mapping

import (
	"testing"

	"sellerpulse/pkg/events"
)

// BenchmarkRepartition puts events under their sellers' keys, on one core.
func BenchmarkRepartition(b *testing.B) {
	var e events.Event
	line := []byte(`{"topic":"orders","kind":"PLACED","event_id":"e1","occurred_at":"2026-01-02T03:04:05Z","seller_id":"S1","order_id":"O1","order_date":"2026-01-02T03:04:05Z","channel":"MFN","items":[{"item_id":"1","product_line":"toys","quantity":1}],"ship_by":"2026-01-04T23:59:59Z","deliver_by":"2026-01-09T23:59:59Z"}`)
	if err := events.ParseLine(line, &e); err != nil {
		b.Fatal(err)
	}
	for name, value := range map[string][]byte{"json": line, "avro": events.Encoder{}.AppendAvro(nil, &e)} {
		b.Run(name, func(b *testing.B) {
			benchmark(b, parsed(b, "mapping: m\nsources:\n  - topics: t\n    events: .\n    key: seller_id\n    into: orders", Options{}), value)
		})
	}
}

func BenchmarkProgram(b *testing.B) {
	benchmark(b, parsed(b, shop, Options{}), []byte(`{"kind":"order","id":"O1","at":1767326645,"promise":null,"items":[{"id":"1","sku":"A-1","n":2}]}`))
}

func benchmark(b *testing.B, s *Source, value []byte) {
	b.Helper()
	runner, made := s.NewRunner(events.Encoder{}), 0
	b.ReportAllocs()
	var to []Message
	for b.Loop() {
		var err error
		if to, err = runner.Map(&Record{Topic: "t", Value: value}, to[:0]); err != nil {
			b.Fatal(err)
		}
		made += len(to)
	}
	b.ReportMetric(float64(made)/b.Elapsed().Seconds(), "events/s")
}
