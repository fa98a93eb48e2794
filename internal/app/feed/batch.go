package feed

import (
	"sellerpulse/internal/eventfile"
	"sellerpulse/internal/stream"
	"sellerpulse/pkg/events"
)

// batch is messages by the log that they go to.
type batch struct {
	topics     [events.NumTopics]string
	partitions int32
	places     map[stream.TopicPartition]int
	outputs    []stream.Output
	events     int
	byTopic    [events.NumTopics]int64
}

func (b *batch) add(m *eventfile.Message) {
	tp := stream.TopicPartition{Topic: b.topics[m.Topic], Partition: stream.PartitionFor(m.Key, b.partitions)}
	place, ok := b.places[tp]
	if !ok {
		place = len(b.outputs)
		b.places[tp] = place
		b.outputs = append(b.outputs, stream.Output{TopicPartition: tp})
	}
	output := &b.outputs[place]
	output.Messages = append(output.Messages, stream.Message{Key: m.Key, Value: m.Value})
	b.events++
	b.byTopic[m.Topic]++
}

// stamp gives all messages the time of sending, in milliseconds since 1970.
func (b *batch) stamp(now int64) {
	for i := range b.outputs {
		for j := range b.outputs[i].Messages {
			b.outputs[i].Messages[j].Timestamp = now
		}
	}
}

// reset keeps the memory and forgets the messages.
func (b *batch) reset() {
	for i := range b.outputs {
		clear(b.outputs[i].Messages)
		b.outputs[i].Messages = b.outputs[i].Messages[:0]
	}
	b.events, b.byTopic = 0, [events.NumTopics]int64{}
}
