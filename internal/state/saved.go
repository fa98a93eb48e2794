package state

import (
	"encoding/binary"
	"fmt"
	"slices"

	"github.com/cockroachdb/pebble/v2"

	"sellerpulse/internal/varint"
	"sellerpulse/pkg/events"
)

// Saved is how far the database has a partition's state.
type Saved struct {
	Position int64         // of the changelog; 0 for no state
	At       events.Millis // when its last record was written, by the brokers' clock; 0 when that is not known

	// Partial is whether the position may be in the middle of a transaction, of which the state then has a part only: it was being restored.
	Partial bool

	// Underived is whether what is derived is not there, or not all of it: it is to be rebuilt before the state is used. Rebuilding says that
	// this has begun, and Rebuilt is the last seller of whom it is done.
	Underived, Rebuilding bool
	Rebuilt               string

	// Counted is whether of what is derived buckets and timers alone are not there: rules ask for other counts, and orders are where they were.
	Counted bool

	// Basis is what the derived was derived by ([Settings.Derivation]); empty for what an earlier version wrote. A Checkpoint leaves it as it is.
	Basis string

	// Of a successor. Copied is, while it is copied, the last key that is; empty before and after. Orders is how many order rows were copied, which a
	// Checkpoint leaves as it is, and Done of how many of them what follows is derived.
	Copied       string
	Orders, Done int64

	// Changelog is the topic that the position is of; empty for what an earlier version wrote. A Checkpoint leaves it as it is.
	Changelog string
}

// What a state may lack.
const (
	savedPartial = 1 << iota
	savedUnderived
	savedRebuilding
	savedCounted
)

// encode writes the position, then the time, as zig-zag varints, then what it lacks, and, each with its length before it, the last seller that
// is rebuilt, the basis and the changelog; of a successor also what is copied. The first version wrote the position alone, then also the time and whether it is partial, then also the basis.
func (s Saved) encode() []byte {
	b := binary.AppendVarint(binary.AppendVarint(nil, s.Position), s.At)
	lacks := byte(0)
	for _, lack := range [...]struct {
		is  bool
		bit byte
	}{{s.Partial, savedPartial}, {s.Underived, savedUnderived}, {s.Rebuilding, savedRebuilding}, {s.Counted, savedCounted}} {
		if lack.is {
			lacks |= lack.bit
		}
	}
	b = append(b, lacks)
	b = appendBytes(appendBytes(appendBytes(b, []byte(s.Rebuilt)), []byte(s.Basis)), []byte(s.Changelog))
	if s.Copied == "" && s.Orders == 0 {
		return b
	}
	return binary.AppendVarint(binary.AppendVarint(appendBytes(b, []byte(s.Copied)), s.Orders), s.Done)
}

// whole is whether there is a state that only what is derived, and what was committed since, may be missing of.
func (s *Saved) whole() bool { return s.Position > 0 && s.Copied == "" }

// Saved is how far the database has the state of a partition, as of the last Checkpoint; for any goroutine.
func (db *DB) Saved(partition int32) (Saved, error) {
	return readSaved(db.pebble, db.slots.now().prefix(partition))
}

// Saved is how far the view has the state of a partition.
func (v *View) Saved(partition int32) (Saved, error) {
	return readSaved(v.reader, v.second.prefix(partition))
}

func readSaved(from pebble.Reader, prefix []byte) (s Saved, err error) {
	value, err := get(from, slices.Concat(prefix, []byte{tagPosition}))
	if err != nil || value == nil {
		return s, err
	}
	r := varint.NewReader(value)
	s.Position = r.Int()
	if r.More() {
		s.At = r.Int()
	}
	if r.More() {
		lacks := r.Uint()
		s.Partial, s.Underived, s.Rebuilding = lacks&savedPartial != 0, lacks&savedUnderived != 0, lacks&savedRebuilding != 0
		s.Counted = lacks&savedCounted != 0
	}
	if r.More() {
		s.Rebuilt, s.Basis = string(readBytes(&r)), string(readBytes(&r))
	}
	if r.More() {
		s.Changelog = string(readBytes(&r))
	}
	if r.More() {
		s.Copied, s.Orders, s.Done = string(readBytes(&r)), r.Int(), r.Int()
	}
	if r.End() != nil {
		partition, _ := partitionOf(prefix)
		return s, fmt.Errorf("read changelog position of partition %d: %w", partition, errKey)
	}
	return s, nil
}
