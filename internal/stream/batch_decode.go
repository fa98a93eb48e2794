package stream

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"

	"github.com/segmentio/kafka-go/compress"
)

// A decompressed record batch is bounded absolutely, and by its compressed size unless it is small anyway: gzip cannot shrink
// more than 1,032 times.
const (
	maxInflatedBytes   = 256 << 20
	smallInflatedBytes = 16 << 20
	maxInflation       = 1032
)

// appendRecords appends the batch's records from the offset on. They alias the batch unless it is compressed.
func (b batch) appendRecords(records []Record, from int64) ([]Record, error) {
	body, err := b.inflate()
	if err != nil {
		return records, err
	}
	count := b.count()
	if count > len(body)/leastRecordBytes {
		return records, b.corrupt("too short for its count")
	}
	d := recordDecoder{body: body, base: b.baseOffset(), last: b.lastOffset(), time: b.int64(atFirstTimestamp)}
	if b.attributes()&logAppendTime != 0 {
		d.time, d.appended = b.int64(atMaxTimestamp), true
	}
	for range count {
		records = append(records, Record{})
		record := &records[len(records)-1]
		if !d.next(record) {
			return records, b.corrupt("record malformed")
		}
		if record.Offset < from {
			records = records[:len(records)-1]
		}
	}
	if len(d.body) > 0 {
		return records, b.corrupt("bytes left over")
	}
	return records, nil
}

func (b batch) corrupt(what string) error {
	return fmt.Errorf("%w: record batch at offset %d: %s", ErrCorrupt, b.baseOffset(), what)
}

// inflate is the batch's records, decompressed.
func (b batch) inflate() ([]byte, error) {
	kind := compress.Compression(b.attributes() & compressionMask)
	if kind == compress.None {
		return b[batchHeaderBytes:], nil
	}
	codec := kind.Codec()
	if codec == nil {
		return nil, b.corrupt("unknown compression")
	}
	source := codec.NewReader(bytes.NewReader(b[batchHeaderBytes:]))
	defer func() { _ = source.Close() }()
	var inflated bytes.Buffer
	inflated.Grow(4 * len(b))
	most := min(maxInflatedBytes, smallInflatedBytes+maxInflation*int64(len(b)))
	n, err := inflated.ReadFrom(io.LimitReader(source, most+1))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", b.corrupt("decompress"), err)
	}
	if n > most {
		return nil, b.corrupt("larger than is read when decompressed")
	}
	return inflated.Bytes(), nil
}

// recordDecoder goes through the records of one batch.
type recordDecoder struct {
	body       []byte
	base, last int64
	time       int64
	appended   bool // time holds for every record
}

// next decodes the next record; false when it is malformed.
func (d *recordDecoder) next(record *Record) bool {
	length, ok := d.varint()
	if !ok || length < 1 || length > int64(len(d.body)) {
		return false
	}
	rest := d.body[length:]
	d.body = d.body[1:length] // without the record's attributes, of which none is defined
	elapsed, ok1 := d.varint()
	delta, ok2 := d.varint()
	key, ok3 := d.bytes()
	value, ok4 := d.bytes()
	headers, ok5 := d.headers()
	if !ok1 || !ok2 || !ok3 || !ok4 || !ok5 || len(d.body) > 0 || delta < 0 || delta > d.last-d.base {
		return false
	}
	if d.appended {
		elapsed = 0
	}
	*record = Record{Offset: d.base + delta, Timestamp: d.time + elapsed, Key: key, Value: value, Headers: headers}
	d.body = rest
	return true
}

func (d *recordDecoder) headers() ([]Header, bool) {
	count, ok := d.varint()
	if !ok || count < 0 || count > int64(len(d.body)/2) {
		return nil, false
	}
	if count == 0 {
		return nil, true
	}
	headers := make([]Header, count)
	for i := range headers {
		key, ok1 := d.bytes()
		value, ok2 := d.bytes()
		if !ok1 || !ok2 || key == nil {
			return nil, false
		}
		headers[i] = Header{Key: string(key), Value: value}
	}
	return headers, true
}

// bytes is a length and so many bytes, aliased; a length of -1 is null.
func (d *recordDecoder) bytes() ([]byte, bool) {
	n, ok := d.varint()
	if !ok || n < -1 || n > int64(len(d.body)) {
		return nil, false
	}
	if n < 0 {
		return nil, true
	}
	taken := d.body[:n:n]
	d.body = d.body[n:]
	return taken, true
}

// varint is a zigzag varint. Most take one byte.
func (d *recordDecoder) varint() (int64, bool) {
	if len(d.body) > 0 && d.body[0] < 0x80 {
		u := d.body[0]
		d.body = d.body[1:]
		return int64(u>>1) ^ -int64(u&1), true
	}
	v, n := binary.Varint(d.body)
	if n <= 0 {
		return 0, false
	}
	d.body = d.body[n:]
	return v, true
}
