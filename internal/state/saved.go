package state

import (
	"encoding/binary"
	"fmt"

	"github.com/cockroachdb/pebble/v2"

	"sellerpulse/pkg/events"
)

// Saved is how far the database has a partition's state.
type Saved struct {
	Position int64         // of the changelog; 0 for no state
	At       events.Millis // when its last record was written, by the brokers' clock; 0 when that is not known

	// Partial is whether the position may be in the middle of a transaction, of which the state then has a part only: it was being restored.
	Partial bool
}

// encode writes the position, then the time, as zig-zag varints, then 1 if it is partial. The first version wrote the position alone.
func (s Saved) encode() []byte {
	b := binary.AppendVarint(binary.AppendVarint(nil, s.Position), s.At)
	if s.Partial {
		b = append(b, 1)
	}
	return b
}

// Saved is how far the database has the state of a partition, as of the last Commit; for any goroutine.
func (db *DB) Saved(partition int32) (Saved, error) { return readSaved(db.pebble, partition) }

// Saved is how far the view has the state of a partition.
func (v *View) Saved(partition int32) (Saved, error) { return readSaved(v.reader, partition) }

func readSaved(from pebble.Reader, partition int32) (s Saved, err error) {
	value, err := get(from, append(appendPartition(nil, partition), tagPosition))
	if err != nil || value == nil {
		return s, err
	}
	r := bytesReader{b: value}
	s.Position = r.int()
	if len(r.b) > 0 {
		s.At = r.int()
	}
	if len(r.b) > 0 {
		s.Partial = r.uint() == 1
	}
	if r.bad || len(r.b) > 0 {
		return s, fmt.Errorf("read changelog position of partition %d: %w", partition, errKey)
	}
	return s, nil
}
