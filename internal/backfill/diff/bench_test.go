package diff_test

import (
	"bytes"
	"runtime/debug"
	"runtime/metrics"
	"testing"
	"time"

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
	debug.FreeOSMemory()
	peak, before := peakHeap(), enginetest.CPUSeconds(b)
	for b.Loop() {
		_, sum := f.compare(func(o *diff.Options) { o.Most = 100 })
		if sum.Sellers != sellers || sum.Different == 0 || sum.Moving != 0 {
			b.Fatalf("compared %+v", sum)
		}
		b.ReportMetric(float64(sum.Different), "different")
		b.ReportMetric(float64(sum.Alerts), "alerts")
	}
	b.ReportMetric((enginetest.CPUSeconds(b)-before)/float64(b.N), "cpu-s/op")
	b.ReportMetric(peak(), "peak-heap-MiB")
}

// otherTarget is the built-in rules, of which one asks for less.
func otherTarget(b *testing.B) func(*worker.Options) {
	b.Helper()
	const name = "name: late-shipment-30d"
	before, after, _ := bytes.Cut(rules.BuiltInFile(), []byte(name))
	file := append(append(before, name...), bytes.Replace(after, []byte("< 0.04"), []byte("< 0.6"), 1)...)
	set, err := rules.Parse(file, 120)
	if err != nil {
		b.Fatal(err)
	}
	return func(o *worker.Options) { o.Rules = set }
}

// peakHeap begins to watch how much the heap holds; the function ends that, and tells the most that it held.
func peakHeap() (mib func() float64) {
	stop, most := make(chan struct{}), make(chan float64)
	go func() {
		sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
		beat := time.NewTicker(20 * time.Millisecond)
		defer beat.Stop()
		peak := uint64(0)
		for {
			select {
			case <-beat.C:
				metrics.Read(sample)
				peak = max(peak, sample[0].Value.Uint64())
			case <-stop:
				most <- float64(peak) / (1 << 20)
				return
			}
		}
	}()
	return func() float64 {
		close(stop)
		return <-most
	}
}
