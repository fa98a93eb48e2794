package feed

import (
	"log/slog"
	"os"
	"path/filepath"
	"testing"

	"sellerpulse/internal/app/provision"
	"sellerpulse/internal/eventfile"
	"sellerpulse/internal/stream"
	"sellerpulse/internal/task"
	"sellerpulse/pkg/events"
	"sellerpulse/test/brokertest"
	"sellerpulse/test/enginetest"
)

// BenchmarkFiles sends 200,000 events of a market from a file of each form to Apache Kafka, on one processor and broker.
func BenchmarkFiles(b *testing.B) {
	broker := brokertest.Kafka(b)
	client, err := stream.Dial(b.Context(), stream.Options{Brokers: broker.Addresses})
	if err != nil {
		b.Fatal(err)
	}
	defer client.Close()
	topics := task.TopicsOf(broker.Prefix, "feed")
	if _, err := provision.Create(b.Context(), client, topics, provision.Size{Partitions: 4, ReplicationFactor: 1}); err != nil {
		b.Fatal(err)
	}
	log := enginetest.MarketLog(10_000, 200_000)
	for _, name := range []string{"events.jsonl", "events.jsonl.gz", "events.jsonl.zst", "events.avro"} {
		b.Run(name, func(b *testing.B) {
			file := writeFile(b, name, log)
			for b.Loop() {
				s, err := NewSender(b.Context(), Options{Client: client, Topics: topics, Partitions: 4})
				if err != nil {
					b.Fatal(err)
				}
				files, err := eventfile.Find([]string{file}, eventfile.File{}, slog.New(slog.DiscardHandler))
				if err == nil {
					err = s.Files(b.Context(), eventfile.Options{Files: files.List})
				}
				if sent := s.Sent(); err != nil || sent.Total() != int64(len(log)) {
					b.Fatal(sent, err)
				}
			}
			b.ReportMetric(float64(len(log))*float64(b.N)/b.Elapsed().Seconds(), "events/s")
		})
	}
}

func writeFile(b *testing.B, name string, log []events.Event) string {
	b.Helper()
	path := filepath.Join(b.TempDir(), name)
	file, err := os.Create(path)
	if err != nil {
		b.Fatal(err)
	}
	defer file.Close()
	form := eventfile.FormOf(name)
	form.Codec = "deflate"
	w, err := eventfile.NewWriter(file, form)
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
	return path
}
