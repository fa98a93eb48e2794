package state

import (
	"encoding/binary"
	"fmt"

	"sellerpulse/pkg/events"
)

// Header is a header of a record.
type Header struct {
	Key   string
	Value []byte
}

// headerBytes is what a header counts for beside its name and value, so that many empty ones do not come to nothing: at least what it takes
// wherever it is written.
const headerBytes = 8

// SizeOf is what a record's value and headers come to, by which both a record and what is parked of an order are bounded.
func SizeOf(value []byte, headers []Header) int {
	n := len(value)
	for _, h := range headers {
		n += headerBytes + len(h.Key) + len(h.Value)
	}
	return n
}

// ParkedEvent is the record of an event that waits for the PLACED of its order, as it came.
type ParkedEvent struct {
	Topic     events.Topic
	Offset    int64
	Arrived   events.Millis // stream time at its arrival
	Timestamp events.Millis // the record's
	Key       []byte
	Value     []byte
	Headers   []Header
}

// Size is what the event's value and headers come to.
func (e *ParkedEvent) Size() int { return SizeOf(e.Value, e.Headers) }

func parkedPrefix(seller, order string) []byte {
	return appendText(appendText([]byte{tagParked}, seller), order)
}

const parkedVersion = 1

// Park keeps an event until the PLACED of its order arrives.
func (s *Store) Park(seller, order string, e *ParkedEvent) {
	value := e.encode()
	s.key = appendParkedKey(s.key[:0], seller, order, e.Topic, e.Offset)
	s.Partition.Set(s.key, value)
	s.logged(s.key, value)
}

// Unpark forgets a parked event.
func (s *Store) Unpark(seller, order string, e *ParkedEvent) {
	s.key = appendParkedKey(s.key[:0], seller, order, e.Topic, e.Offset)
	s.Partition.Delete(s.key)
	s.logged(s.key, nil)
}

// encode writes the version, then arrived and timestamp (zig-zag), key, value, number of headers, headers; each of bytes with its length
// before it, all numbers varints.
func (e *ParkedEvent) encode() []byte {
	b := binary.AppendVarint([]byte{parkedVersion}, e.Arrived)
	b = binary.AppendVarint(b, e.Timestamp)
	b = appendBytes(appendBytes(b, e.Key), e.Value)
	b = binary.AppendUvarint(b, uint64(len(e.Headers)))
	for _, h := range e.Headers {
		b = appendBytes(appendBytes(b, []byte(h.Key)), h.Value)
	}
	return b
}

// ParkedEvents is the parked events of an order, by topic and offset.
func (s *Store) ParkedEvents(seller, order string) (parked []ParkedEvent, err error) {
	from := parkedPrefix(seller, order)
	err = s.Partition.Scan(from, after(from), func(key, value []byte) (bool, error) {
		rest := key[len(from):]
		if len(rest) != 9 || len(value) == 0 || value[0] != parkedVersion {
			return false, errKey
		}
		e := ParkedEvent{Topic: events.Topic(rest[0]), Offset: int64(binary.BigEndian.Uint64(rest[1:]))}
		if err := e.decode(append([]byte(nil), value[1:]...)); err != nil {
			return false, fmt.Errorf("parked event of order %q: %w", order, err)
		}
		parked = append(parked, e)
		return true, nil
	})
	return parked, err
}

// ParkedBytes is how many bytes of events wait for an order. Where the state does not tell they are counted, once.
func (s *Store) ParkedBytes(seller *Seller, o *Order) (int64, error) {
	if o.parkedBytes != unknownBytes {
		return o.parkedBytes, nil
	}
	from := parkedPrefix(seller.ID, o.ID)
	var bytes int64
	err := s.Partition.Scan(from, after(from), func(_, value []byte) (bool, error) {
		e, err := DecodeParked(value)
		bytes += int64(e.Size())
		return true, err
	})
	if err != nil {
		return 0, fmt.Errorf("count parked events of order %q: %w", o.ID, err)
	}
	o.parkedBytes = bytes
	return bytes, nil
}

func (e *ParkedEvent) decode(b []byte) error {
	r := bytesReader{b: b}
	e.Arrived, e.Timestamp = r.int(), r.int()
	e.Key, e.Value = r.bytes(), r.bytes()
	for n := r.uint(); n > 0 && !r.bad; n-- {
		e.Headers = append(e.Headers, Header{Key: string(r.bytes()), Value: r.bytes()})
	}
	if r.bad || len(r.b) > 0 {
		return errKey
	}
	return nil
}

// appendBytes writes bytes that may be nil: their length plus one, or 0.
func appendBytes(dst, b []byte) []byte {
	if b == nil {
		return append(dst, 0)
	}
	return append(binary.AppendUvarint(dst, uint64(len(b))+1), b...)
}

type bytesReader struct {
	b   []byte
	bad bool
}

func (r *bytesReader) uint() uint64 {
	v, n := binary.Uvarint(r.b)
	if n <= 0 {
		r.bad, r.b = true, nil
		return 0
	}
	r.b = r.b[n:]
	return v
}

func (r *bytesReader) int() int64 {
	u := r.uint()
	return int64(u>>1) ^ -int64(u&1)
}

func (r *bytesReader) bytes() []byte {
	n := r.uint()
	if n == 0 {
		return nil
	}
	if n-1 > uint64(len(r.b)) {
		r.bad, r.b = true, nil
		return nil
	}
	b := r.b[: n-1 : n-1]
	r.b = r.b[n-1:]
	return b
}

// text reads a length and so many bytes.
func (r *bytesReader) text() string {
	n := r.uint()
	if n > uint64(len(r.b)) {
		r.bad, r.b = true, nil
		return ""
	}
	text := string(r.b[:n])
	r.b = r.b[n:]
	return text
}
