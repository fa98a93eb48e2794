package task

import (
	"errors"
	"fmt"

	"sellerpulse/internal/stream"
)

// RangeError says that an input does not hold the record to go on with, so that going on would lose events silently.
type RangeError struct {
	stream.OffsetError
}

// Error names what is wanted, what there is, how much is gone, and the remedy.
func (e *RangeError) Error() string {
	const remedy = "use another --app-id to read what the inputs hold into a new state, or go on without what is missing by --on-missing-offsets earliest or latest"
	switch {
	case e.Range == (stream.Range{}):
		return fmt.Sprintf("input %v does not hold offset %d, where the state goes on: its records were deleted, or the topic was made anew; %s",
			e.TopicPartition, e.Offset, remedy)
	case e.Offset < e.Range.First:
		return fmt.Sprintf("input %v does not hold offset %d, where the state goes on, but %d to %d: records of %d offsets were deleted unread, by retention or by hand; %s",
			e.TopicPartition, e.Offset, e.Range.First, e.Range.LastStable, e.Range.First-e.Offset, remedy)
	}
	return fmt.Sprintf("input %v ends at offset %d, but the state goes on at %d, %d further: the log was truncated, or the topic was made anew; %s",
		e.TopicPartition, e.Range.LastStable, e.Offset, e.Offset-e.Range.LastStable, remedy)
}

// Unwrap is what the log answered.
func (e *RangeError) Unwrap() error { return &e.OffsetError }

// outOfRange makes a fetch's error of an offset out of range a RangeError, and leaves any other as it is.
func outOfRange(err error) error {
	if failure, ok := errors.AsType[*stream.OffsetError](err); ok {
		return &RangeError{*failure}
	}
	return err
}

// within is whether the log holds the offset to go on with, or ends there.
func within(log stream.TopicPartition, at int64, holds stream.Range) error {
	if at >= holds.First && at <= holds.LastStable {
		return nil
	}
	return &RangeError{stream.OffsetError{TopicPartition: log, Offset: at, Range: holds}}
}

// OnMissing is what to do when an input does not hold the record to go on with.
type OnMissing string

// The ways to go on. The zero value fails.
const (
	FailOnMissing     OnMissing = "fail"
	EarliestOnMissing OnMissing = "earliest" // from the first record that there is
	LatestOnMissing   OnMissing = "latest"   // from the end
)

func (m OnMissing) fails() bool { return m == "" || m == FailOnMissing }
