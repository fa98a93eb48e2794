package stream

import (
	"bytes"
	"encoding/binary"
	"errors"
	"net"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"sellerpulse/test/brokertest"
)

// at puts a batch at an offset, which is not under its checksum.
func at(offset byte, b []byte) []byte {
	b = bytes.Clone(b)
	b[atBaseOffset+7] = offset
	return b
}

// flipped is a batch with a bit of its last record flipped.
func flipped(b []byte) []byte {
	b = bytes.Clone(b)
	b[len(b)-1] ^= 4
	return b
}

// A batch that cannot be read is told with its offsets as far as they can be known, and is one marked record where that is wanted and it is
// known where it ends. What is before it comes first, and what is behind it can be read.
func TestWhatIsKnownOfABatchThatCannotBeRead(t *testing.T) {
	good := encodeBatch(t, messages, None) // 5 records
	edited := func(change func(b []byte)) []byte {
		b := at(5, good)
		change(b)
		return b
	}
	for name, c := range map[string]struct {
		bad   []byte
		alone bool // nothing is behind it
		last  int64
		count int
		is    error
		says  string
	}{
		"a flipped bit":                    {at(5, flipped(good)), false, 9, 5, ErrCorrupt, "does not match its checksum"},
		"a flipped bit at the end":         {at(5, flipped(good)), true, 9, 5, ErrCorrupt, "does not match its checksum"},
		"a flipped bit in the last offset": {edited(func(b []byte) { b[atLastOffsetDelta+2] = 9 }), false, 9, 5, ErrCorrupt, "checksum"},
		"the same at the end":              {edited(func(b []byte) { b[atLastOffsetDelta+2] = 9 }), true, 4, -1, ErrCorrupt, "checksum"},
		"a malformed record":               {edited(func(b []byte) { b[batchHeaderBytes] = 0xfe; resum(b) }), false, 9, 5, ErrCorrupt, "malformed"},
		"records left over":                {edited(func(b []byte) { b[atCount+3]--; resum(b) }), false, 9, 4, ErrCorrupt, "left over"},
		"unknown compression":              {edited(func(b []byte) { b[atAttributes+1] |= 7; resum(b) }), false, 9, 5, ErrCorrupt, "unknown compression 7"},
		"not what it is compressed by":     {edited(func(b []byte) { b[atAttributes+1] |= 4; resum(b) }), false, 9, 5, ErrCorrupt, "decompressed"},
		"an old format":                    {edited(func(b []byte) { b[atBaseOffset+7] = 9; b[atMagic] = 1 }), false, 9, -1, ErrOldFormat, "version 1"},
		"a length of nothing":              {edited(func(b []byte) { copy(b[atLength:], []byte{0, 0, 0, 10}) }), false, 4, -1, ErrCorrupt, "22 bytes"},
		"past the end of the log":          {edited(func(b []byte) { b[atLastOffsetDelta+2] = 9; b[atCount+3]--; resum(b) }), true, 4, -1, ErrCorrupt, "left over"},
	} {
		t.Run(name, func(t *testing.T) {
			log := slices.Concat(good, c.bad)
			want := []int64{0, 1, 2, 3, 4}
			if !c.alone {
				log = append(log, at(10, good)...)
			}
			f := fetched{TopicPartition: TopicPartition{"orders", 2}, records: log, lastStable: 15}
			if c.alone {
				f.lastStable = 10
			}
			records, next, err := f.committed(0)
			if err != nil || next != 5 || !slices.Equal(offsetsOf(records), want) {
				t.Fatalf("records at %v, next %d, error %v; want those before the batch", offsetsOf(records), next, err)
			}
			_, _, err = f.committed(5)
			damage, ok := errors.AsType[*BatchError](err)
			if !ok || !errors.Is(err, c.is) || damage.TopicPartition != f.TopicPartition || damage.First != 5 || damage.Last != c.last || damage.Count != c.count {
				t.Fatalf("error %+v, want one of offsets 5 to %d and %d records", err, c.last, c.count)
			}
			if text := err.Error(); !strings.Contains(text, c.says) || !strings.Contains(text, "orders/2") || !strings.Contains(text, "5") {
				t.Errorf("error %q, want %q and the place in it", text, c.says)
			}
			f.marks = true
			records, next, err = f.committed(3)
			if !damage.Bounded() {
				if err != nil || next != 5 {
					t.Fatalf("next %d, error %v; want to stop before it", next, err)
				}
				if _, _, err = f.committed(5); !errors.Is(err, c.is) {
					t.Fatalf("error %v, want that of the batch", err)
				}
				return
			}
			want = []int64{3, 4, 5}
			if !c.alone {
				want = append(want, 10, 11, 12, 13, 14)
			}
			if err != nil || !slices.Equal(offsetsOf(records), want) || next != f.lastStable {
				t.Fatalf("records at %v, next %d, error %v; want %v", offsetsOf(records), next, err, want)
			}
			for _, r := range records {
				if marked := r.Offset == 5; marked != (r.Batch != nil) || marked && !bytes.Equal(r.Value, c.bad) {
					t.Errorf("record at %d: marked %v, %d bytes", r.Offset, r.Batch != nil, len(r.Value))
				}
			}
		})
	}
}

func offsetsOf(records []Record) (offsets []int64) {
	for _, r := range records {
		offsets = append(offsets, r.Offset)
	}
	return offsets
}

// In the middle of a batch that cannot be read, the offsets that are lost begin there.
func TestABatchThatWasReadInPart(t *testing.T) {
	f := fetched{records: flipped(encodeBatch(t, messages, None)), lastStable: 5, marks: true}
	records, next, err := f.committed(3)
	if err != nil || next != 5 || len(records) != 1 || records[0].Offset != 3 || records[0].Batch.First != 3 || records[0].Batch.Last != 4 {
		t.Fatalf("records %+v, next %d, error %v", records, next, err)
	}
}

// A batch of an aborted transaction is not looked into.
func TestABatchOfAnAbortedTransactionIsNotRead(t *testing.T) {
	whole := encodeBatch(t, messages, None)
	whole[batchHeaderBytes] = 0xfe
	f := fetched{records: resum(whole), lastStable: 6, marks: true, aborted: []abortedTransaction{{7, 0}}}
	if records, next, err := f.committed(0); err != nil || next != 5 || len(records) != 0 {
		t.Fatalf("records %+v, next %d, error %v", records, next, err)
	}
}

// packed is a batch of one record whose records are what some bytes decompress to.
func packed(compression Compression, count int32, body []byte) []byte {
	return seal(kmsg.RecordBatch{
		Magic: 2, Attributes: int16(compression), LastOffsetDelta: count - 1, NumRecords: count, ProducerID: -1, ProducerEpoch: -1, FirstSequence: -1, Records: body,
	})
}

// zeros is so many zeros, compressed.
func zeros(t *testing.T, size int) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := zstd.NewWriter(&b, zstd.WithEncoderCRC(false))
	if err != nil {
		t.Fatal(err)
	}
	zero := make([]byte, 1<<20)
	for range size >> 20 {
		if _, err := w.Write(zero); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// What would take too much memory is told apart from what is corrupt, and takes little of it whatever it asks for.
func TestABatchThatAsksForTooMuchMemory(t *testing.T) {
	manyHeaders := func(n int) []byte { // one record that is all headers, two bytes each
		body := binary.AppendVarint([]byte{0, 0, 0, 1, 1}, int64(n))
		body = append(body, make([]byte, 2*n)...)
		return append(binary.AppendVarint(nil, int64(len(body))), body...)
	}
	huge := binary.AppendUvarint(nil, 1<<32-1)
	framed := binary.BigEndian.AppendUint32(append(bytes.Clone(xerial), 0, 0, 0, 1, 0, 0, 0, 1), uint32(len(huge)))
	for name, b := range map[string][]byte{
		"zeros":                            packed(Zstd, 1, zeros(t, 300<<20)),
		"zeros, fewer":                     packed(Zstd, 1, zeros(t, 24<<20)),
		"a block of snappy":                packed(Snappy, 1, huge),
		"a framed block of snappy":         packed(Snappy, 1, append(framed, huge...)),
		"a frame of snappy that is cut":    packed(Snappy, 1, append(binary.BigEndian.AppendUint32(bytes.Clone(framed[:16]), 1<<32-1), huge...)),
		"a window of zstd":                 packed(Zstd, 1, []byte{0x28, 0xb5, 0x2f, 0xfd, 0, 19 << 3, 1, 0, 0}), // 512 MiB, then an empty last block
		"a content size of zstd":           packed(Zstd, 1, []byte{0x28, 0xb5, 0x2f, 0xfd, 0xa0, 0, 0, 0, 0x20, 1, 0, 0}),
		"headers without end":              packed(None, 1, manyHeaders(16<<20)),
		"records without end, compressed":  packed(Zstd, 3<<20, zeros(t, 24<<20)),
		"records without end, as they are": packed(None, 3<<20, make([]byte, 24<<20)),
	} {
		t.Run(name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			f := fetched{records: b, lastStable: 1 << 30}
			_, _, err := f.committed(0)
			runtime.ReadMemStats(&after)
			if !errors.Is(err, ErrInflated) {
				t.Fatalf("error %v, want that it is larger than is read", err)
			}
			// A buffer that grows by doubling has taken twice its size on the way.
			if taken := after.TotalAlloc - before.TotalAlloc; taken > 4*MaxInflatedBytes {
				t.Errorf("%d MiB were allocated", taken>>20)
			}
		})
	}
}

// However much a response inflates to, one round takes little more than one batch of it, and none is left out.
func TestOneRoundInflatesOnlySoMuch(t *testing.T) {
	brokertest.Each(t, func(t *testing.T, broker *brokertest.Broker) {
		client := dial(t, broker)
		const large, batches, topics = 30 << 20, 2, 3
		producer, err := kgo.NewClient(kgo.SeedBrokers(broker.Addresses...), kgo.ProducerBatchCompression(kgo.GzipCompression()),
			kgo.ProducerBatchMaxBytes(40<<20), kgo.MaxBufferedBytes(80<<20), kgo.RecordPartitioner(kgo.ManualPartitioner()))
		if err != nil {
			t.Fatal(err)
		}
		defer producer.Close()
		var positions []Position
		for i := range topics {
			tp := TopicPartition{broker.Prefix + string(rune('a'+i)), 0}
			spec := TopicSpec{Name: tp.Topic, Partitions: 1, ReplicationFactor: 1, Config: map[string]string{"max.message.bytes": "41943040"}}
			if err := client.CreateTopics(t.Context(), []TopicSpec{spec}); err != nil {
				t.Fatal(err)
			}
			positions = append(positions, Position{TopicPartition: tp})
			for range batches {
				if err := producer.ProduceSync(t.Context(), &kgo.Record{Topic: tp.Topic, Value: make([]byte, large)}).FirstErr(); err != nil {
					t.Fatal(err)
				}
			}
		}
		fetcher := client.NewFetcher(FetchOptions{Positions: positions})
		read := make([]int, topics)
		for rounds := 0; slices.Min(read) < batches; rounds++ {
			chunks, err := fetcher.Fetch(t.Context(), nil)
			if err != nil {
				t.Fatal(err)
			}
			size := 0
			for _, c := range chunks {
				read[c.Source] += len(c.Records)
				for _, r := range c.Records {
					size += len(r.Value)
				}
			}
			if size > DefaultUnpacked+large {
				t.Fatalf("%d MiB in one round", size>>20)
			}
			if rounds > 20*batches*topics {
				t.Fatalf("read %v after %d rounds", read, rounds)
			}
		}
		if !slices.Equal(read, []int{batches, batches, batches}) {
			t.Errorf("read %v records", read)
		}
	})
}

// patchedConn is a broker's end of a connection that changes what it answers.
type patchedConn struct {
	net.Conn
	patch func([]byte) []byte
}

func (c patchedConn) Write(b []byte) (int, error) {
	if _, err := c.Conn.Write(c.patch(bytes.Clone(b))); err != nil {
		return 0, err
	}
	return len(b), nil
}

type patchedListener struct {
	net.Listener
	patch func([]byte) []byte
}

func (l patchedListener) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	return patchedConn{conn, l.patch}, err
}

// An answer that says that it is larger than is read is that of one log, whose first batch is so large, and the others are not blamed.
func TestAnAnswerTooLargeIsOneLogs(t *testing.T) {
	poison := []byte("a value that stands for a very large one")
	patch := func(answer []byte) []byte {
		if bytes.Contains(answer, poison) {
			binary.BigEndian.PutUint32(answer, maxResponseBytes+1)
		}
		return answer
	}
	broker := brokertest.Embedded(t, kfake.ListenFn(func(network, address string) (net.Listener, error) {
		listener, err := net.Listen(network, address)
		return patchedListener{listener, patch}, err
	}), kfake.SeedTopics(3, "t"))
	client := dial(t, broker)
	var positions []Position
	var outputs []Output
	for p := range int32(3) {
		tp := TopicPartition{"t", p}
		positions = append(positions, Position{TopicPartition: tp})
		value := "small"
		if p == 1 {
			value = string(poison)
		}
		outputs = append(outputs, output(tp, value))
	}
	if _, err := openIdempotent(t, client).Produce(t.Context(), outputs); err != nil {
		t.Fatal(err)
	}
	_, err := client.NewFetcher(FetchOptions{Positions: positions, Marks: true}).Fetch(t.Context(), nil)
	damage, ok := errors.AsType[*BatchError](err)
	if !ok || damage.TopicPartition != positions[1].TopicPartition || damage.Bounded() || !errors.Is(err, ErrCorrupt) {
		t.Fatalf("error %v, want one of t/1 whose end is not known", err)
	}
}

// A batch that is longer than what the broker sends of it will never be whole.
func TestABatchThatIsNeverWhole(t *testing.T) {
	patch := func(answer []byte) []byte {
		if at := bytes.Index(answer, []byte("poison")); at > 0 {
			const before = 9 // bytes of the record before its value, its key being three
			answer[at-before-batchHeaderBytes+atLength+1] = 1
		}
		return answer
	}
	broker := brokertest.Embedded(t, kfake.ListenFn(func(network, address string) (net.Listener, error) {
		listener, err := net.Listen(network, address)
		return patchedListener{listener, patch}, err
	}), kfake.SeedTopics(1, "t"))
	client, tp := dial(t, broker), TopicPartition{"t", 0}
	if _, err := openIdempotent(t, client).Produce(t.Context(), []Output{output(tp, "poison")}); err != nil {
		t.Fatal(err)
	}
	_, err := client.NewFetcher(FetchOptions{Positions: []Position{{TopicPartition: tp}}, Marks: true}).Fetch(t.Context(), nil)
	damage, ok := errors.AsType[*BatchError](err)
	if !ok || damage.TopicPartition != tp || damage.First != 0 || damage.Bounded() {
		t.Fatalf("error %v, want one of t/0 at offset 0", err)
	}
}
