package varint

import (
	"encoding/binary"
	"errors"
	"unsafe"
)

// What can be wrong with bytes, whatever their format.
var (
	ErrShort    = errors.New("the bytes end too early")
	ErrOverflow = errors.New("a number is longer than 64 bits")
	ErrLength   = errors.New("a length exceeds the bytes left")
	ErrLeft     = errors.New("there are bytes left after the value")
)

// Reader reads values one after the other. The first error stays: from then on each read gives the zero value, so that a caller may look
// at Err or End once, at the end. The zero Reader is at the end of no bytes.
type Reader struct {
	src []byte
	at  int // what comes next
	err error
}

// NewReader reads from src, which it does not change.
func NewReader(src []byte) Reader { return Reader{src: src} }

// Err is the first error, nil if there was none.
func (r *Reader) Err() error { return r.err }

// End is the first error, bytes that are left being the last that can be.
func (r *Reader) End() error {
	if r.err == nil && r.More() {
		return ErrLeft
	}
	return r.err
}

// Fail sets the error, unless there is one already.
func (r *Reader) Fail(err error) {
	if r.err == nil {
		r.err = err
	}
	r.at = len(r.src)
}

// More is whether bytes are left; false after an error.
func (r *Reader) More() bool { return r.at < len(r.src) }

// Len is the number of bytes left, 0 after an error.
func (r *Reader) Len() int { return len(r.src) - r.at }

// Offset is the number of bytes read.
func (r *Reader) Offset() int { return r.at }

// Seek goes back to an offset.
func (r *Reader) Seek(offset int) { r.at = offset }

// Byte reads a byte.
func (r *Reader) Byte() byte {
	if r.at >= len(r.src) {
		r.Fail(ErrShort)
		return 0
	}
	r.at++
	return r.src[r.at-1]
}

// Uint reads an unsigned varint. Most take one or two bytes.
func (r *Reader) Uint() uint64 {
	if at := r.at; at < len(r.src) {
		b := r.src[at]
		if b < 0x80 {
			r.at = at + 1
			return uint64(b)
		}
		if at+1 < len(r.src) && r.src[at+1] < 0x80 {
			r.at = at + 2
			return uint64(b&0x7f) | uint64(r.src[at+1])<<7
		}
	}
	return r.longUint()
}

func (r *Reader) longUint() uint64 {
	v, n := binary.Uvarint(r.src[r.at:])
	switch {
	case n == 0:
		r.Fail(ErrShort)
	case n < 0:
		r.Fail(ErrOverflow)
	default:
		r.at += n
		return v
	}
	return 0
}

// Int reads a zigzag varint.
func (r *Reader) Int() int64 { return Signed(r.Uint()) }

// Signed is the number that zigzag writes as u.
func Signed(u uint64) int64 { return int64(u>>1) ^ -int64(u&1) }

// SkipUints reads past n varints of bytes that were checked.
func (r *Reader) SkipUints(n int) {
	for ; n > 0; r.at++ {
		if r.src[r.at] < 0x80 {
			n--
		}
	}
}

// Count reads the length of a list, each element of which takes at least a byte.
func (r *Reader) Count() int {
	n := r.Uint()
	if n > uint64(len(r.src)-r.at) {
		r.Fail(ErrLength)
		return 0
	}
	return int(n)
}

// Take reads the next n bytes. They alias what the reader reads from.
func (r *Reader) Take(n uint64) []byte {
	if n > uint64(len(r.src)-r.at) {
		r.Fail(ErrLength)
		return nil
	}
	end := r.at + int(n)
	taken := r.src[r.at:end:end]
	r.at = end
	return taken
}

// Bytes reads a length and as many bytes, as [Reader.Take] does.
func (r *Reader) Bytes() []byte { return r.Take(r.Uint()) }

// Text reads a length and as many bytes, without a look at their UTF-8. It aliases what the reader reads from, which must not change.
func (r *Reader) Text() string { return r.TakeText(r.Uint()) }

// TakeText reads the next n bytes, as Text does.
func (r *Reader) TakeText(n uint64) string {
	at := r.at
	if n > uint64(len(r.src)-at) {
		r.Fail(ErrLength)
		return ""
	}
	r.at = at + int(n)
	return unsafe.String(unsafe.SliceData(r.src[at:]), n)
}
