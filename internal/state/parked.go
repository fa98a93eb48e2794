package state

import (
	"encoding/binary"
	"fmt"
	"slices"

	"sellerpulse/internal/varint"
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

// Message is a record of an input topic as it came.
type Message struct {
	Topic     events.Topic
	Offset    int64
	Timestamp events.Millis
	Key       []byte
	Value     []byte
	Headers   []Header
}

// Size is what the value and headers come to, by which both a record and what is parked of an order are bounded.
func (m *Message) Size() int {
	n := len(m.Value)
	for _, h := range m.Headers {
		n += headerBytes + len(h.Key) + len(h.Value)
	}
	return n
}

// ParkedEvent is the message of an event that waits for the PLACED of its order.
type ParkedEvent struct {
	Message
	Arrived events.Millis // stream time at its arrival
}

// due is when the event has waited too long.
func (e *ParkedEvent) due() events.Millis { return e.Arrived + OrphanAfter + 1 }

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
		e, err := readParked(key[len(from):], value)
		if err != nil {
			return false, fmt.Errorf("parked event of order %q: %w", order, err)
		}
		parked = append(parked, e)
		return true, nil
	})
	return parked, err
}

// readParked reads a parked event, of whose key it is given what follows the order.
func readParked(rest, value []byte) (e ParkedEvent, err error) {
	if len(rest) != 9 || len(value) == 0 || value[0] != parkedVersion {
		return e, errKey
	}
	e = ParkedEvent{Message: Message{Topic: events.Topic(rest[0]), Offset: int64(binary.BigEndian.Uint64(rest[1:]))}}
	return e, e.decode(slices.Clone(value[1:]))
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
	r := varint.NewReader(b)
	e.Arrived, e.Timestamp = r.Int(), r.Int()
	e.Key, e.Value = readBytes(&r), readBytes(&r)
	for range r.Count() {
		e.Headers = append(e.Headers, Header{Key: string(readBytes(&r)), Value: readBytes(&r)})
	}
	if r.End() != nil {
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

// readBytes reads what appendBytes wrote. The bytes alias what the reader reads from.
func readBytes(r *varint.Reader) []byte {
	n := r.Uint()
	if n == 0 {
		return nil
	}
	return r.Take(n - 1)
}
