package intake

import (
	"errors"
	"fmt"

	"sellerpulse/internal/engine"
	"sellerpulse/internal/limits"
	"sellerpulse/internal/mapping"
	"sellerpulse/internal/state"
	"sellerpulse/internal/stream"
	"sellerpulse/internal/task"
	"sellerpulse/pkg/events"
)

// messageBytes is what a message takes in memory beside its bytes.
const messageBytes = 128

// batch is what is to be committed together.
type batch struct {
	outputs []stream.Output
	places  map[stream.TopicPartition]int
	taken   []int // records, by source
	records int
	bytes   int
	moved   bool // a position did, also where no event came of it

	events  int
	letters map[events.DeadLetterReason]int
}

func newBatch(sources int) *batch { return &batch{taken: make([]int, sources)} }

func (b *batch) full(records, bytes int) bool { return b.records >= records || b.bytes >= bytes }

func (b *batch) add(tp stream.TopicPartition, most int, m stream.Message) {
	place, ok := b.places[tp]
	if !ok {
		if b.places == nil {
			b.places = map[stream.TopicPartition]int{}
		}
		place = len(b.outputs)
		b.places[tp] = place
		b.outputs = append(b.outputs, stream.Output{TopicPartition: tp, MaxBatchBytes: most})
	}
	b.outputs[place].Messages = append(b.outputs[place].Messages, m)
	b.bytes += m.BatchBytes() + messageBytes
}

// reset keeps the memory and forgets what was in it.
func (b *batch) reset() {
	for i := range b.outputs {
		clear(b.outputs[i].Messages)
		b.outputs[i].Messages = b.outputs[i].Messages[:0]
	}
	b.records, b.bytes, b.events, b.moved = 0, 0, 0, false
	clear(b.taken)
	clear(b.letters)
}

// prepare makes of the events that a record became what is to be written. The error is an *mapping.Error where one of them cannot be.
func (w *work) prepare(now events.Millis) error {
	w.ready = w.ready[:0]
	for i := range w.mapped {
		name := w.intake.options.Topics.Inputs[w.mapped[i].Topic]
		m := messageOf(&w.mapped[i], now)
		if bytes, most := m.BatchBytes(), w.intake.batchBytes[name]; bytes > most {
			return &mapping.Error{Reason: events.Invalid, Err: fmt.Errorf("an event of it takes %d bytes, and topic %q at most %d: raise its max.message.bytes to %d and start the intake again", bytes, name, most, limits.Needed(bytes))}
		}
		w.ready = append(w.ready, m)
	}
	return nil
}

// send adds what was prepared.
func (w *work) send() {
	for i := range w.ready {
		name := w.intake.options.Topics.Inputs[w.mapped[i].Topic]
		tp := stream.TopicPartition{Topic: name, Partition: stream.PartitionFor(w.ready[i].Key, w.intake.partitions)}
		w.batch.add(tp, w.intake.batchBytes[name], w.ready[i])
	}
	w.batch.events += len(w.ready)
}

func messageOf(m *mapping.Message, now events.Millis) stream.Message {
	out := stream.Message{Key: m.Key, Value: m.Value, Timestamp: now}
	for _, h := range m.Headers {
		out.Headers = append(out.Headers, stream.Header(h))
	}
	return out
}

// refuse adds a record that cannot be mapped to the dead letters.
func (w *work) refuse(from stream.TopicPartition, r *stream.Record, why *mapping.Error, now events.Millis) {
	topic := w.intake.options.Topics.DeadLetters
	d := engine.DeadLetter{
		Message: state.Message{Key: r.Key, Value: r.Value, Offset: r.Offset}, Reason: why.Reason,
		Err: fmt.Errorf("mapping %s: %w; correct the mapping, see what becomes of it with `processor mapping try FILE --from %v@%d`, and send that with `processor dead-letters resubmit --mapping FILE`", w.intake.options.Mapping.Name, why, from, r.Offset),
	}
	for _, h := range r.Headers {
		d.Headers = append(d.Headers, state.Header(h))
	}
	most := w.intake.batchBytes[topic]
	m := task.DeadLetterMessage(&d, from.Topic, from.Partition, now, most)
	w.batch.add(stream.TopicPartition{Topic: topic, Partition: from.Partition % w.intake.letterPartitions}, most, m)
	if w.batch.letters == nil {
		w.batch.letters = map[events.DeadLetterReason]int{}
	}
	w.batch.letters[why.Reason]++
}

// refused is why a record cannot be mapped, whatever went wrong that is of the record; nil for an outage.
func refused(err error) *mapping.Error {
	if why, ok := errors.AsType[*mapping.Error](err); ok {
		return why
	}
	return nil
}
