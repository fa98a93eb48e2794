package stream

import (
	"errors"
	"fmt"
)

// Why a record batch cannot be read, beside ErrCorrupt.
var (
	// ErrOldFormat: the batch is of a format that brokers wrote before Apache Kafka 0.11.
	ErrOldFormat = errors.New("message format of before Apache Kafka 0.11, which is not read: have the topic written anew by a newer producer")
	// ErrInflated: the batch would take too much memory.
	ErrInflated = errors.New("larger than is read when decompressed")
)

// BatchError says that a record batch cannot be read, and what is known of it.
type BatchError struct {
	TopicPartition
	First, Last int64  // offsets that are lost with it; Last is before First where it is not known where it ends
	Count       int    // records that it announces; -1 where that is not known
	Raw         []byte // as it came; nil where it is not known where it ends
	Err         error  // ErrCorrupt, ErrOldFormat or ErrInflated
}

// Error names the batch by its offsets.
func (e *BatchError) Error() string {
	if !e.Bounded() {
		return fmt.Sprintf("batch at offset %d of %v: %v", e.First, e.TopicPartition, e.Err)
	}
	return fmt.Sprintf("batch of offsets %d to %d of %v: %v", e.First, e.Last, e.TopicPartition, e.Err)
}

func (e *BatchError) Unwrap() error { return e.Err }

// Bounded is whether it is known where the batch ends, so that what is behind it can be read.
func (e *BatchError) Bounded() bool { return e.Last >= e.First }

// mark is the record that stands for a batch that cannot be read.
func (e *BatchError) mark() Record { return Record{Offset: e.First, Value: e.Raw, Batch: e} }

// damage says what is known of the first batch of some records, which cannot be read: why is what was found, rest what follows the batch, and
// next the offset of the first record of it that counts.
func (f *fetched) damage(b batch, rest []byte, next int64, why error) *BatchError {
	e := &BatchError{TopicPartition: f.TopicPartition, First: next, Last: next - 1, Count: -1, Err: why}
	if b == nil {
		return e
	}
	switch {
	case errors.Is(why, ErrOldFormat):
		e.Last = b.baseOffset() // Of the last message: a batch of the old format is known by that.
	case b.checksum():
		e.First, e.Last, e.Count = max(next, b.baseOffset()), b.lastOffset(), b.count()
	default:
		e.Last, e.Count = f.untrusted(b, rest), b.count()
	}
	if e.Last < next || e.Last >= f.lastStable { // Nonsense, for the broker says that there is a record, and gives committed ones only.
		e.First, e.Last, e.Count = next, next-1, -1
	}
	if e.Bounded() {
		e.Raw = b
	}
	return e
}

// untrusted is the last offset of a batch whose header may be damaged: the one before the next batch, or what the header says if it does not
// contradict itself; -1 where neither can be told. Only in a compacted log there are fewer records than offsets.
func (f *fetched) untrusted(b batch, rest []byte) int64 {
	if len(rest) >= batchHeaderBytes {
		return batch(rest).baseOffset() - 1
	}
	if delta := b.int32(atLastOffsetDelta); delta >= 0 && int(delta) == b.count()-1 {
		return b.lastOffset()
	}
	return -1
}
