package letters

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"

	"sellerpulse/internal/deadletter"
	"sellerpulse/internal/engine"
	"sellerpulse/internal/state"
	"sellerpulse/internal/stream"
	"sellerpulse/pkg/events"
)

// OriginHeader of a record that was sent again is the place where it was refused, as orders/2@17. One that is refused again and sent once more has a
// header for each time, the last one behind the others.
const OriginHeader = "resubmitted.from"

// desk makes records anew of dead letters.
type desk struct {
	*Reader
	admission  *engine.Admission
	partitions int32         // of each input
	instead    *events.Event // to be sent in place of the record; nil: that as it is
	encoder    events.Encoder
	mapped     *mapped // makes events of the record; nil: it is one
}

// outgoing is a record as it is to be sent, and where.
type outgoing struct {
	stream.Message
	to stream.TopicPartition
}

// prepare is what is to be sent of a letter: its record, or what a mapping makes of that, which may be nothing. Its memory is its own. The error is a
// [*Refusal] where it would be refused again.
func (d *desk) prepare(ctx context.Context, l *Letter) ([]outgoing, error) {
	if d.mapped != nil {
		return d.mappedRecords(ctx, l)
	}
	topic, err := d.content(ctx, l)
	if err != nil {
		return nil, err
	}
	out, err := d.record(l, topic, []byte(l.Event.SellerID), l.Value, l.Headers)
	return []outgoing{out}, err
}

// record is one of a letter's that a task will take.
func (d *desk) record(l *Letter, topic events.Topic, key, value []byte, headers []stream.Header) (out outgoing, err error) {
	now := d.o.Clock().UnixMilli()
	record := engine.Record{Message: state.Message{Topic: topic, Timestamp: now, Key: key, Value: value}}
	for _, h := range headers {
		record.Headers = append(record.Headers, state.Header{Key: h.Key, Value: bytes.Clone(h.Value)})
	}
	record.Headers = append(record.Headers, state.Header{Key: OriginHeader, Value: []byte(deadletter.Place(l.Source).String())})
	if d.admission.Decode(&record); record.Err != nil {
		return out, judged(record.Err)
	}
	out.to, err = d.place(topic, key, l)
	out.Message = stream.Message{Key: slices.Clone(key), Value: slices.Clone(value), Timestamp: now}
	for _, h := range record.Headers {
		out.Headers = append(out.Headers, stream.Header(h))
	}
	return out, err
}

// content has the letter hold the value that is to be sent, and its event.
func (d *desk) content(ctx context.Context, l *Letter) (events.Topic, error) {
	if d.instead != nil {
		l.Event, l.Value = *d.instead, d.encoder.AppendAvro(nil, d.instead)
		return d.instead.Topic, nil
	}
	if l.Topic == events.NumTopics {
		return 0, judged(l.Fault)
	}
	if l.ValueCut != nil && l.Source.Partition >= d.partitions {
		return 0, &Refusal{fmt.Errorf("of its value of %d bytes the dead letter has %d, and there is no partition %d any more", l.ValueCut.Bytes, len(l.Value), l.Source.Partition), replaceIt}
	}
	if err := d.Restore(ctx, l); err != nil {
		return 0, err
	}
	if l.Fault != nil {
		return 0, judged(l.Fault)
	}
	return l.Topic, nil
}

// place is the log that a record goes to. Where producers are trusted with partitions, it stays in the one that they chose.
func (d *desk) place(topic events.Topic, key []byte, l *Letter) (stream.TopicPartition, error) {
	to := stream.TopicPartition{Topic: d.o.Topics.Inputs[topic], Partition: stream.PartitionFor(key, d.partitions)}
	if d.o.TrustPartition && d.mapped == nil {
		if to.Partition = l.Source.Partition; to.Partition >= d.partitions {
			return to, &Refusal{fmt.Errorf("there is no partition %d any more", to.Partition), "leave out --partitioner any if partitions are by murmur2 now"}
		}
	}
	return to, nil
}

// judged is why a record would be refused again. An outage stays what it is.
func judged(err error) error {
	if errors.Is(err, engine.ErrRegistry) {
		return err
	}
	if why, ok := errors.AsType[*events.Error](err); ok && why.Reason == events.Future {
		return &Refusal{fmt.Errorf("it is still %s: %w", why.Reason, err), "wait until its time has come, or correct it with --edit"}
	}
	return &Refusal{fmt.Errorf("it would be refused again: %w", err), replaceIt}
}
