package state

import (
	"encoding/binary"
	"fmt"

	"sellerpulse/pkg/events"
)

// Saved is how far the database has a partition's state.
type Saved struct {
	Position int64         // of the changelog; 0 for no state
	At       events.Millis // when that was committed, or read from the changelog; 0 when that is not known
}

// encode writes the position, then the time, as zig-zag varints. The first version wrote the position alone.
func (s Saved) encode() []byte {
	return binary.AppendVarint(binary.AppendVarint(nil, s.Position), s.At)
}

// Saved is how far the database has the state of a partition, as of the last Commit; for any goroutine.
func (db *DB) Saved(partition int32) (s Saved, err error) {
	value, err := db.get(append(appendPartition(nil, partition), tagPosition))
	if err != nil || value == nil {
		return s, err
	}
	r := bytesReader{b: value}
	s.Position = r.int()
	if len(r.b) > 0 {
		s.At = r.int()
	}
	if r.bad || len(r.b) > 0 {
		return s, fmt.Errorf("read changelog position of partition %d: %w", partition, errKey)
	}
	return s, nil
}
