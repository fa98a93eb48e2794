package pipeline

import (
	"bytes"
	"testing"

	"github.com/segmentio/kafka-go/compress"
	"github.com/segmentio/kafka-go/compress/lz4"
	"github.com/segmentio/kafka-go/compress/snappy"
	"github.com/segmentio/kafka-go/compress/zstd"

	"sellerpulse/internal/state"
	"sellerpulse/internal/stream"
	"sellerpulse/pkg/events"
)

// BenchmarkChangelogCompression is what compressing the changelog costs an event, and what it leaves of it, in commits of a thousand events.
func BenchmarkChangelogCompression(b *testing.B) {
	const perCommit = 1_000
	all := marketLog(2_000, 50_000)
	m := benchMachine(b, 256<<20)
	var batches [][]byte
	for i := range all {
		e := &all[i]
		if err := m.engine.Apply(&Record{Topic: e.Topic, Offset: int64(i), Timestamp: e.OccurredAt, Key: []byte(e.SellerID), Value: []byte("{}"), Event: *e}); err != nil {
			b.Fatal(err)
		}
		if (i+1)%perCommit > 0 {
			continue
		}
		m.engine.flush([events.NumTopics]int64{})
		var batch []byte
		m.must(m.state.Changes(func(key, value []byte) {
			const frame = "\x20\x00\x00\x02\x10" // about what a record has beside them
			batch = append(append(append(batch, frame...), key...), value...)
		}))
		for ; len(batch) > stream.DefaultMaxBatchBytes; batch = batch[stream.DefaultMaxBatchBytes:] {
			batches = append(batches, batch[:stream.DefaultMaxBatchBytes])
		}
		batches = append(batches, batch)
		m.must(m.engine.store.Commit(state.Saved{Position: int64(i)}))
		m.engine.pending.reset()
	}
	for name, codec := range map[string]compress.Codec{"snappy": &snappy.Codec{}, "lz4": &lz4.Codec{}, "zstd-1": &zstd.Codec{Level: 1}, "zstd-3": &zstd.Codec{Level: 3}} {
		b.Run(name, func(b *testing.B) {
			packed := 0
			for b.Loop() {
				packed = 0
				for _, batch := range batches {
					var out bytes.Buffer
					w := codec.NewWriter(&out)
					if _, err := w.Write(batch); err != nil {
						b.Fatal(err)
					}
					if err := w.Close(); err != nil {
						b.Fatal(err)
					}
					packed += out.Len()
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(all)), "ns/event")
			b.ReportMetric(float64(packed)/float64(len(all)), "B/event")
		})
	}
}
