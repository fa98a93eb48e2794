package stream

import (
	"encoding/binary"
	"fmt"
	"math"
)

// reader takes primitive values off a broker's answer. After the first value that is not there it is broken: all further values are zero.
type reader struct {
	b      []byte
	broken bool
}

// take is the next n bytes, aliased.
func (r *reader) take(n int) []byte {
	if r.broken || n < 0 || n > len(r.b) {
		r.broken = true
		return nil
	}
	taken := r.b[:n:n]
	r.b = r.b[n:]
	return taken
}

func (r *reader) int16() int16 {
	if b := r.take(2); b != nil {
		return int16(binary.BigEndian.Uint16(b))
	}
	return 0
}

func (r *reader) int32() int32 {
	if b := r.take(4); b != nil {
		return int32(binary.BigEndian.Uint32(b))
	}
	return 0
}

func (r *reader) int64() int64 {
	if b := r.take(8); b != nil {
		return int64(binary.BigEndian.Uint64(b))
	}
	return 0
}

// text is a string with its length in front; null reads as empty.
func (r *reader) text() string {
	n := r.int16()
	if n < 0 {
		return ""
	}
	return string(r.take(int(n)))
}

// count is an array's length, of elements of so many bytes at least; null is 0. It never promises more than there is.
func (r *reader) count(elementBytes int) int {
	n := int(r.int32())
	if n > len(r.b)/elementBytes {
		r.broken = true
	}
	if r.broken || n < 0 {
		return 0
	}
	return n
}

// uvarint is an unsigned varint of the protocol's compact forms.
func (r *reader) uvarint() int {
	v, n := binary.Uvarint(r.b)
	if r.broken || n <= 0 || v > math.MaxInt32 {
		r.broken = true
		return 0
	}
	r.b = r.b[n:]
	return int(v)
}

// compactCount is like count, in compact form.
func (r *reader) compactCount(elementBytes int) int {
	n := r.uvarint() - 1
	if n > len(r.b)/elementBytes {
		r.broken = true
	}
	if r.broken || n < 0 {
		return 0
	}
	return n
}

// skipTags passes over tagged fields, of which none is used.
func (r *reader) skipTags() {
	for n := r.uvarint(); n > 0 && !r.broken; n-- {
		r.uvarint()
		r.take(r.uvarint())
	}
}

func (r *reader) err(what string) error {
	if r.broken {
		return fmt.Errorf("read %s: %w: it ends early", what, ErrCorrupt)
	}
	return nil
}
