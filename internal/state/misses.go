package state

import (
	"encoding/binary"
	"slices"

	"sellerpulse/internal/varint"
	"sellerpulse/pkg/windows"
)

// Misses lists the orders of a seller that miss what rules ask for: of each its date, its id, and which rules by a bit each. It follows from the
// rows, and lies in memory alone, to save reading them for an alert: a seller that was read from the database does not know its misses until
// they are read. Those of a date before any window may be left in.
type Misses struct {
	known   bool
	tooMany bool
	bytes   []byte // of each: length of all that follows, zig-zag date, rules, id
}

// missesMost is how many bytes the list of a seller may have. One with more is not kept, since each change goes through it.
const missesMost = 8 << 10

// Known is whether the list is that of the rows.
func (m *Misses) Known() bool { return m.known }

// TooMany is whether they were more than are listed.
func (m *Misses) TooMany() bool { return m.tooMany }

// Reset empties the list, which is then known.
func (m *Misses) Reset() { m.known, m.bytes = true, m.bytes[:0] }

// Set replaces what is known of an order; no rules take it from the list. Where nothing is known it stays so.
func (m *Misses) Set(date windows.Date, id string, rules uint64) {
	if !m.known {
		return
	}
	m.remove(id)
	if rules == 0 {
		return
	}
	var scratch [3 * binary.MaxVarintLen64]byte
	head := binary.AppendUvarint(binary.AppendVarint(scratch[:0], int64(date)), rules)
	m.bytes = binary.AppendUvarint(m.bytes, uint64(len(head)+len(id)))
	m.bytes = append(append(m.bytes, head...), id...)
	if len(m.bytes) > missesMost {
		*m = Misses{tooMany: true}
	}
}

// remove takes an order from the list. That an entry ends with the id is seen first: there are many, of which one is the order's at most.
func (m *Misses) remove(id string) {
	for r := varint.NewReader(m.bytes); r.More(); {
		begin := r.Offset()
		entry := r.Bytes()
		if len(entry) < len(id) || string(entry[len(entry)-len(id):]) != id {
			continue
		}
		if _, _, of := cutMiss(entry); len(of) == len(id) {
			m.bytes = slices.Delete(m.bytes, begin, r.Offset())
			return
		}
	}
}

// Forget takes the orders of dates before one from the list.
func (m *Misses) Forget(before windows.Date) {
	m.keep(func(date windows.Date, _ []byte) bool { return date >= before })
}

// keep takes from the list what is not to stay.
func (m *Misses) keep(stays func(date windows.Date, id []byte) bool) {
	left := m.bytes[:0]
	for r := varint.NewReader(m.bytes); r.More(); {
		begin := r.Offset()
		date, _, id := cutMiss(r.Bytes())
		if stays(date, id) {
			left = append(left, m.bytes[begin:r.Offset()]...) // Never behind what is read.
		}
	}
	m.bytes = left
}

// Each calls yield with each order of the list, in no order. The id is valid during the call.
func (m *Misses) Each(yield func(date windows.Date, id []byte, rules uint64)) {
	for r := varint.NewReader(m.bytes); r.More(); {
		date, rules, id := cutMiss(r.Bytes())
		yield(date, id, rules)
	}
}

func cutMiss(entry []byte) (date windows.Date, rules uint64, id []byte) {
	r := varint.NewReader(entry)
	date, rules = windows.Date(r.Int()), r.Uint()
	return date, rules, entry[r.Offset():]
}

// append packs the list.
func (m *Misses) append(dst []byte) []byte {
	if !m.known {
		return append(dst, 0)
	}
	return append(binary.AppendUvarint(dst, uint64(len(m.bytes))+1), m.bytes...)
}

// read unpacks what append wrote.
func (m *Misses) read(r *varint.Reader) {
	n := r.Uint()
	if m.known = n > 0; m.known {
		m.bytes = append(m.bytes[:0], r.Take(n-1)...)
	}
}
