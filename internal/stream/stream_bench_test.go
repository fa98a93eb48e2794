package stream

import (
	"fmt"
	"testing"
	"time"

	"sellerpulse/test/brokertest"
)

// benchmarkBrokers runs a benchmark on the embedded broker and on Apache Kafka.
func benchmarkBrokers(b *testing.B, run func(b *testing.B, broker *brokertest.Broker)) {
	b.Run("embedded", func(b *testing.B) { run(b, brokertest.Embedded(b)) })
	b.Run("kafka", func(b *testing.B) { run(b, brokertest.Kafka(b)) })
}

// BenchmarkCommit is a transaction as a task commits it: so many messages to its changelog, one alert, six input offsets.
func BenchmarkCommit(b *testing.B) {
	for _, count := range []int{1, 10_000} {
		b.Run(fmt.Sprint(count), func(b *testing.B) {
			benchmarkBrokers(b, func(b *testing.B, broker *brokertest.Broker) {
				client := dial(b, broker)
				client.options.MaxBatchBytes = 900_000
				changelog, alerts := TopicPartition{broker.Prefix + "changelog", 0}, TopicPartition{broker.Prefix + "alerts", 0}
				createTopic(b, client, changelog.Topic, 1)
				createTopic(b, client, alerts.Topic, 1)
				group := GroupOffsets{Group: broker.Prefix + "g"}
				commit := Commit{Outputs: []Output{{TopicPartition: changelog, Messages: benchmarkMessages(count)}, output(alerts, "alert")}}
				for i := range 6 {
					group.Offsets = append(group.Offsets, Position{TopicPartition{fmt.Sprint(broker.Prefix, "in", i), 0}, 1})
					createTopic(b, client, group.Offsets[i].Topic, 1)
				}
				commit.Groups = []GroupOffsets{group}
				producer := open(b, client, broker.Prefix+"0")
				for b.Loop() {
					if _, err := producer.Commit(b.Context(), commit); err != nil {
						b.Fatal(err)
					}
				}
			})
		})
	}
}

// BenchmarkFetch is a message read through the broker; the embedded broker's own work is in it.
func BenchmarkFetch(b *testing.B) {
	benchmarkBrokers(b, func(b *testing.B, broker *brokertest.Broker) {
		const total = 200_000
		client := dial(b, broker)
		client.options.MaxBatchBytes = 900_000
		tp := TopicPartition{broker.Prefix + "t", 0}
		createTopic(b, client, tp.Topic, 1)
		if _, err := openIdempotent(b, client).Produce(b.Context(), []Output{{TopicPartition: tp, Messages: benchmarkMessages(total)}}); err != nil {
			b.Fatal(err)
		}
		b.ReportAllocs()
		b.ResetTimer()
		read := 0
		for read < b.N {
			fetcher := client.NewFetcher(FetchOptions{Positions: []Position{{TopicPartition: tp}}, MaxWait: time.Second})
			for next := int64(0); next < total && read < b.N; {
				chunks, err := fetcher.Fetch(b.Context(), nil)
				if err != nil {
					b.Fatal(err)
				}
				read, next = read+len(chunks[0].Records), chunks[0].Next
			}
		}
	})
}
