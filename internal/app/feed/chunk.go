package feed

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"sellerpulse/internal/limits"
	"sellerpulse/pkg/events"
)

const (
	// chunkBytes is how much is read, and parsed by one worker, at a time.
	chunkBytes = 512 << 10
	// maxLineBytes bounds a line. The largest value that topics take is far below it.
	maxLineBytes = 2 << 20
	// maxValueBytes is the largest value that tasks take.
	maxValueBytes = limits.Input
)

// LineError says which line is refused, counted from 1, and why.
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
	first  int64         // number of the first line
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
		if line = bytes.TrimSpace(line); len(line) > 0 {
			var err error
			if values, err = c.add(line, values); err != nil {
				c.err = &LineError{Line: number, Err: err}
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

// lines cuts what is read into chunks of whole lines.
type lines struct {
	from   io.Reader
	number int64  // of the next line
	rest   []byte // of a line whose end has not been read
}

var byteOrderMark = []byte("\xef\xbb\xbf")

// next is the next chunk: what one read brings, up to its last whole line, so that a slow pipe is not waited for. At the end it is nil.
func (l *lines) next() (*chunk, error) {
	text := append(make([]byte, 0, chunkBytes+len(l.rest)), l.rest...)
	for {
		n, err := l.from.Read(text[len(text):cap(text)])
		text = text[:len(text)+n]
		if err != nil && !errors.Is(err, io.EOF) {
			return nil, err
		}
		whole := bytes.LastIndexByte(text, '\n') + 1
		if err != nil {
			whole = len(text)
		}
		switch {
		case whole > 0:
			l.rest = bytes.Clone(text[whole:])
			return l.chunk(text[:whole]), nil
		case err != nil:
			return nil, nil
		case len(text) > maxLineBytes:
			return nil, &LineError{Line: l.number, Err: fmt.Errorf("longer than %d bytes", maxLineBytes)}
		case len(text) == cap(text):
			text = append(make([]byte, 0, 2*cap(text)), text...)
		}
	}
}

func (l *lines) chunk(text []byte) *chunk {
	c := &chunk{text: text, first: l.number, parsed: make(chan struct{})}
	if l.number == 1 {
		c.text = bytes.TrimPrefix(text, byteOrderMark)
	}
	l.number += int64(bytes.Count(text, []byte{'\n'}))
	return c
}
