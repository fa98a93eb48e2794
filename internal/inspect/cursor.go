package inspect

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"math"

	"github.com/cespare/xxhash/v2"

	"sellerpulse/internal/state"
	"sellerpulse/internal/varint"
	"sellerpulse/pkg/events"
	"sellerpulse/pkg/windows"
)

// cursor is where a page of orders ends, and what the pages are of: they keep their dates while the day moves on. It is a text that says nothing to
// others.
type cursor struct {
	from, to windows.Date
	behind   state.DatedOrder
	question uint64
}

const cursorVersion = 1

// maxCursorBytes is the length of the longest cursor.
var maxCursorBytes = base64.RawURLEncoding.EncodedLen(1 + 3*binary.MaxVarintLen64 + 8 + events.MaxTextBytes)

// String writes the version, the dates as zig-zag varints, the digest of the question, and the id.
func (c *cursor) String() string {
	b := []byte{cursorVersion}
	for _, d := range [...]windows.Date{c.from, c.to, c.behind.Date} {
		b = binary.AppendVarint(b, int64(d))
	}
	b = binary.BigEndian.AppendUint64(b, c.question)
	return base64.RawURLEncoding.EncodeToString(append(b, c.behind.ID...))
}

var errCursor = errors.New("not one that a page ended with")

func parseCursor(text string) (c cursor, err error) {
	if len(text) > maxCursorBytes {
		return c, errCursor
	}
	b, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil || len(b) == 0 || b[0] != cursorVersion {
		return c, errCursor
	}
	r := varint.NewReader(b[1:])
	for _, d := range [...]*windows.Date{&c.from, &c.to, &c.behind.Date} {
		n := r.Int()
		if n < math.MinInt32 || n > math.MaxInt32 {
			return c, errCursor
		}
		*d = windows.Date(n)
	}
	c.question = readUint64(&r)
	c.behind.ID = string(r.Take(uint64(r.Len())))
	if r.Err() != nil || !bytes.Equal([]byte(c.String()), []byte(text)) {
		return c, errCursor
	}
	return c, nil
}

func readUint64(r *varint.Reader) uint64 {
	if b := r.Take(8); len(b) == 8 {
		return binary.BigEndian.Uint64(b)
	}
	return 0
}

// question tells questions apart that are asked of a seller, but for the page.
func (q *OrdersQuery) question(seller string) uint64 {
	b := varint.AppendText(varint.AppendText(nil, seller), q.Rule)
	b = varint.AppendText(varint.AppendText(b, string(q.Which)), q.Metric)
	b = appendOptional(b, q.From)
	b = appendOptional(b, q.To)
	b = appendOptional(b, q.Channel)
	for _, text := range [...]*string{q.ProductLine, q.Part} {
		if b = append(b, bit(text)); text != nil {
			b = varint.AppendText(b, *text)
		}
	}
	return xxhash.Sum64(b)
}

func appendOptional[T ~int32 | ~uint8](b []byte, v *T) []byte {
	if b = append(b, bit(v)); v != nil {
		b = binary.AppendVarint(b, int64(*v))
	}
	return b
}

func bit[T any](v *T) byte {
	if v == nil {
		return 0
	}
	return 1
}
