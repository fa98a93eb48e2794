package stream

import (
	"math/rand/v2"
	"strings"
	"testing"

	"sellerpulse/test/brokertest"
)

// noise is so many bytes that nothing compresses.
func noise(size int) []byte {
	b := make([]byte, size)
	random := rand.NewChaCha8([32]byte{byte(size)})
	_, _ = random.Read(b) // It never fails.
	return b
}

// A batch that compression would make larger is written as it is, so that none is larger than it was reckoned to be.
func TestCompressionNeverEnlarges(t *testing.T) {
	for _, compression := range compressions {
		for _, value := range [][]byte{nil, []byte("x"), noise(1 << 20), make([]byte, 1<<20)} {
			m := Message{Key: []byte("k"), Value: value, Headers: []Header{{"name", []byte("value")}, {"null", nil}}}
			encoded := encodeBatch(t, []Message{m}, compression)
			if len(encoded) > m.BatchBytes() || compression == None && len(encoded) != m.BatchBytes() {
				t.Errorf("%v: %d bytes, reckoned %d", compression, len(encoded), m.BatchBytes())
			}
			if most := len(m.Key) + len(m.Value) + len("namevaluenull") + 4 + BatchOverhead; m.BatchBytes() > most {
				t.Errorf("%d bytes are over the bound of %d", m.BatchBytes(), most)
			}
			records, _, err := (&fetched{records: encoded}).committed(0)
			if err != nil {
				t.Fatal(err)
			}
			sameRecords(t, records, []Message{m})
		}
	}
}

// Messages are cut into batches of what the topic takes, which may be less than what other topics take.
func TestBatchesFitTheirTopic(t *testing.T) {
	brokertest.Each(t, func(t *testing.T, broker *brokertest.Broker) {
		client := dial(t, broker)
		const most = 3_000
		tp := TopicPartition{broker.Prefix + "small", 0}
		spec := TopicSpec{Name: tp.Topic, Partitions: 1, ReplicationFactor: 1, Config: map[string]string{"max.message.bytes": "3000"}}
		if err := client.CreateTopics(t.Context(), []TopicSpec{spec}); err != nil {
			t.Fatal(err)
		}
		out := Output{TopicPartition: tp, MaxBatchBytes: most}
		for range 100 {
			out.Messages = append(out.Messages, Message{Value: noise(200)})
		}
		alone := Message{Value: []byte(strings.Repeat("larger than a batch, and compressed smaller ", 1_000))}
		out.Messages = append(out.Messages, alone)
		producer := openIdempotent(t, client)
		producer.SetCompression(Zstd)
		if _, err := producer.Produce(t.Context(), []Output{out}); err != nil {
			t.Fatal(err)
		}
		ends, err := client.Ends(t.Context(), []TopicPartition{tp})
		if err != nil || ends[tp].LastStable != int64(len(out.Messages)) {
			t.Errorf("%d messages written, want %d: %v", ends[tp].LastStable, len(out.Messages), err)
		}
	})
}
