package eventfile

import (
	"fmt"

	"sellerpulse/internal/limits"
	"sellerpulse/pkg/events"
)

// maxValueBytes is the largest value that tasks take.
const maxValueBytes = limits.Input

// chunkBytes is how much is read, and parsed by one worker, at a time.
const chunkBytes = 512 << 10

// Message is an event as it goes to a topic.
type Message struct {
	Topic      events.Topic
	Kind       events.Kind
	OccurredAt events.Millis
	Key, Value []byte
}

// Chunk is a part of a file and what became of it.
type Chunk struct {
	Messages []Message // where it stops at the first fault, those before it
	Faults   []*Fault  // the first of them, as many as are wanted
	Refused  int64     // how many faults there are

	file    string
	most    int // faults that are wanted
	encoder events.Encoder
	part    part // what is to be parsed; nil where there is nothing
	parsed  chan struct{}
	event   events.Event // the one being parsed, used again
	values  []byte       // of the messages
}

// part is what can be parsed by itself.
type part interface{ parse(c *Chunk) }

// parse turns the part into messages and faults.
func (c *Chunk) parse() {
	defer close(c.parsed)
	if c.part != nil {
		c.part.parse(c)
		c.part = nil // Messages have what they need.
	}
}

// take adds the event as a message.
func (c *Chunk) take() error {
	e := &c.event
	start := len(c.values)
	c.values = c.encoder.AppendAvro(c.values, e)
	value := c.values[start:len(c.values):len(c.values)]
	if len(value) > maxValueBytes {
		return fmt.Errorf("value of %d bytes: at most %d are taken", len(value), maxValueBytes)
	}
	c.Messages = append(c.Messages, Message{Topic: e.Topic, Kind: e.Kind, OccurredAt: e.OccurredAt, Key: []byte(e.SellerID), Value: value})
	return nil
}

// refuse adds a fault, and tells whether that was the last thing to do.
func (c *Chunk) refuse(at Place, err error) (stop bool) {
	if c.Refused++; len(c.Faults) < c.most {
		c.Faults = append(c.Faults, &Fault{File: c.file, Place: at, Err: err})
	}
	return c.most <= 1
}
