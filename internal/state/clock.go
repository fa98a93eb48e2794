package state

import (
	"encoding/binary"
	"fmt"

	"sellerpulse/internal/varint"
	"sellerpulse/pkg/events"
)

// Clock is how far a task has come: its stream time, events.None before the first event, and the offset of the next record of each
// input topic. The offsets are those that the consumer group has; here they outlive it.
type Clock struct {
	StreamTime events.Millis
	Offsets    [events.NumTopics]int64
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
	r := varint.NewReader(value)
	c.StreamTime = r.Int()
	for i := range c.Offsets {
		c.Offsets[i] = r.Int()
	}
	if r.End() != nil {
		return c, fmt.Errorf("decode stream time: %w", errKey)
	}
	return c, nil
}

// SetClock notes how far the task has come with the commit that follows. The value is the stream time and the offsets in the topics' order,
// as zig-zag varints.
func (s *Store) SetClock(c Clock) {
	s.clock = binary.AppendVarint(s.clock[:0], c.StreamTime)
	for _, offset := range c.Offsets {
		s.clock = binary.AppendVarint(s.clock, offset)
	}
}
