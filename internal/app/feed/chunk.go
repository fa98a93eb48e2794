package feed

import (
	"bytes"
	"fmt"

	"sellerpulse/internal/limits"
	"sellerpulse/internal/plaintext"
	"sellerpulse/pkg/events"
)

// maxValueBytes is the largest value that tasks take.
const maxValueBytes = limits.Input

// LineError says which line is refused or cannot be read, counted from 1, and why.
type LineError struct {
	Line int64
	Err  error
}

// Error names the line.
func (e *LineError) Error() string { return fmt.Sprintf("line %d: %v", e.Line, e.Err) }

func (e *LineError) Unwrap() error { return e.Err }

// chunk is some whole lines and what became of them.
type chunk struct {
	text   []byte
	first  int64 // number of the first line
	source source
	parsed chan struct{} // closed when the fields below are there

	event    events.Event // that of the line being parsed, used again
	messages []message
	err      *LineError // of the line after the messages
}

// message is an event on its way to a topic.
type message struct {
	topic events.Topic
	key   []byte
	value []byte
}

// parse turns the lines into messages, up to the first that is refused.
func (c *chunk) parse() {
	defer close(c.parsed)
	values := make([]byte, 0, len(c.text)/2)
	number := c.first
	for line := range bytes.Lines(c.text) {
		if line = trimmed(line); len(line) > 0 {
			var err error
			if values, err = c.add(line, values); err != nil {
				c.err = &LineError{Line: number, Err: c.source.advised(line, err)}
				return
			}
		}
		number++
	}
}

// add appends an event's message. Its value lies at the end of values, which the messages before share.
func (c *chunk) add(line, values []byte) ([]byte, error) {
	if err := events.ParseLine(line, &c.event); err != nil {
		return values, err
	}
	start := len(values)
	values = events.Encoder{}.AppendAvro(values, &c.event)
	value := values[start:len(values):len(values)]
	if len(value) > maxValueBytes {
		return values, fmt.Errorf("value of %d bytes: at most %d are taken", len(value), maxValueBytes)
	}
	c.messages = append(c.messages, message{topic: c.event.Topic, key: []byte(c.event.SellerID), value: value})
	return values, nil
}

// trimmed is a line without its end, white space around it, and the byte order mark that each file of several may begin with.
func trimmed(line []byte) []byte {
	return bytes.TrimSpace(bytes.TrimPrefix(line, []byte(plaintext.Mark)))
}
