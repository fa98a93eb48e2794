package stream

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
)

// A record batch, version 2, begins with these fields, big-endian, at these places.
const (
	atBaseOffset      = 0  // int64
	atLength          = 8  // int32: of what follows
	atLeaderEpoch     = 12 // int32
	atMagic           = 16 // int8: 2
	atChecksum        = 17 // uint32: CRC-32C of all from atAttributes on
	atAttributes      = 21 // int16
	atLastOffsetDelta = 23 // int32
	atFirstTimestamp  = 27 // int64
	atMaxTimestamp    = 35 // int64
	atProducerID      = 43 // int64
	atProducerEpoch   = 51 // int16
	atSequence        = 53 // int32
	atCount           = 57 // int32
	batchHeaderBytes  = 61

	// leastRecordBytes is an empty record with its length.
	leastRecordBytes = 7
	// maxLengthBytes is the most that a length takes.
	maxLengthBytes = 5
)

// BatchOverhead is the most that a batch of one message takes beside its key, its value and its headers: what a batch begins with, and
// the record's length, attributes, times, offset and lengths of key, value and headers.
const BatchOverhead = batchHeaderBytes + maxLengthBytes + 1 + binary.MaxVarintLen64 + maxLengthBytes + 3*maxLengthBytes

// HeaderOverhead is the most that a header takes beside its name and value.
const HeaderOverhead = 2 * maxLengthBytes

// Attributes of a batch.
const (
	compressionMask = 0x07
	logAppendTime   = 0x08
	isTransactional = 0x10
	isControl       = 0x20
	abortMarkerType = 0
	noProducer      = -1
	recordVersion2  = 2
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// batch is a whole encoded batch whose header has been checked.
type batch []byte

func (b batch) int32(at int) int32 { return int32(binary.BigEndian.Uint32(b[at:])) }
func (b batch) int64(at int) int64 { return int64(binary.BigEndian.Uint64(b[at:])) }

func (b batch) attributes() int16   { return int16(binary.BigEndian.Uint16(b[atAttributes:])) }
func (b batch) baseOffset() int64   { return b.int64(atBaseOffset) }
func (b batch) lastOffset() int64   { return b.baseOffset() + int64(b.int32(atLastOffsetDelta)) }
func (b batch) producerID() int64   { return b.int64(atProducerID) }
func (b batch) count() int          { return int(b.int32(atCount)) }
func (b batch) control() bool       { return b.attributes()&isControl != 0 }
func (b batch) transactional() bool { return b.attributes()&isTransactional != 0 }

// nextBatch cuts the first batch off records. It is nil at the end, also when only a part of a batch is left: a broker cuts by size. With an
// error it is the batch that cannot be read, or nil where it is not known where that ends.
func nextBatch(records []byte) (first batch, rest []byte, err error) {
	if len(records) < atMagic+1 {
		return nil, nil, nil
	}
	least, old := int64(batchHeaderBytes), records[atMagic] < recordVersion2
	if old {
		least = atMagic + 1
	}
	length := int64(int32(binary.BigEndian.Uint32(records[atLength:]))) + atLeaderEpoch
	if length < least {
		return nil, nil, fmt.Errorf("%w: record batch of %d bytes", ErrCorrupt, length)
	}
	if length > int64(len(records)) {
		return nil, nil, nil
	}
	first, rest = batch(records[:length:length]), records[length:]
	if old {
		return first, rest, fmt.Errorf("%w (version %d)", ErrOldFormat, records[atMagic])
	}
	return first, rest, first.check()
}

// checksum is whether the batch is what was written.
func (b batch) checksum() bool {
	return crc32.Checksum(b[atAttributes:], castagnoli) == binary.BigEndian.Uint32(b[atChecksum:])
}

// check compares the checksum and refuses headers that contradict themselves.
func (b batch) check() error {
	if magic := b[atMagic]; magic != recordVersion2 {
		return fmt.Errorf("%w: record batch of version %d, which there is not", ErrCorrupt, magic)
	}
	if !b.checksum() {
		return fmt.Errorf("%w: record batch does not match its checksum", ErrCorrupt)
	}
	if b.baseOffset() < 0 || b.int32(atLastOffsetDelta) < 0 || b.lastOffset() < b.baseOffset() || b.count() < 0 {
		return fmt.Errorf("%w: record batch from offset %d to %d with %d records", ErrCorrupt, b.baseOffset(), b.lastOffset(), b.count())
	}
	return nil
}

// countRecords is how many records the batches announce, but no more than uncompressed ones of that length can hold: enough to
// make room for, not to be relied on.
func countRecords(records []byte) int {
	count, most := 0, len(records)/leastRecordBytes
	for len(records) >= batchHeaderBytes {
		b := batch(records)
		length := int(b.int32(atLength)) + atLeaderEpoch
		if length < batchHeaderBytes || length > len(records) || b.count() < 0 {
			break
		}
		count += b.count()
		records = records[length:]
	}
	return min(count, most)
}
