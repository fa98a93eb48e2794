package stream

import (
	"errors"
	"fmt"
	"unsafe"

	"sellerpulse/internal/varint"
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
	d := recordDecoder{records: varint.NewReader(body), base: b.baseOffset(), last: b.lastOffset(), time: b.int64(atFirstTimestamp)}
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
	if d.records.More() {
		return records, 0, b.corrupt("has bytes left over")
	}
	return all, MaxInflatedBytes - d.room, nil
}

func (b batch) corrupt(what string) error { return fmt.Errorf("%w: record batch %s", ErrCorrupt, what) }

// recordDecoder goes through the records of one batch.
type recordDecoder struct {
	records    varint.Reader
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
	r := varint.NewReader(d.records.Take(uint64(d.records.Int())))
	r.Byte() // the record's attributes, of which none is defined
	elapsed, delta := r.Int(), r.Int()
	key, value := nullable(&r), nullable(&r)
	headers := d.headers(&r)
	if r.End() != nil || delta < 0 || delta > d.last-d.base {
		return false
	}
	if d.appended {
		elapsed = 0
	}
	*record = Record{Offset: d.base + delta, Timestamp: d.time + elapsed, Key: key, Value: value, Headers: headers}
	return true
}

var errHeaders = errors.New("headers are malformed, or too many")

func (d *recordDecoder) headers(r *varint.Reader) []Header {
	count := r.Int()
	if count == 0 {
		return nil
	}
	if count < 0 || count > int64(r.Len()/2) {
		r.Fail(errHeaders)
		return nil
	}
	if d.room -= headerSize * count; d.room < 0 {
		r.Fail(errHeaders)
		return nil
	}
	headers := make([]Header, count)
	for i := range headers {
		key, value := nullable(r), nullable(r)
		if key == nil {
			r.Fail(errHeaders)
			return nil
		}
		headers[i] = Header{Key: string(key), Value: value}
	}
	return headers
}

// nullable is a length and so many bytes, aliased; a length of -1 is null.
func nullable(r *varint.Reader) []byte {
	n := r.Int()
	if n == -1 {
		return nil
	}
	return r.Take(uint64(n))
}
