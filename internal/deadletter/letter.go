package deadletter

import (
	"errors"
	"slices"
	"strconv"

	"sellerpulse/internal/stream"
	"sellerpulse/pkg/events"
)

// Headers that a task puts behind those of the record, the first of them first. Those of what is missing are there of a record that was cut alone.
const (
	headerReason       = "reason"
	headerError        = "error"
	headerTopic        = "source.topic"
	headerPartition    = "source.partition"
	headerOffset       = "source.offset"
	headerValueBytes   = "value.bytes"
	headerValueSHA256  = "value.sha256"
	headerKeyBytes     = "key.bytes"
	headerKeySHA256    = "key.sha256"
	headerHeadersCount = "headers.count"
)

// maxName bounds a topic's name, as brokers do, and a reason.
const maxName = 249

// Letter is a dead letter. All that is of bytes aliases the record that it was read from.
type Letter struct {
	Place  stream.Position // of the dead letter itself
	At     events.Millis   // when it was published
	Reason events.DeadLetterReason
	Error  string
	Source stream.Position // of the record that could not be applied

	Key, Value []byte          // nil: null
	Headers    []stream.Header // the record's own

	ValueCut, KeyCut *Whole // of what Value and Key are a beginning only; else nil
	HeadersCount     int64  // how many the record had, where some are missing; else 0
}

// Whole tells what a part was before it was cut.
type Whole struct {
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"` // hexadecimal
}

// ErrForeign says that a record of the dead letters does not say whence it is, as those that tasks write do.
var ErrForeign = errors.New("its headers do not say why it is a dead letter, and whence")

// Parse reads a record of the dead letters. The error is [ErrForeign].
func Parse(log stream.TopicPartition, r *stream.Record) (Letter, error) {
	begin := lastReason(r.Headers)
	if begin < 0 {
		return Letter{}, ErrForeign
	}
	l := Letter{
		Place: stream.Position{TopicPartition: log, Offset: r.Offset}, At: r.Timestamp,
		Key: r.Key, Value: r.Value, Headers: r.Headers[:begin:begin],
	}
	said := said(r.Headers[begin:])
	l.Reason, l.Error, l.Source.Topic = events.DeadLetterReason(said[headerReason]), said[headerError], said[headerTopic]
	partition, err := strconv.ParseUint(said[headerPartition], 10, 31)
	offset, errOffset := strconv.ParseUint(said[headerOffset], 10, 63)
	longest := max(len(l.Reason), len(l.Source.Topic))
	if err != nil || errOffset != nil || l.Reason == "" || l.Source.Topic == "" || longest > maxName {
		return Letter{}, ErrForeign
	}
	l.Source.Partition, l.Source.Offset = int32(partition), int64(offset)
	l.ValueCut, l.KeyCut = said.whole(headerValueBytes, headerValueSHA256), said.whole(headerKeyBytes, headerKeySHA256)
	l.HeadersCount = said.number(headerHeadersCount)
	return l, nil
}

// lastReason is where our headers begin; -1 if there are none.
func lastReason(headers []stream.Header) int {
	for i, h := range slices.Backward(headers) {
		if h.Key == headerReason {
			return i
		}
	}
	return -1
}

// words are our headers by name.
type words map[string]string

func said(headers []stream.Header) words {
	w := make(words, len(headers))
	for _, h := range headers {
		w[h.Key] = string(h.Value)
	}
	return w
}

func (w words) number(name string) int64 {
	n, err := strconv.ParseUint(w[name], 10, 63)
	if err != nil {
		return 0
	}
	return int64(n)
}

func (w words) whole(bytes, sum string) *Whole {
	if _, cut := w[bytes]; !cut {
		return nil
	}
	return &Whole{Bytes: w.number(bytes), SHA256: w[sum]}
}

// Cut is whether the record was larger than what is there of it.
func (l *Letter) Cut() bool { return l.ValueCut != nil || l.KeyCut != nil || l.HeadersCount > 0 }
