package eventfile

import (
	"bytes"
	"testing"

	"sellerpulse/test/enginetest"
)

// BenchmarkRead reads and parses 100,000 events of a market, in each form; a second for so many megabytes of lines of JSON.
func BenchmarkRead(b *testing.B) {
	const n = 100_000
	log := enginetest.MarketLog(1000, n)
	forms := map[string]Form{"json": {}, "json.gz": {Compressed: "gzip"}, "json.zst": {Compressed: "zstd"}, "avro.zst": {Container: true, Codec: "null", Compressed: "zstd"}}
	for _, codec := range Codecs() {
		forms["avro "+codec] = Form{Container: true, Codec: codec}
	}
	for name, form := range forms {
		b.Run(name, func(b *testing.B) {
			var file bytes.Buffer
			w, err := NewWriter(&file, form)
			for i := range log {
				if err == nil {
					err = w.Write(&log[i])
				}
			}
			if err == nil {
				err = w.Close()
			}
			if err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			for b.Loop() {
				read := 0
				reading := Read(b.Context(), Options{Files: []File{inMemory("f", file.Bytes())}})
				for c, err := reading.Next(b.Context()); c != nil; c, err = reading.Next(b.Context()) {
					if err != nil || len(c.Faults) > 0 {
						b.Fatal(err, c.Faults)
					}
					read += len(c.Messages)
				}
				if read != len(log) {
					b.Fatalf("%d events, want %d", read, len(log))
				}
			}
			b.ReportMetric(float64(len(log))*float64(b.N)/b.Elapsed().Seconds(), "events/s")
			b.ReportMetric(float64(file.Len())/float64(len(log)), "B/event")
		})
	}
}
