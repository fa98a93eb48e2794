package diff_test

import (
	"bytes"
	"testing"

	"sellerpulse/internal/backfill/diff"
	"sellerpulse/internal/worker"
	"sellerpulse/pkg/rules"
	"sellerpulse/test/brokertest"
	"sellerpulse/test/enginetest"
)

// BenchmarkDiff compares two states of 100,000 sellers, twelve events each, on Apache Kafka. One target is another, by which some differ.
func BenchmarkDiff(b *testing.B) {
	const sellers = 100_000
	f := newFixture(b, brokertest.Kafka(b))
	f.produce(f.live, enginetest.MarketLog(sellers, 12*sellers))
	f.run(f.live, nil)
	f.run(f.candidate, otherTarget(b))
	for b.Loop() {
		_, sum := f.compare(func(o *diff.Options) { o.Most = 100 })
		if sum.Sellers != sellers || sum.Different == 0 || sum.Moving != 0 {
			b.Fatalf("compared %+v", sum)
		}
		b.ReportMetric(float64(sum.Different), "different")
	}
	b.ReportMetric(enginetest.PeakMiB(b), "peak-MiB")
}

// otherTarget is the built-in rules, of which one asks for less.
func otherTarget(b *testing.B) func(*worker.Options) {
	b.Helper()
	file := rules.BuiltInFile()
	before, after, _ := bytes.Cut(file, []byte("name: late-shipment-30d"))
	set, err := rules.Parse(append(append(before, "name: late-shipment-30d"...), bytes.Replace(after, []byte("< 0.04"), []byte("< 0.6"), 1)...), 120)
	if err != nil {
		b.Fatal(err)
	}
	return func(o *worker.Options) { o.Rules = set }
}
