package avro

import (
	"encoding/binary"
	"errors"
	"math"
	"unsafe"
)

// What can be wrong with bytes, whatever their schema.
var (
	ErrShort  = errors.New("the bytes end too early")
	ErrVarint = errors.New("a number is longer than 64 bits")
	ErrLength = errors.New("a length exceeds the bytes left")
	ErrBool   = errors.New("a boolean is neither 0 nor 1")
	ErrCount  = errors.New("arrays have more elements than the value has bytes")
)

// Reader reads primitives one after the other. The first error stays: from then on each read gives the zero value,
// so that a caller may look at Err once, at the end. The zero Reader is at the end of no bytes.
//
// Invariant: the elements promised by all blocks together never exceed the length of the bytes, so that a loop over
// them is bounded even where an element takes no bytes.
type Reader struct {
	bytes    []byte // what is left
	elements int    // how many elements blocks may still promise
	err      error
}

// NewReader reads from bytes, which it does not change.
func NewReader(bytes []byte) Reader { return Reader{bytes: bytes, elements: len(bytes)} }

// Err is the first error, nil if there was none.
func (r *Reader) Err() error { return r.err }

// Len is the number of bytes left, 0 after an error.
func (r *Reader) Len() int { return len(r.bytes) }

// Fail sets the error, unless there is one already.
func (r *Reader) Fail(err error) {
	if r.err == nil {
		r.err = err
	}
	r.bytes = nil
}

// Long reads an int, a long, the index of a union's branch or of an enum's symbol.
func (r *Reader) Long() int64 {
	if len(r.bytes) > 0 && r.bytes[0] < 0x80 { // most lengths, indexes and counts
		n := uint64(r.bytes[0])
		r.bytes = r.bytes[1:]
		return int64(n>>1) ^ -int64(n&1)
	}
	return r.longVarint()
}

func (r *Reader) longVarint() int64 {
	n, size := binary.Uvarint(r.bytes)
	if size == 0 {
		r.Fail(ErrShort)
		return 0
	}
	if size < 0 {
		r.Fail(ErrVarint)
		return 0
	}
	r.bytes = r.bytes[size:]
	return int64(n>>1) ^ -int64(n&1)
}

// Bool reads a boolean.
func (r *Reader) Bool() bool {
	b := r.Fixed(1)
	if len(b) == 0 {
		return false
	}
	if b[0] > 1 {
		r.Fail(ErrBool)
	}
	return b[0] == 1
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
	if size < 0 || size > len(r.bytes) {
		r.Fail(ErrShort)
		return nil
	}
	b := r.bytes[:size:size]
	r.bytes = r.bytes[size:]
	return b
}

// Bytes reads a string or a byte string. It aliases what the reader reads from.
func (r *Reader) Bytes() []byte {
	n := r.Long()
	if uint64(n) > uint64(len(r.bytes)) {
		r.Fail(ErrLength)
		return nil
	}
	b := r.bytes[:n:n]
	r.bytes = r.bytes[n:]
	return b
}

// String reads a string without a look at its UTF-8. It aliases what the reader reads from, which must not change.
func (r *Reader) String() string {
	b := r.Bytes()
	return unsafe.String(unsafe.SliceData(b), len(b))
}

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
