package stream

import (
	"bytes"
	"testing"
)

// benchmarkMessages are as large as events in Avro are.
func benchmarkMessages(n int) []Message {
	all := make([]Message, n)
	for i := range all {
		all[i] = Message{Key: []byte("A1B2C3D4E5F6G7"), Value: bytes.Repeat([]byte{byte(i)}, 120), Timestamp: 1_700_000_000_000 + int64(i)}
	}
	return all
}

func BenchmarkDecodeMessage(b *testing.B) {
	const batchSize = 500
	encoded := encodeBatch(b, benchmarkMessages(batchSize), None)
	encoded = resum(func() []byte { encoded[atAttributes+1] = 0; return encoded }())
	const batches = 10
	all := bytes.Repeat(encoded, batches)
	for i := range batches {
		all[i*len(encoded)+6], all[i*len(encoded)+7] = byte(i*batchSize>>8), byte(i*batchSize&0xff)
	}
	b.ReportAllocs()
	for n := 0; n < b.N; n += batches * batchSize {
		f := fetched{records: all}
		if records, _, err := f.committed(0); err != nil || len(records) != batches*batchSize {
			b.Fatal(len(records), err)
		}
	}
}

func BenchmarkEncodeMessage(b *testing.B) {
	const batchSize = 5_000
	all := benchmarkMessages(batchSize)
	var e batchEncoder
	b.ReportAllocs()
	for n := 0; n < b.N; n += batchSize {
		e.buffer = e.buffer[:0]
		e.begin()
		for i := range all {
			e.add(&all[i])
		}
		if err := e.finish(batchOwner{}, None); err != nil {
			b.Fatal(err)
		}
	}
}
