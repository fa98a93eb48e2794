package view

import (
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
)

// ErrQuery is that what is asked for cannot be answered as it is asked: by a cursor that cannot be read, or a limit out of range.
var ErrQuery = errors.New("the query is wrong")

// maxCursor bounds the text of a cursor: that of a seller's id of 1,024 bytes, and of the offsets of some thousand partitions.
const maxCursor = 16 << 10

// What a cursor is of; it begins with that.
const (
	cursorOfSellers   = 's'
	cursorOfAlerts    = 'a'
	cursorOfPositions = 'p'
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// seal makes the text of a cursor: what it is of, its content and a checksum, in base64url.
func seal(kind byte, content []byte) string {
	b := append([]byte{kind}, content...)
	b = binary.BigEndian.AppendUint32(b, crc32.Checksum(b, castagnoli))
	return base64.RawURLEncoding.EncodeToString(b)
}

// unseal is the content of a cursor of a kind.
func unseal(kind byte, text string) (*cursorReader, error) {
	if len(text) > maxCursor {
		return nil, fmt.Errorf("%w: a cursor of %d bytes, and none has more than %d: begin again without one", ErrQuery, len(text), maxCursor)
	}
	b, err := base64.RawURLEncoding.Strict().DecodeString(text)
	end := len(b) - crc32.Size
	if err != nil || end < 1 || binary.BigEndian.Uint32(b[end:]) != crc32.Checksum(b[:end], castagnoli) || b[0] != kind {
		return nil, unreadable(text)
	}
	return &cursorReader{rest: b[1:end]}, nil
}

func unreadable(text string) error {
	return fmt.Errorf("%w: cursor %.80q cannot be read, or is of another list: begin again without one", ErrQuery, text)
}

// cursorReader reads the content of a cursor. An error stays.
type cursorReader struct {
	rest []byte
	bad  bool
}

func (r *cursorReader) uint() uint64 {
	v, n := binary.Uvarint(r.rest)
	r.skip(n)
	return v
}

func (r *cursorReader) int() int64 {
	v, n := binary.Varint(r.rest)
	r.skip(n)
	return v
}

func (r *cursorReader) byte() byte {
	if len(r.rest) == 0 {
		r.bad = true
		return 0
	}
	b := r.rest[0]
	r.skip(1)
	return b
}

// text is what is left.
func (r *cursorReader) text() string {
	s := string(r.rest)
	r.rest = nil
	return s
}

func (r *cursorReader) skip(n int) {
	if n <= 0 {
		r.bad, r.rest = true, nil
		return
	}
	r.rest = r.rest[n:]
}

// ended is whether all was read, and nothing beyond.
func (r *cursorReader) ended() bool { return !r.bad && len(r.rest) == 0 }
