package export

import (
	"testing"

	"sellerpulse/internal/app/provision"
	"sellerpulse/internal/stream"
	"sellerpulse/internal/task"
	"sellerpulse/pkg/events"
	"sellerpulse/test/brokertest"
	"sellerpulse/test/enginetest"
)

// BenchmarkEvents reads 200,000 events of a market, in 4 and in 64 partitions, from Apache Kafka.
func BenchmarkEvents(b *testing.B) {
	log := enginetest.MarketLog(10_000, 200_000)
	for name, partitions := range map[string]int32{"4 partitions": 4, "64 partitions": 64} {
		b.Run(name, func(b *testing.B) {
			broker := brokertest.Kafka(b)
			client, err := stream.Dial(b.Context(), stream.Options{Brokers: broker.Addresses})
			if err != nil {
				b.Fatal(err)
			}
			defer client.Close()
			topics := task.TopicsOf(broker.Prefix, "export")
			_, err = provision.Create(b.Context(), client, topics, provision.Size{Partitions: partitions, ReplicationFactor: 1})
			if err == nil {
				err = enginetest.Produce(b.Context(), client, topics.Inputs, partitions, log)
			}
			if err != nil {
				b.Fatal(err)
			}
			o := Options{Client: client, Topics: topics, Partitions: partitions, From: events.None, To: events.None, Refused: func(at stream.Position, why error) {
				b.Errorf("%v@%d: %v", at.TopicPartition, at.Offset, why)
			}}
			for b.Loop() {
				n := 0
				if err := Events(b.Context(), o, func(*events.Event) error { n++; return nil }); err != nil || n != len(log) {
					b.Fatalf("%d events, want %d: %v", n, len(log), err)
				}
			}
			b.ReportMetric(float64(len(log))*float64(b.N)/b.Elapsed().Seconds(), "events/s")
		})
	}
}
