package stream

import (
	"encoding/binary"
	"fmt"
	"unsafe"
)

// What records take in memory beside their bytes.
const (
	recordSize = int64(unsafe.Sizeof(Record{}))
	headerSize = int64(unsafe.Sizeof(Header{}))
)

// appendRecords appends the batch's records from the offset on. They alias the batch unless it is compressed. Size is how much it takes in
// memory, which is bounded: headers and counts of a batch that is small may ask for anything.
func (b batch) appendRecords(records []Record, from int64) (all []Record, size int64, err error) {
	defer func() { // Decompressors are other people's, and are given anybody's bytes.
		if problem := recover(); problem != nil {
			all, err = records, b.corrupt(fmt.Sprintf("decoding it panics: %v", problem))
		}
	}()
	body, err := b.inflate()
	if err != nil {
		return records, 0, err
	}
	count := b.count()
	if count > len(body)/leastRecordBytes {
		return records, 0, b.corrupt("is too short for its count")
	}
	d := recordDecoder{body: body, base: b.baseOffset(), last: b.lastOffset(), time: b.int64(atFirstTimestamp)}
	d.room = MaxInflatedBytes - int64(len(body)) - recordSize*int64(count)
	if d.room < 0 {
		return records, 0, ErrInflated
	}
	if b.attributes()&logAppendTime != 0 {
		d.time, d.appended = b.int64(atMaxTimestamp), true
	}
	all = records
	for range count {
		all = append(all, Record{})
		record := &all[len(all)-1]
		if !d.next(record) {
			return records, 0, d.problem(b)
		}
		if record.Offset < from {
			all = all[:len(all)-1]
		}
	}
	if len(d.body) > 0 {
		return records, 0, b.corrupt("has bytes left over")
	}
	return all, MaxInflatedBytes - d.room, nil
}

func (b batch) corrupt(what string) error { return fmt.Errorf("%w: record batch %s", ErrCorrupt, what) }

// recordDecoder goes through the records of one batch.
type recordDecoder struct {
	body       []byte
	base, last int64
	time       int64
	appended   bool  // time holds for every record
	room       int64 // bytes of memory that are left for headers
}

// problem is why next did not find a record.
func (d *recordDecoder) problem(b batch) error {
	if d.room < 0 {
		return ErrInflated
	}
	return b.corrupt("has a malformed record")
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
	if d.room -= headerSize * count; d.room < 0 {
		return nil, false
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
