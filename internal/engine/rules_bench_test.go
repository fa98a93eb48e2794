package engine

import (
	"fmt"
	"hash/crc32"
	"strings"
	"testing"

	"sellerpulse/internal/state"
	"sellerpulse/pkg/events"
	"sellerpulse/pkg/rules"
	"sellerpulse/test/enginetest"
)

// BenchmarkRules applies the same events under the built-in rules, and under as many as a set may have, each of which has a state for each of the eight
// countries or marketplaces that a seller's orders are of.
func BenchmarkRules(b *testing.B) {
	all := marketOfSites(100, 100_000)
	for _, bench := range []struct {
		name string
		set  *rules.Set
	}{{"built-in", rules.BuiltIn()}, {"64x8", manyParts(b)}} {
		b.Run(bench.name, func(b *testing.B) {
			applied, o := 0, benchOptions(256<<20)
			o.Rules = bench.set
			var m *machine
			before, alerts := enginetest.CPUSeconds(b), 0
			b.ReportAllocs()
			for b.Loop() {
				if applied%len(all) == 0 {
					b.StopTimer()
					m = benchMachineOf(b, b.TempDir(), o)
					b.StartTimer()
				}
				m.step(Apply(benchRecord(&all[applied%len(all)], applied)))
				if applied++; applied%1000 == 0 {
					alerts += len(m.engine.pending.Alerts)
					m.benchCommit(applied%20_000 == 0)
				}
			}
			b.ReportMetric((enginetest.CPUSeconds(b)-before)*1e9/float64(applied), "cpu-ns/event")
			b.ReportMetric(float64(alerts)/float64(applied), "alerts/event")
		})
	}
}

func benchRecord(e *events.Event, i int) *Record {
	return &Record{Message: state.Message{Topic: e.Topic, Offset: firstOffset + int64(i), Timestamp: e.OccurredAt, Key: []byte(e.SellerID), Value: []byte("{}")}, Event: *e}
}

// marketOfSites is a market whose orders are of eight countries and of eight marketplaces.
func marketOfSites(sellers, n int) []events.Event {
	all := enginetest.MarketLog(sellers, n)
	for i := range all {
		if e := &all[i]; e.Kind == events.OrderPlaced {
			sum := crc32.ChecksumIEEE([]byte(e.OrderID))
			e.ShipCountry, e.Marketplace = fmt.Sprint("C", sum%8), fmt.Sprint("M", sum>>8%8)
		}
	}
	return all
}

// manyParts are as many rules as there may be: of each built-in metric over several windows, by country or by marketplace.
func manyParts(b *testing.B) *rules.Set {
	b.Helper()
	var file strings.Builder
	file.WriteString("pack: many\nrules:\n")
	for i := range rules.MaxRules {
		m := rules.Metrics()[i%len(rules.Metrics())]
		target := "<= 0.02"
		if m.Good {
			target = ">= 0.95"
		}
		window := []string{"7d", "30d", "60d", "1w", "1mo", "10d", "14d"}[i/len(rules.Metrics())]
		fmt.Fprintf(&file, "  - {name: rule-%d, metric: %s, by: %s, window: %s, target: %q, min_denominator: 20, min_misses: 3, class: advisory}\n", i, m.Name, []string{"ship_country", "marketplace"}[i%2], window, target)
	}
	set, err := rules.Parse([]byte(file.String()), 120)
	if err != nil {
		b.Fatal(err)
	}
	return set
}
