package stream

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"slices"
	"testing"

	"github.com/twmb/franz-go/pkg/kmsg"
)

var compressions = []Compression{None, Gzip, Snappy, Lz4, Zstd}

// messages are samples of every shape: null and empty fields, headers, time running backwards, a length of three bytes.
var messages = []Message{
	{Key: []byte("seller"), Value: []byte("value"), Timestamp: 1_700_000_000_000},
	{Timestamp: 1_700_000_000_005},
	{Key: []byte{}, Value: []byte{}, Timestamp: 1_699_999_999_000},
	{Value: bytes.Repeat([]byte("long"), 5_000), Timestamp: 1_700_000_900_000},
	{Key: []byte("h"), Headers: []Header{{"a", []byte("1")}, {"", nil}, {"c", []byte{}}}, Timestamp: 1_700_000_000_001},
}

func encodeBatch(t testing.TB, messages []Message, compression Compression) []byte {
	t.Helper()
	var e batchEncoder
	e.begin()
	for i := range messages {
		if before, m := e.size(), &messages[i]; true {
			want := recordBytes(m, m.Timestamp-messages[0].Timestamp, e.count)
			e.add(m)
			if got := e.size() - before; got != want+varintBytes(int64(want)) {
				t.Fatalf("message %d takes %d bytes, reckoned %d and its length", i, got, want)
			}
		}
	}
	if err := e.finish(batchOwner{producer: 7, epoch: 3, sequence: 11, transactional: true}, compression); err != nil {
		t.Fatal(err)
	}
	return e.buffer
}

func TestBatchReadsBackAsWritten(t *testing.T) {
	for _, compression := range compressions {
		t.Run(compression.String(), func(t *testing.T) {
			f := fetched{records: encodeBatch(t, messages, compression)}
			records, next, err := f.committed(0)
			if err != nil {
				t.Fatal(err)
			}
			if next != int64(len(messages)) {
				t.Fatalf("next offset %d", next)
			}
			sameRecords(t, records, messages)
		})
	}
}

func sameRecords(t *testing.T, records []Record, messages []Message) {
	t.Helper()
	if len(records) != len(messages) {
		t.Fatalf("%d records, want %d", len(records), len(messages))
	}
	for i, m := range messages {
		want := Record{Offset: records[0].Offset + int64(i), Timestamp: m.Timestamp, Key: m.Key, Value: m.Value, Headers: m.Headers}
		if got, want := fmt.Sprintf("%#v", records[i]), fmt.Sprintf("%#v", want); got != want {
			t.Errorf("record %d is %.200s, want %.200s", i, got, want)
		}
	}
}

// kmsg is another's implementation of the same format.
func TestEncodedBatchIsWhatKmsgReads(t *testing.T) {
	encoded := encodeBatch(t, messages, None)
	var b kmsg.RecordBatch
	if err := b.ReadFrom(encoded); err != nil {
		t.Fatal(err)
	}
	if b.CRC != int32(crc32.Checksum(encoded[21:], crc32.MakeTable(crc32.Castagnoli))) || int(b.Length) != len(encoded)-12 {
		t.Fatalf("checksum or length do not hold: %+v", b)
	}
	if b.ProducerID != 7 || b.ProducerEpoch != 3 || b.FirstSequence != 11 || b.Attributes != isTransactional || b.Magic != 2 ||
		b.LastOffsetDelta != 4 || b.NumRecords != 5 || b.FirstTimestamp != messages[0].Timestamp || b.MaxTimestamp != 1_700_000_900_000 {
		t.Fatalf("header %+v", b)
	}
	rest := b.Records
	for i, m := range messages {
		length, n := binary.Varint(rest)
		var r kmsg.Record
		if err := r.ReadFrom(rest[:n+int(length)]); err != nil {
			t.Fatalf("record %d: %v", i, err)
		}
		rest = rest[n+int(length):]
		if !bytes.Equal(r.Key, m.Key) || !bytes.Equal(r.Value, m.Value) || len(r.Headers) != len(m.Headers) ||
			b.FirstTimestamp+r.TimestampDelta64 != m.Timestamp || r.OffsetDelta != int32(i) {
			t.Errorf("record %d is %+v", i, r)
		}
	}
}

func TestKmsgsBatchIsRead(t *testing.T) {
	var body []byte
	for i, m := range messages {
		r := kmsg.Record{TimestampDelta64: m.Timestamp - messages[0].Timestamp, OffsetDelta: int32(2 * i), Key: m.Key, Value: m.Value}
		for _, h := range m.Headers {
			r.Headers = append(r.Headers, kmsg.Header{Key: h.Key, Value: h.Value})
		}
		r.Length = int32(len(r.AppendTo(nil)) - 1)
		body = r.AppendTo(body)
	}
	b := kmsg.RecordBatch{
		FirstOffset: 100, Magic: 2, LastOffsetDelta: 12, FirstTimestamp: messages[0].Timestamp,
		ProducerID: -1, ProducerEpoch: -1, FirstSequence: -1, NumRecords: int32(len(messages)), Records: body,
	}
	f := fetched{records: seal(b)}
	records, next, err := f.committed(103) // offsets 100, 102, 104, 106, 108: others were compacted away
	if err != nil {
		t.Fatal(err)
	}
	if next != 113 || len(records) != 3 || records[0].Offset != 104 || records[2].Offset != 108 {
		t.Fatalf("next %d, records %+v", next, records)
	}
	if got := records[2].Headers; len(got) != 3 || got[0].Key != "a" || string(got[0].Value) != "1" || got[1].Value != nil {
		t.Fatalf("headers %+v", got)
	}

	b.Attributes, b.MaxTimestamp = logAppendTime, 42
	f = fetched{records: seal(b)}
	if records, _, err = f.committed(0); err != nil || records[1].Timestamp != 42 {
		t.Fatalf("records of a log stamped by the broker: %+v, error %v", records, err)
	}
}

// seal fills in length and checksum.
func seal(b kmsg.RecordBatch) []byte {
	encoded := b.AppendTo(nil)
	binary.BigEndian.PutUint32(encoded[atLength:], uint32(len(encoded)-atLeaderEpoch))
	binary.BigEndian.PutUint32(encoded[atChecksum:], crc32.Checksum(encoded[atAttributes:], castagnoli))
	return encoded
}

func TestDamageIsToldNotRead(t *testing.T) {
	whole := encodeBatch(t, messages, None)
	for name, damage := range map[string]func(b []byte) []byte{
		"a flipped bit":       func(b []byte) []byte { b[100] ^= 4; return b },
		"length too small":    func(b []byte) []byte { b[10], b[11] = 0, 10; return b },
		"negative length":     func(b []byte) []byte { b[8] = 0xff; return b },
		"too many records":    func(b []byte) []byte { b[atCount] = 0x7f; return resum(b) },
		"too few records":     func(b []byte) []byte { b[atCount+3]--; return resum(b) },
		"record past the end": func(b []byte) []byte { b[batchHeaderBytes] = 0xfe; return resum(b) },
		"unknown compression": func(b []byte) []byte { b[atAttributes+1] |= 7; return resum(b) },
		"not gzip":            func(b []byte) []byte { b[atAttributes+1] |= 1; return resum(b) },
		"last before first":   func(b []byte) []byte { b[atLastOffsetDelta] = 0xff; return resum(b) },
	} {
		t.Run(name, func(t *testing.T) {
			f := fetched{records: damage(bytes.Clone(whole))}
			records, _, err := f.committed(0)
			if !errors.Is(err, ErrCorrupt) || len(records) > 0 {
				t.Fatalf("%d records, error %v", len(records), err)
			}
		})
	}
}

func resum(b []byte) []byte {
	binary.BigEndian.PutUint32(b[atChecksum:], crc32.Checksum(b[atAttributes:], castagnoli))
	return b
}

func TestATruncatedLastBatchIsLeftForTheNextRound(t *testing.T) {
	whole := encodeBatch(t, messages[:1], None)
	second := bytes.Clone(whole)
	second[atBaseOffset+7] = 1 // not under the checksum
	for cut := range len(second) {
		f := fetched{records: append(bytes.Clone(whole), second[:cut]...)}
		records, next, err := f.committed(0)
		if err != nil || len(records) != 1 || next != 1 {
			t.Fatalf("cut after %d bytes: %d records, next %d, error %v", cut, len(records), next, err)
		}
	}
}

func TestSequenceGoesRound(t *testing.T) {
	const last = 1<<31 - 1
	for _, c := range []struct{ sequence, count, want int32 }{
		{0, 5, 5}, {last - 5, 5, last}, {last - 5, 6, 0}, {last, 1, 0}, {last, 3, 2},
	} {
		if got := nextSequence(c.sequence, c.count); got != c.want {
			t.Errorf("%d messages after %d: %d, want %d", c.count, c.sequence, got, c.want)
		}
	}
}

func FuzzRecords(f *testing.F) {
	small := append(slices.Clone(messages[:3]), messages[4]) // a long input would be shrunk for minutes
	for _, compression := range compressions {
		f.Add(encodeBatch(f, small, compression), true)
	}
	f.Add(encodeBatch(f, messages[:1], None), false)
	f.Fuzz(func(t *testing.T, b []byte, sum bool) {
		if sum && len(b) >= batchHeaderBytes {
			resum(b) // else hardly an input gets past the checksum
		}
		part := fetched{records: b, aborted: []abortedTransaction{{7, 0}}}
		records, next, err := part.committed(0)
		if err == nil && len(records) > 0 && records[len(records)-1].Offset >= next {
			t.Fatalf("record at %d, yet next is %d", records[len(records)-1].Offset, next)
		}
	})
}

func FuzzFetchResponse(f *testing.F) {
	b := make([]byte, 10)
	b = appendInt32(b, 1)
	b = appendString(b, "topic")
	b = appendInt32(b, 1)
	b = append(b, make([]byte, 4+2+8+8+8)...)
	b = appendInt32(b, 1)
	b = append(b, make([]byte, 16)...)
	b = appendInt32(b, -1)
	records := encodeBatch(f, messages[:3], None)
	b = append(appendInt32(b, int32(len(records))), records...)
	if parts, err := parseFetch(b); err != nil || len(parts) != 1 || len(parts[0].records) != len(records) || len(parts[0].aborted) != 1 {
		f.Fatalf("the seed is read as %+v, error %v", parts, err)
	}
	f.Add(b)
	f.Fuzz(func(t *testing.T, b []byte) {
		parts, err := parseFetch(b)
		if err == nil && len(parts) > len(b)/38 {
			t.Fatalf("%d parts out of %d bytes", len(parts), len(b))
		}
	})
}

func FuzzOtherResponses(f *testing.F) {
	f.Add([]byte{0, 0, 0, 0, 0, 2, 3, 'i', 'n', 2, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 9, 255, 255, 255, 255, 0, 0, 0, 0, 0, 0, 0, 0})
	f.Fuzz(func(t *testing.T, b []byte) {
		_ = parseOffsets(b, map[TopicPartition]Committed{})
		_ = new(Producer).parse(b, nil, nil)
	})
}
