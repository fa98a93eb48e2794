package avro

import (
	"encoding/binary"
	"errors"
	"math"

	"sellerpulse/internal/varint"
)

// What can be wrong with bytes, whatever their schema, beside what can be wrong with varints.
var (
	ErrBool  = errors.New("a boolean is neither 0 nor 1")
	ErrCount = errors.New("arrays have more elements than the value has bytes")
)

// Reader reads primitives one after the other. The first error stays: from then on each read gives the zero value,
// so that a caller may look at Err once, at the end. The zero Reader is at the end of no bytes.
//
// Invariant: the elements promised by all blocks together never exceed the length of the bytes, so that a loop over
// them is bounded even where an element takes no bytes.
type Reader struct {
	reader   varint.Reader
	elements int // how many elements blocks may still promise
}

// NewReader reads from bytes, which it does not change.
func NewReader(bytes []byte) Reader { return Reader{varint.NewReader(bytes), len(bytes)} }

// Err is the first error, nil if there was none.
func (r *Reader) Err() error { return r.reader.Err() }

// End is the first error, bytes that are left being the last that can be.
func (r *Reader) End() error { return r.reader.End() }

// Len is the number of bytes left, 0 after an error.
func (r *Reader) Len() int { return r.reader.Len() }

// Fail sets the error, unless there is one already.
func (r *Reader) Fail(err error) { r.reader.Fail(err) }

// Long reads an int, a long, the index of a union's branch or of an enum's symbol.
func (r *Reader) Long() int64 { return r.reader.Int() }

// Bool reads a boolean.
func (r *Reader) Bool() bool {
	b := r.reader.Byte()
	if b > 1 {
		r.Fail(ErrBool)
	}
	return b == 1
}

// Double reads a double.
func (r *Reader) Double() float64 {
	b := r.Fixed(8)
	if len(b) == 0 {
		return 0
	}
	return math.Float64frombits(binary.LittleEndian.Uint64(b))
}

// Fixed reads size bytes. They alias what the reader reads from.
func (r *Reader) Fixed(size int) []byte {
	if size < 0 || size > r.Len() {
		r.Fail(varint.ErrShort)
		return nil
	}
	return r.reader.Take(uint64(size))
}

// Bytes reads a string or a byte string. It aliases what the reader reads from.
func (r *Reader) Bytes() []byte { return r.reader.Take(uint64(r.Long())) }

// String reads a string without a look at its UTF-8. It aliases what the reader reads from, which must not change.
func (r *Reader) String() string { return r.reader.TakeText(uint64(r.Long())) }

// Block reads the head of a block of an array or a map: how many elements follow, 0 at the end or after an error.
func (r *Reader) Block() int {
	n := r.Long()
	if n < 0 { // the block's size in bytes comes too
		r.Long()
		n = -n
	}
	if n < 0 || n > int64(r.elements) {
		r.Fail(ErrCount)
		return 0
	}
	r.elements -= int(n)
	return int(n)
}
