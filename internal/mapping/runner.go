package mapping

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"

	"sellerpulse/internal/jsonvalue"
	"sellerpulse/internal/limits"
	"sellerpulse/pkg/events"
)

// Runner maps the records of a source. It is for one goroutine.
type Runner struct {
	source  *Source
	json    jsonvalue.Decoder
	events  *events.Decoder
	encoder events.Encoder
	event   events.Event
	line    []byte // of the event that is made, as JSON
	made    int    // bytes, of one record
}

// NewRunner makes a Runner that writes events with an encoder.
func (s *Source) NewRunner(encoder events.Encoder) *Runner {
	return &Runner{source: s, encoder: encoder, events: s.NewDecoder()}
}

// NewDecoder makes a Decoder of events that reads those of the source too which a registry's schemas wrote.
func (s *Source) NewDecoder() *events.Decoder {
	return events.NewDecoder(events.DecoderOptions{Schema: s.options.Schema})
}

// Map appends what becomes of a record; its messages alias nothing of the record but the value and the headers of one that is an event already. The
// error is an *[Error], and nothing is appended, where the record cannot be mapped; any other one is an outage.
func (r *Runner) Map(record *Record, to []Message) ([]Message, error) {
	if r.source.program == nil {
		return r.repartition(record, to)
	}
	v, some, err := r.source.value(&r.json, r.source.form, record.Value)
	if err != nil || !some {
		return to, err
	}
	return r.MapValue(v, record, to)
}

// MapValue is Map of a value that has been read already, such as a row of a file.
func (r *Runner) MapValue(v any, record *Record, to []Message) ([]Message, error) {
	key, err := r.key(record)
	if err != nil {
		return to, err
	}
	before := len(to)
	r.made = 0
	err = r.source.program.each(v, record, key, func(made any) error {
		if len(to)-before >= MaxEvents {
			return invalid("it becomes more than %d events: does the program loop?", MaxEvents)
		}
		m, err := r.message(made)
		if err == nil {
			to = append(to, m)
		}
		return err
	})
	if err != nil {
		return to[:before], err
	}
	return to, nil
}

// key reads a record's key, if the program asks for it.
func (r *Runner) key(record *Record) (any, error) {
	if !r.source.program.ofRecord {
		return nil, nil
	}
	key, _, err := r.source.value(&r.json, r.source.keyForm, record.Key)
	if refused := (*Error)(nil); errors.As(err, &refused) {
		return nil, undecodable("the key: %w: see `key_form:`", err)
	}
	return key, err
}

// Texts are a record's key and value for people to read: what a registry's schema wrote as JSON, all else as it is.
func (r *Runner) Texts(record *Record) (key, value string) {
	return r.text(r.source.keyForm, record.Key), r.text(r.source.form, record.Value)
}

func (r *Runner) text(form Form, b []byte) string {
	if (form == Avro || form == Debezium) && len(b) > 0 && b[0] == 0 {
		if v, err := r.source.avro(&r.json, b); err == nil {
			return string(jsonvalue.Append(nil, v))
		}
	}
	return string(b)
}

// message makes an event of what a program made.
func (r *Runner) message(made any) (m Message, err error) {
	members, ok := made.(map[string]any)
	if !ok {
		return m, invalid("the program makes %.100s, which is no event: it is to make objects, or nothing by `empty`", jsonvalue.Append(nil, made))
	}
	r.line = appendEvent(r.line[:0], members)
	if r.made += len(r.line); r.made > MaxMappedBytes {
		return m, invalid("its events have more than %d bytes: make fewer of one record", MaxMappedBytes)
	}
	if err := events.ParseLine(r.line, &r.event); err != nil {
		return m, invalid("the program makes an event that is not right: %w: %.200s", err, jsonvalue.Append(nil, members))
	}
	value := r.encoder.AppendAvro(make([]byte, 0, len(r.line)), &r.event)
	if len(value) > limits.Input {
		return m, invalid("the program makes an event of %d bytes, more than %d", len(value), limits.Input)
	}
	return Message{Topic: r.event.Topic, Kind: r.event.Kind, OccurredAt: r.event.OccurredAt, Key: []byte(r.event.SellerID), Value: value}, nil
}

// appendEvent appends an event as JSON, without members that are null, and with an event_id of its content where it has none: so that the same event
// is the same one however often and from wherever it comes.
func appendEvent(dst []byte, members map[string]any) []byte {
	dst = jsonvalue.AppendGiven(dst, members)
	if members[eventID] != nil {
		return dst
	}
	id := digestOf(dst)
	dst = dst[:len(dst)-1]
	if len(dst) > 1 {
		dst = append(dst, ',')
	}
	dst = append(dst, `"`+eventID+`":"`...)
	return append(append(dst, id[:]...), `"}`...)
}

const eventID = "event_id"

// digest is a text of 24 letters that two values have only if they are equal.
func digest(v any) string {
	id := digestOf(jsonvalue.Append(nil, v))
	return string(id[:])
}

func digestOf(b []byte) (id [24]byte) {
	sum := sha256.Sum256(b)
	hex.Encode(id[:], sum[:12])
	return id
}
