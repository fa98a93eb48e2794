package mapping

import (
	"fmt"

	"sellerpulse/internal/limits"
	"sellerpulse/pkg/events"
)

// Bounds of one record, and of what becomes of it.
const (
	MaxRecordBytes  = limits.SourceRecord // of its value
	MaxEvents       = limits.MappedEvents // that a record may become
	MaxMappedBytes  = limits.Mapped       // of all of them
	MaxProgramSteps = 2_000_000           // of the program, for one record: about a fifth of a second
)

// Record is a record of a source, or a document or row of a file. Nil keys and values are null.
type Record struct {
	Topic      string
	Partition  int32
	Offset     int64
	Timestamp  events.Millis
	Key, Value []byte
	Headers    []Header
}

// Header is one of a record's headers.
type Header struct {
	Key   string
	Value []byte
}

// Message is an event as it goes to one of our topics.
type Message struct {
	Topic      events.Topic
	Kind       events.Kind
	OccurredAt events.Millis
	Key, Value []byte
	Headers    []Header
}

// Error is a record that cannot be mapped: an output for the dead letters, not an outage.
type Error struct {
	Reason events.DeadLetterReason // [events.Undecodable] where the bytes are not of the form, else [events.Invalid]
	Err    error
}

// Error says what is wrong.
func (e *Error) Error() string { return e.Err.Error() }

func (e *Error) Unwrap() error { return e.Err }

func undecodable(format string, args ...any) error {
	return &Error{events.Undecodable, fmt.Errorf(format, args...)}
}

func invalid(format string, args ...any) error {
	return &Error{events.Invalid, fmt.Errorf(format, args...)}
}
