package mappings_test

import (
	"testing"

	"sellerpulse/internal/mapping"
	"sellerpulse/internal/mapping/cases"
	"sellerpulse/internal/mappingfile"
	"sellerpulse/mappings"
	"sellerpulse/pkg/events"
	"sellerpulse/test/enginetest"
)

// BenchmarkMappings maps the records of the cases of three mappings, one after the other, over and over. Events a second are those of CPU time, which is what
// one core does that has nothing else to do.
func BenchmarkMappings(b *testing.B) {
	for _, c := range []struct{ name, source string }{{"amazon-order-change", "notifications"}, {"shopify", "orders"}, {"debezium-orders", "orders"}} {
		b.Run(c.name, func(b *testing.B) {
			text, err := mappings.Cases(c.name)
			if err != nil {
				b.Fatal(err)
			}
			m, err := mappingfile.Parse(c.name, mapping.Options{Set: cases.Settings(string(text))})
			if err != nil {
				b.Fatal(err)
			}
			all, err := cases.Parse(string(text))
			if err != nil {
				b.Fatal(err)
			}
			source, err := m.Source(c.source)
			if err != nil {
				b.Fatal(err)
			}
			run(b, source, recordsOf(b, m, source, all))
		})
	}
}

// recordsOf are the records of a source that become something.
func recordsOf(b *testing.B, m *mapping.Mapping, source *mapping.Source, all []*cases.Case) (records [][]byte) {
	b.Helper()
	for _, c := range all {
		of, err := m.Source(c.From)
		if err != nil {
			b.Fatal(err)
		}
		if of == source && len(c.Events) > 0 {
			records = append(records, []byte(c.Record))
		}
	}
	return records
}

func run(b *testing.B, source *mapping.Source, records [][]byte) {
	b.Helper()
	runner := source.NewRunner(events.Encoder{})
	b.ReportAllocs()
	var to []mapping.Message
	made, read, before := 0, 0, enginetest.CPUSeconds(b)
	for b.Loop() {
		for _, value := range records {
			var err error
			if to, err = runner.Map(&mapping.Record{Topic: "t", Value: value}, to[:0]); err != nil {
				b.Fatal(err)
			}
			made += len(to)
			read++
		}
	}
	spent := enginetest.CPUSeconds(b) - before
	b.ReportMetric(float64(made)/spent, "events/cpu-s")
	b.ReportMetric(float64(read)/spent, "records/cpu-s")
}
