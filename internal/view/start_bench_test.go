package view

import (
	"fmt"
	"math/rand/v2"
	"runtime/metrics"
	"testing"
	"time"

	"sellerpulse/internal/stream"
	"sellerpulse/pkg/outputs"
	"sellerpulse/pkg/rules"
	"sellerpulse/test/brokertest"
)

// BenchmarkStart reads the reports of 100,000 sellers, with as many metrics as those of sellers with four product lines have, and two alerts of each, from
// Apache Kafka.
func BenchmarkStart(b *testing.B) {
	p := newPublished(b, brokertest.Kafka(b))
	p.producer.SetCompression(stream.Zstd) // as tasks do
	random := rand.New(rand.NewPCG(1, 1))
	bytes := 0
	for at := 0; at < manySellers; {
		var batch messages
		for ; at < manySellers && batch.bytes < 8<<20; at++ {
			id := fmt.Sprintf("A%013dSELLER", random.Int64N(1e13))
			r := reportOf(random, id, noon)
			addMetrics(random, &r)
			batch.add(p, p.health, id, r.AppendAvro(nil))
			for n := range int64(2) {
				a := alertOf(id, "odr", n+1, noon+n, rules.State(3-2*n), rules.State(1+2*n))
				batch.add(p, p.alerts, id, a.AppendAvro(nil))
			}
		}
		bytes += batch.bytes
		if _, err := p.producer.Commit(b.Context(), stream.Commit{Outputs: batch.outputs}); err != nil {
			b.Fatal(err)
		}
	}
	before := heap()
	for b.Loop() {
		peak := peakHeap()
		v, end := run(b, p.options())
		begun := time.Now()
		whole(b, v)
		b.ReportMetric(time.Since(begun).Seconds(), "s/whole")
		b.ReportMetric(peak(), "peak-heap-MiB")
		b.ReportMetric(mib(heap()-before), "heap-MiB")
		if o := v.Overview(0); o.Sellers != manySellers || o.Unreadable != 0 {
			b.Fatalf("overview %+v", o)
		}
		end()
	}
	b.ReportMetric(mib(uint64(bytes)), "read-MiB")
}

// messages are what is written in one transaction.
type messages struct {
	outputs []stream.Output
	bytes   int
}

func (m *messages) add(p *published, topic, key string, value []byte) {
	tp := stream.TopicPartition{Topic: topic, Partition: stream.PartitionFor([]byte(key), p.partitions[topic])}
	message := stream.Message{Key: []byte(key), Value: value, Timestamp: noon}
	m.bytes += len(value)
	for i := range m.outputs {
		if m.outputs[i].TopicPartition == tp {
			m.outputs[i].Messages = append(m.outputs[i].Messages, message)
			return
		}
	}
	m.outputs = append(m.outputs, stream.Output{TopicPartition: tp, Messages: []stream.Message{message}})
}

// addMetrics adds what a report lists of all orders and of four product lines.
func addMetrics(r *rand.Rand, report *outputs.Report) {
	today := report.Metrics[0].To
	report.Metrics = nil
	lines := []*string{nil}
	for _, name := range []string{"toys", "books", "garden", "phones"} {
		lines = append(lines, &name)
	}
	for _, m := range rules.Metrics() {
		for _, w := range outputs.ReportWindows(m) {
			from, to := w.Range(today)
			for _, line := range lines {
				for channel := range rules.NumChannels {
					report.Metrics = append(report.Metrics, outputs.MetricReport{
						Metric: m.Name, Channel: channel, ProductLine: line, Window: w, From: from, To: to, Numerator: r.Int64N(9), Denominator: 9 + r.Int64N(900),
					})
				}
			}
		}
	}
}

// peakHeap begins to watch how much the heap holds; the function ends that, and tells the most that it held, in MiB.
func peakHeap() func() float64 {
	stop, most := make(chan struct{}), make(chan uint64)
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
				most <- peak
				return
			}
		}
	}()
	return func() float64 {
		close(stop)
		return mib(<-most)
	}
}
