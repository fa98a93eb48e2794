package mapping

import (
	"bytes"
	"errors"

	"sellerpulse/internal/limits"
	"sellerpulse/pkg/events"
)

// repartition puts a record that is an event already under its seller's key. Its value and its headers stay as they are.
func (r *Runner) repartition(record *Record, to []Message) ([]Message, error) {
	if record.Value == nil {
		return to, nil
	}
	if size := record.size(); size > limits.Input {
		return to, undecodable("value and headers have %d bytes, and an event %d at most", size, limits.Input)
	}
	topic, err := r.decode(record.Value)
	if wrong := (*events.Error)(nil); errors.As(err, &wrong) {
		return to, &Error{wrong.Reason, err}
	}
	if err != nil {
		return to, err
	}
	m := Message{Topic: topic, Kind: r.event.Kind, OccurredAt: r.event.OccurredAt, Key: []byte(r.event.SellerID), Value: record.Value, Headers: record.Headers}
	return append(to, m), nil
}

// size is what a record counts for as an input.
func (r *Record) size() int {
	n := len(r.Value)
	for i := range r.Headers {
		n += len(r.Headers[i].Key) + len(r.Headers[i].Value) + limits.HeaderCount
	}
	return n
}

// decode reads an event of the topic that the source says, or else of the one that it says itself.
func (r *Runner) decode(value []byte) (events.Topic, error) {
	if into := r.source.into; into != nil {
		return *into, r.events.Decode(*into, value, &r.event)
	}
	if !bytes.HasPrefix(bytes.TrimSpace(value), []byte{'{'}) {
		return 0, undecodable("it does not say its topic: name that with `into:`")
	}
	err := events.ParseLine(value, &r.event)
	return r.event.Topic, err
}
