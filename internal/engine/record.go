package engine

import (
	"sellerpulse/internal/state"
	"sellerpulse/pkg/events"
	"sellerpulse/pkg/outputs"
)

// Record is one message of an input topic. [Admission.Decode] fills Event, or Err: an *events.Error for a message that can never be applied.
type Record struct {
	state.Message
	Event events.Event
	Err   error
}

// DeadLetter is a message that was not applied, and why.
type DeadLetter struct {
	state.Message
	Reason events.DeadLetterReason
	Err    error
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
