package state

import (
	"encoding/binary"
	"encoding/json"
	"fmt"

	"sellerpulse/pkg/events"
)

// Meaning is what the numbers of a state rest on. Changed rules are evaluated anew; another zone or retention is refused.
type Meaning struct {
	Zone      string            `json:"zone"`
	Retention int32             `json:"retention_days"`
	Rules     map[string]string `json:"rules"`            // the definition of each rule by its name
	Topics    map[string]string `json:"topics,omitempty"` // the ids of the topics that it was read from, by their names
}

// Meaning reads what the state rests on; nil for a new state.
func (s *Store) Meaning() (*Meaning, error) {
	value, err := s.Partition.Get([]byte{tagMeaning})
	if err != nil || value == nil {
		return nil, err
	}
	return decodeMeaning(value)
}

func decodeMeaning(value []byte) (*Meaning, error) {
	m := new(Meaning)
	if err := json.Unmarshal(value, m); err != nil {
		return nil, fmt.Errorf("decode meaning of the state: %w", err)
	}
	return m, nil
}

// SetMeaning writes what the state rests on.
func (s *Store) SetMeaning(m *Meaning) error {
	value, err := json.Marshal(m)
	if err != nil {
		return fmt.Errorf("encode meaning of the state: %w", err)
	}
	s.Partition.Put([]byte{tagMeaning}, value)
	s.logged(baseKey{tagMeaning}, value)
	return nil
}

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

// SetClock notes how far the task has come with the commit that follows. The value is the stream time and the offsets in the topics' order,
// as zig-zag varints.
func (s *Store) SetClock(c Clock) {
	s.clock = binary.AppendVarint(s.clock[:0], c.StreamTime)
	for _, offset := range c.Offsets {
		s.clock = binary.AppendVarint(s.clock, offset)
	}
}
