package task

import (
	"bytes"
	"errors"
	"testing"
	"time"

	"github.com/segmentio/kafka-go/compress"
	"github.com/segmentio/kafka-go/compress/lz4"
	"github.com/segmentio/kafka-go/compress/snappy"
	"github.com/segmentio/kafka-go/compress/zstd"

	"sellerpulse/internal/engine"
	"sellerpulse/internal/state"
	"sellerpulse/internal/stream"
	"sellerpulse/pkg/events"
	"sellerpulse/pkg/rules"
	"sellerpulse/test/enginetest"
)

// BenchmarkChangelogCompression is what compressing the changelog costs an event, and what it leaves of it, in commits of a thousand events.
func BenchmarkChangelogCompression(b *testing.B) {
	const perCommit = 1_000
	all := enginetest.MarketLog(2_000, 50_000)
	m := benchEngine(b)
	var batches [][]byte
	for i := range all {
		e := &all[i]
		if _, err := m.Step(engine.Apply(&engine.Record{Message: state.Message{Topic: e.Topic, Offset: int64(i), Timestamp: e.OccurredAt, Key: []byte(e.SellerID), Value: []byte("{}")}, Event: *e})); err != nil {
			b.Fatal(err)
		}
		if (i+1)%perCommit > 0 {
			continue
		}
		var batch []byte
		for _, r := range m.Commit([events.NumTopics]int64{}).Records {
			const frame = "\x20\x00\x00\x02\x10" // about what a record has beside them
			batch = append(append(append(batch, frame...), r.Key...), r.Value...)
		}
		for ; len(batch) > stream.DefaultMaxBatchBytes; batch = batch[stream.DefaultMaxBatchBytes:] {
			batches = append(batches, batch[:stream.DefaultMaxBatchBytes])
		}
		batches = append(batches, batch)
		m.Committed()
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

// benchEngine is an engine on a state of its own.
func benchEngine(b *testing.B) *engine.Engine {
	b.Helper()
	db, err := state.Open(state.Options{Directory: b.TempDir(), Owner: "bench"})
	if err != nil {
		b.Fatal(err)
	}
	p, err := db.Partition(0)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := errors.Join(p.Close(), db.Close()); err != nil {
			b.Error(err)
		}
	})
	e := engine.New(p, engine.Options{Rules: rules.BuiltIn(), Zone: time.UTC, RetentionDays: 120, CacheBytes: 256 << 20})
	if err := e.Open(); err != nil {
		b.Fatal(err)
	}
	return e
}
