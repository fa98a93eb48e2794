package windows

import (
	"encoding/binary"
	"unsafe"

	"sellerpulse/pkg/events"
)

// reader reads numbers and texts that were written by AppendUvarint and the like. What is not there reads as zero and sets bad.
type reader struct {
	src   []byte
	at    int           // what comes next
	epoch events.Millis // what instants are counted from
	bad   bool
}

func (r *reader) more() bool { return r.at < len(r.src) }

func (r *reader) fail() {
	r.bad, r.at = true, len(r.src)
}

func (r *reader) byte() byte {
	if r.at >= len(r.src) {
		r.bad = true
		return 0
	}
	r.at++
	return r.src[r.at-1]
}

// uint reads most numbers, which take one or two bytes, itself.
func (r *reader) uint() uint64 {
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

// longUint reads a number of up to 8 bytes, as instants are of 4 or 5, without a loop: seven bits of each byte are pushed together, by
// pairs of bytes, then of two, then of four.
func (r *reader) longUint() uint64 {
	v, n := binary.Uvarint(r.src[r.at:])
	if n <= 0 {
		r.fail()
		return 0
	}
	r.at += n
	return v
}

func (r *reader) int() int64 {
	u := r.uint()
	return int64(u>>1) ^ -int64(u&1)
}

// count is the length of a list, each element of which takes at least a byte.
func (r *reader) count() int {
	n := r.uint()
	if n > uint64(len(r.src)-r.at) {
		r.fail()
		return 0
	}
	return int(n)
}

func (r *reader) text() string { return r.bytes(r.count()) }

// bytes is the next n bytes, of which there are so many.
func (r *reader) bytes(n int) string {
	if n == 0 {
		return ""
	}
	s := unsafe.String(&r.src[r.at], n)
	r.at += n
	return s
}

func (r *reader) instant() events.Millis {
	u := r.uint()
	if u == 0 {
		return events.None
	}
	u--
	return r.epoch + (int64(u>>1) ^ -int64(u&1))
}
