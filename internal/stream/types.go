package stream

import (
	"context"
	"fmt"
)

// TopicPartition names one log.
type TopicPartition struct {
	Topic     string
	Partition int32
}

// String is topic/partition.
func (tp TopicPartition) String() string { return fmt.Sprintf("%s/%d", tp.Topic, tp.Partition) }

// Position is the offset of the record to be read next from one log.
type Position struct {
	TopicPartition
	Offset int64
}

// Header is one of a record's headers. A nil Value is null.
type Header struct {
	Key   string
	Value []byte
}

// Record is a committed record as it was read. A nil Key or Value is null; both alias the broker's answer, which is never reused.
type Record struct {
	Offset     int64
	Timestamp  int64 // milliseconds since 1970, of the producer or of the broker, as the topic is configured
	Key, Value []byte
	Headers    []Header
	Batch      *BatchError // not nil where the record stands for a batch that cannot be read: see FetchOptions.Marks
}

// Message is a record to be written. A nil Key or Value is null.
type Message struct {
	Key, Value []byte
	Headers    []Header
	Timestamp  int64 // milliseconds since 1970
}

// Output is what is to be appended to one log, in order.
type Output struct {
	TopicPartition
	Messages []Message

	// MaxBatchBytes bounds a batch, for topics that take less than others; 0: as of the client. A message that is larger goes alone.
	MaxBatchBytes int
}

// Commit is what one transaction makes true at once.
type Commit struct {
	Groups  []GroupOffsets
	Outputs []Output

	// Confirm is asked, if it is given, when all is written and the transaction is to be ended; an error takes it back.
	Confirm func(context.Context) error
}

// GroupOffsets is what a group has read.
type GroupOffsets struct {
	Group    string
	Offsets  []Position // next offsets to read
	Metadata string     // kept with each of them, as Client.Offsets tells
}

// Committed is what a group has committed of a log.
type Committed struct {
	Offset   int64 // next to be read; -1 where there is none
	Metadata string
}

// Result tells where outputs went: the first message's offset and the one after the last, by log. Markers come after Next.
type Result struct {
	First map[TopicPartition]int64
	Next  map[TopicPartition]int64

	// AppendedAt is the time that the leader of a log put on its last messages, in milliseconds since 1970: of topics with LogAppendTime.
	AppendedAt map[TopicPartition]int64
}

func newResult(logs int) Result {
	of := func() map[TopicPartition]int64 { return make(map[TopicPartition]int64, logs) }
	return Result{First: of(), Next: of(), AppendedAt: of()}
}

// Range is what can be read of a log, read committed: First ≤ offset < LastStable.
type Range struct {
	First, LastStable int64
}
