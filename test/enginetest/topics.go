package enginetest

import (
	"math"
	"math/rand/v2"
	"strconv"

	"sellerpulse/internal/stream"
	"sellerpulse/pkg/events"
)

// TopicSpecs are topics that take messages of 4 MiB: inputs that take any time, and outputs, each of so many partitions, with the brokers' time.
func TopicSpecs(inputs [events.NumTopics]string, partitions int32, outputs map[string]int32) (specs []stream.TopicSpec) {
	for name, n := range outputs {
		specs = append(specs, stream.TopicSpec{Name: name, Partitions: n, ReplicationFactor: 1, Config: map[string]string{
			"max.message.bytes": "4194304", "message.timestamp.type": "LogAppendTime",
		}})
	}
	for _, name := range inputs {
		specs = append(specs, stream.TopicSpec{Name: name, Partitions: partitions, ReplicationFactor: 1, Config: map[string]string{
			"max.message.bytes": "4194304", "message.timestamp.after.max.ms": strconv.Itoa(math.MaxInt64),
		}})
	}
	return specs
}

// Outputs are events in their order, as messages of the inputs' partitions, as if each had come at once.
func Outputs(inputs [events.NumTopics]string, partitions int32, all []events.Event) (outputs []stream.Output) {
	var encoder events.Encoder
	index := map[stream.TopicPartition]int{}
	for i := range all {
		e := &all[i]
		key := []byte(e.SellerID)
		to := stream.TopicPartition{Topic: inputs[e.Topic], Partition: stream.PartitionFor(key, partitions)}
		at, ok := index[to]
		if !ok {
			at = len(outputs)
			index[to], outputs = at, append(outputs, stream.Output{TopicPartition: to})
		}
		outputs[at].Messages = append(outputs[at].Messages, stream.Message{Key: key, Value: encoder.AppendAvro(nil, e), Timestamp: e.OccurredAt})
	}
	return outputs
}

// Noise is so many bytes that nothing compresses.
func Noise(size int) []byte {
	b := make([]byte, size)
	random := rand.NewChaCha8([32]byte{byte(size), byte(size >> 8)})
	_, _ = random.Read(b) // It never fails.
	return b
}
