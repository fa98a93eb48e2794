package engine

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
	"sellerpulse/test/enginetest"
)

// BenchmarkChangelogCompression is what compressing the changelog costs an event, and what it leaves of it, in commits of a thousand events.
func BenchmarkChangelogCompression(b *testing.B) {
	const perCommit = 1_000
	all := enginetest.MarketLog(2_000, 50_000)
	m := benchMachine(b, 256<<20)
	var batches [][]byte
	whole := 0
	for i := range all {
		e := &all[i]
		m.step(Apply(&Record{Message: state.Message{Topic: e.Topic, Offset: firstOffset + int64(i), Timestamp: e.OccurredAt, Key: []byte(e.SellerID), Value: []byte("{}")}, Event: *e}))
		if (i+1)%perCommit > 0 {
			continue
		}
		var batch []byte
		for _, r := range m.engine.Commit([events.NumTopics]int64{}).Records {
			const frame = "\x20\x00\x00\x02\x10" // about what a record has beside them
			batch = append(append(append(batch, frame...), r.Key...), r.Value...)
		}
		whole += len(batch)
		for ; len(batch) > stream.DefaultMaxBatchBytes; batch = batch[stream.DefaultMaxBatchBytes:] {
			batches = append(batches, batch[:stream.DefaultMaxBatchBytes])
		}
		batches = append(batches, batch)
		m.engine.Committed()
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
			b.ReportMetric(float64(whole)/float64(len(all)), "uncompressed-B/event")
		})
	}
}
