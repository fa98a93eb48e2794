package events

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// DeadLetterReason is why a message cannot be applied.
type DeadLetterReason string

// The reasons, as metrics.md, section 6, has them. This package finds the first two.
const (
	Undecodable DeadLetterReason = "undecodable" // no event: nothing is known of it
	Invalid     DeadLetterReason = "invalid"     // an event with something missing or wrong
	Misrouted   DeadLetterReason = "misrouted"   // in the wrong partition, or under another seller's key
	Future      DeadLetterReason = "future"      // too far ahead of its arrival
	Expired     DeadLetterReason = "expired"     // about an order older than the retention
	Orphan      DeadLetterReason = "orphan"      // about an order that never came
	Skipped     DeadLetterReason = "skipped"     // named by an operator to be passed over
)

// Error is a message that cannot be applied: an output for the dead letters, not an outage.
type Error struct {
	Reason  DeadLetterReason
	Field   string // as in the contract, such as "items[2].quantity"; empty if it is no field's fault
	Value   string // what was found, quoted where it is text, shortened; empty if there is none
	Problem string // such as "is missing"
}

// Error says what is wrong on one line, such as `rating 7 is outside 1 to 5`.
func (e *Error) Error() string {
	parts := make([]string, 0, 3)
	for _, part := range []string{e.Field, e.Value, e.Problem} {
		if part != "" {
			parts = append(parts, part)
		}
	}
	return strings.Join(parts, " ")
}

func undecodable(format string, args ...any) *Error {
	return &Error{Reason: Undecodable, Problem: fmt.Sprintf(format, args...)}
}

func invalid(f field, value, problem string) *Error {
	return &Error{Reason: Invalid, Field: f.String(), Value: value, Problem: problem}
}

func missing(f field) *Error { return invalid(f, "", "is missing") }

// shownBytes bounds how much of a value an error repeats.
const shownBytes = 64

// quote shows a text of any length and any bytes.
func quote(text string) string {
	if len(text) <= shownBytes {
		return fmt.Sprintf("%q", text)
	}
	return fmt.Sprintf("%q...", cut(text))
}

// shorten shows a piece of JSON as it is. It is cloned: an error outlives its message.
func shorten(text string) string {
	if len(text) <= shownBytes {
		return strings.ToValidUTF8(strings.Clone(text), "\uFFFD")
	}
	return strings.ToValidUTF8(cut(text), "\uFFFD") + "..."
}

// cut takes the first shownBytes, less what would split a character.
func cut(text string) string {
	end := shownBytes
	for end > shownBytes-utf8.UTFMax && !utf8.RuneStart(text[end]) {
		end--
	}
	return text[:end]
}
