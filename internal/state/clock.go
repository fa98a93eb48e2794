package state

import (
	"encoding/binary"
	"fmt"

	"sellerpulse/pkg/events"
)

// Clock is how far a task has come: its stream time, events.None before the first event, and the offset of the next record of each
// input topic. The offsets are those that the consumer group has; here they outlive it.
type Clock struct {
	StreamTime events.Millis
	Offsets    [events.NumTopics]int64
	Instant    *Instant
}

// Clock reads how far the task has come; false for a new state.
func (s *Store) Clock() (c Clock, ok bool, err error) {
	value, err := s.Partition.Get([]byte{tagClock})
	if err != nil || value == nil {
		return Clock{StreamTime: events.None}, false, err
	}
	c, err = decodeClock(value)
	return c, err == nil, err
}

func decodeClock(value []byte) (c Clock, err error) {
	r := bytesReader{b: value}
	c.StreamTime = r.int()
	for i := range c.Offsets {
		c.Offsets[i] = r.int()
	}
	if r.bad || len(r.b) > 0 {
		return c, fmt.Errorf("decode stream time: %w", errKey)
	}
	return c, nil
}

// append writes the stream time and the offsets in the topics' order, as zig-zag varints.
func (c *Clock) append(b []byte) []byte {
	b = binary.AppendVarint(b, c.StreamTime)
	for _, offset := range c.Offsets {
		b = binary.AppendVarint(b, offset)
	}
	return b
}
