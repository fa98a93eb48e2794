package task

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strconv"
	"strings"

	"sellerpulse/internal/engine"
	"sellerpulse/internal/limits"
	"sellerpulse/internal/state"
	"sellerpulse/internal/stream"
	"sellerpulse/pkg/events"
)

// DeadLetterMessage is a dead letter as it is written: the record as it came, then headers that say what is wrong and where it came from. What a
// batch of most bytes does not hold is cut, and further headers tell what: of a value or a key its length and SHA-256, of the headers how
// many there were and of how many bytes.
func DeadLetterMessage(d *engine.DeadLetter, topic string, partition int32, now events.Millis, most int) stream.Message {
	m := stream.Message{Key: d.Key, Value: d.Value, Headers: make([]stream.Header, 0, len(d.Headers)+5), Timestamp: now}
	for _, h := range d.Headers {
		m.Headers = append(m.Headers, stream.Header(h))
	}
	said := []stream.Header{
		{Key: "reason", Value: []byte(d.Reason)},
		{Key: "error", Value: []byte(shortenTo(limits.DeadLetterError, d.Err.Error()))},
		{Key: "source.topic", Value: []byte(topic)},
		{Key: "source.partition", Value: decimal(partition)},
		{Key: "source.offset", Value: decimal(d.Offset)},
	}
	m.Headers = append(m.Headers, said...)
	if m.BatchBytes() > most {
		cutTo(d, &m, most-limits.DeadLetterRest)
		m.Headers = append(append(m.Headers, said...), missingOf(d, &m)...)
	}
	return m
}

// cutTo leaves room for key, value and headers of the record together. What is smaller than an equal share is kept whole, and leaves more to
// the others.
func cutTo(d *engine.DeadLetter, m *stream.Message, room int) {
	headers := 0
	for i := range d.Headers {
		headers += sizeOfHeader(&d.Headers[i])
	}
	sizes := []int{len(d.Key), len(d.Value), headers}
	parts := []int{0, 1, 2}
	slices.SortStableFunc(parts, func(a, b int) int { return sizes[a] - sizes[b] })
	for i, part := range parts {
		sizes[part] = min(sizes[part], max(0, room)/(len(parts)-i))
		room -= sizes[part]
	}
	m.Key, m.Value, m.Headers = m.Key[:sizes[0]], m.Value[:sizes[1]], nil
	for i := range d.Headers {
		if sizes[2] -= sizeOfHeader(&d.Headers[i]); sizes[2] < 0 {
			break // Those behind it are left out too: what is kept is a beginning.
		}
		m.Headers = append(m.Headers, stream.Header(d.Headers[i]))
	}
}

// missingOf tells what m lacks, having nothing but the record's own headers yet.
func missingOf(d *engine.DeadLetter, m *stream.Message) (headers []stream.Header) {
	of := func(name string, whole, kept []byte) {
		if len(kept) < len(whole) {
			sum := sha256.Sum256(whole)
			headers = append(headers,
				stream.Header{Key: name + ".bytes", Value: decimal(len(whole))},
				stream.Header{Key: name + ".sha256", Value: hex.AppendEncode(nil, sum[:])})
		}
	}
	of("value", d.Value, m.Value)
	of("key", d.Key, m.Key)
	if len(m.Headers) < len(d.Headers) {
		bytes := 0
		for i := range d.Headers {
			bytes += len(d.Headers[i].Key) + len(d.Headers[i].Value)
		}
		headers = append(headers, stream.Header{Key: "headers.count", Value: decimal(len(d.Headers))}, stream.Header{Key: "headers.bytes", Value: decimal(bytes)})
	}
	return headers
}

func decimal[T int | int32 | int64](n T) []byte { return strconv.AppendInt(nil, int64(n), 10) }

// shortenTo keeps whole characters of a text.
func shortenTo(most int, text string) string {
	if len(text) <= most {
		return text
	}
	const mark = "..."
	return strings.ToValidUTF8(text[:most-len(mark)], "") + mark
}

// sizeOfHeader is the most that a header takes in a batch.
func sizeOfHeader(h *state.Header) int { return len(h.Key) + len(h.Value) + stream.HeaderOverhead }
