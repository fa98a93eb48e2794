package state

import (
	"encoding/binary"

	"sellerpulse/internal/varint"
)

// Index is an index entry: what leads from an order's id to its row, or to the events that wait for it.
type Index struct {
	Status Status // Live, of an expired order too, or Parked
	Number int64  // the order's date, or how many events wait
	Bytes  int64  // of those; unknownBytes where nobody counted them
}

// unknownBytes is of entries that were written before bytes were counted.
const unknownBytes = -1

// append writes the status, then the number and, of parked events, their bytes, as zig-zag varints.
func (i Index) append(dst []byte) []byte {
	dst = binary.AppendVarint(append(dst, byte(i.Status)), i.Number)
	if i.Status == Parked && i.Bytes != unknownBytes {
		dst = binary.AppendVarint(dst, i.Bytes)
	}
	return dst
}

// DecodeIndex reads the value of an index entry.
func DecodeIndex(value []byte) (i Index, err error) {
	if len(value) < 2 {
		return i, errKey
	}
	r := varint.NewReader(value[1:])
	i = Index{Status: Status(value[0]), Number: r.Int()}
	if i.Status == Parked {
		i.Bytes = unknownBytes
	}
	if i.Status == Parked && r.More() {
		i.Bytes = r.Int()
	}
	if r.End() != nil {
		return i, errKey
	}
	return i, nil
}

// Counted is whether the entry tells the bytes of parked events.
func (i Index) Counted() bool { return i.Bytes != unknownBytes }
