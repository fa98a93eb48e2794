package events

import (
	"bytes"
	"encoding/json"
	"errors"
	"runtime"
	"testing"
)

// FuzzDecode: whatever the bytes are, nothing panics and an error is an *Error; an event that is accepted survives
// being written and read again, and is refused with a byte more.
func FuzzDecode(f *testing.F) {
	ids := [NumTopics]uint32{0, 1, 2, 3, 4, 5}
	for _, line := range examples {
		e := mustParse(f, line)
		f.Add(uint8(e.Topic), Encoder{}.AppendAvro(nil, e))
		f.Add(uint8(e.Topic), Encoder{SchemaIDs: &ids}.AppendAvro(nil, e))
		f.Add(uint8(e.Topic), []byte(line))
	}
	decoder := NewDecoder(DecoderOptions{Schema: registryOfTests})
	f.Fuzz(func(t *testing.T, number uint8, value []byte) {
		topic := Topic(number) % NumTopics
		var e Event
		if err := decoder.Decode(topic, value, &e); err != nil {
			var fault *Error
			if !errors.As(err, &fault) {
				t.Fatalf("got %v, want an *Error", err)
			}
			return
		}
		checkRoundTrip(t, decoder, &e)
		longer := append(bytes.Clone(value), 0)
		if decoder.Decode(topic, longer, &e) == nil {
			t.Error("a byte left over is accepted")
		}
	})
}

// registryOfTests knows the schemas of the topics and a stranger's.
func registryOfTests(id uint32) (string, error) {
	if id < uint32(NumTopics) {
		return textOfID(id), nil
	}
	if id == 7 {
		return foreign, nil
	}
	return "", ErrUnknownSchema
}

func checkRoundTrip(t *testing.T, decoder *Decoder, e *Event) {
	t.Helper()
	line := AppendJSON(nil, e, true)
	if !json.Valid(line) {
		t.Fatalf("%s is not JSON", line)
	}
	var parsed, decoded Event
	if err := ParseLine(line, &parsed); err != nil {
		t.Fatalf("parse %s: %v", line, err)
	}
	if err := decoder.Decode(e.Topic, Encoder{}.AppendAvro(nil, &parsed), &decoded); err != nil {
		t.Fatalf("decode %s: %v", line, err)
	}
	if got := AppendJSON(nil, &decoded, true); !bytes.Equal(got, line) {
		t.Fatalf("got  %s\nwant %s", got, line)
	}
}

// FuzzParseLine: what is accepted is JSON, and survives being written and read again.
func FuzzParseLine(f *testing.F) {
	for _, line := range examples {
		f.Add([]byte(line))
	}
	decoder := NewDecoder(DecoderOptions{})
	f.Fuzz(func(t *testing.T, line []byte) {
		var e Event
		if ParseLine(line, &e) != nil {
			return
		}
		if !json.Valid(line) {
			t.Fatal("accepted what is not JSON")
		}
		checkRoundTrip(t, decoder, &e)
	})
}

// TestAllocationIsBounded decodes hostile values and looks at how much was allocated for each.
func TestAllocationIsBounded(t *testing.T) {
	decoder := NewDecoder(DecoderOptions{Schema: registryOfTests})
	e := mustParse(t, examples[0])
	e.Items = nil
	for len(e.Items) < 20_000 {
		e.Items = append(e.Items, Item{ItemID: "1"})
	}
	manyItems := Encoder{}.AppendAvro(nil, e)
	hugeBlock := append(bytes.Clone(manyItems[:40]), 0xFE, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F)
	for name, value := range map[string][]byte{
		"many items":      manyItems,
		"many metrics":    append([]byte(`{"kind":"EXCUSED","metrics":[""`), append(bytes.Repeat([]byte(`,""`), 80_000), "]}"...)...),
		"many JSON items": AppendJSON(nil, e, false)[:DefaultMaxBytes],
		"a huge block":    hugeBlock,
		"escapes":         append(append([]byte(`{"event_id":"`), bytes.Repeat([]byte(`\n`), 100_000)...), `"}`...),
		"open arrays":     append([]byte(`{"a":`), bytes.Repeat([]byte("["), 200_000)...),
		"null arrays":     append([]byte{0, 0, 0, 0, 7}, bytes.Repeat([]byte{0x80, 0x80, 0x10}, 80_000)...),
	} {
		allocated := allocatedBy(func() {
			var out Event
			_ = decoder.Decode(Orders, value, &out)
		})
		if limit := uint64(100*len(value) + 64<<10); allocated > limit {
			t.Errorf("%s: %d bytes allocated for %d", name, allocated, len(value))
		}
	}
}

func allocatedBy(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}
