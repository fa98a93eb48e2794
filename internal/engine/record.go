package engine

import (
	"sellerpulse/internal/state"
	"sellerpulse/pkg/events"
	"sellerpulse/pkg/outputs"
)

// Record is one message of an input topic. [Engine.Decode] fills Event, or Err: an *events.Error for a message that can never be applied.
type Record struct {
	Topic     events.Topic
	Offset    int64
	Timestamp events.Millis
	Key       []byte
	Value     []byte
	Headers   []state.Header
	Event     events.Event
	Err       error
}

// size is what the record's value and headers come to.
func (r *Record) size() int { return state.SizeOf(r.Value, r.Headers) }

// DeadLetter is a record that was not applied, and why.
type DeadLetter struct {
	Topic     events.Topic
	Offset    int64
	Timestamp events.Millis
	Key       []byte
	Value     []byte
	Headers   []state.Header
	Reason    events.DeadLetterReason
	Err       error
}

// Output is what there is to publish, beside the changes of the state.
type Output struct {
	Alerts      []outputs.Alert
	Reports     []outputs.Report
	DeadLetters []DeadLetter

	bytes int // about, of all
}

// Commit is what one transaction makes true: all that changed since the one before.
type Commit struct {
	Output
	Records    []state.Record // for the changelog, the last of which is the clock. Valid until Committed.
	Offsets    [events.NumTopics]int64
	StreamTime events.Millis
}

// parkedRecord is a parked event as the record that it was.
func parkedRecord(p *state.ParkedEvent) *Record {
	return &Record{Topic: p.Topic, Offset: p.Offset, Timestamp: p.Timestamp, Key: p.Key, Value: p.Value, Headers: p.Headers}
}
