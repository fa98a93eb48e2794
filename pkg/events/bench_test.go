package events

import (
	"testing"

	"github.com/linkedin/goavro/v2"

	"sellerpulse/internal/avro"
	"sellerpulse/schemas"
)

// textOfID is a schema registry whose ids are the topics' numbers.
func textOfID(id uint32) string { return schemas.Text(Topic(id).String()) }

// BenchmarkDecode decodes a PLACED order with two lines, of each wire form.
func BenchmarkDecode(b *testing.B) {
	e := mustParse(b, examples[0])
	ids := [NumTopics]uint32{0, 1, 2, 3, 4, 5}
	for _, form := range []struct {
		name  string
		value []byte
	}{
		{"single-object", Encoder{}.AppendAvro(nil, e)},
		{"confluent", Encoder{SchemaIDs: &ids}.AppendAvro(nil, e)},
		{"json", AppendJSON(nil, e, false)},
	} {
		b.Run(form.name, func(b *testing.B) {
			decoder := NewDecoder(DecoderOptions{Schema: func(id uint32) (string, error) { return textOfID(id), nil }})
			var out Event
			b.ReportAllocs()
			for b.Loop() {
				if err := decoder.Decode(Orders, form.value, &out); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	b.Run("goavro", func(b *testing.B) { benchmarkGeneric(b, Encoder{}.AppendAvro(nil, e)) })
}

// benchmarkGeneric is what Decode is held against: the library's decoding into maps.
func benchmarkGeneric(b *testing.B, value []byte) {
	codec, err := goavro.NewCodec(schemas.Text("orders"))
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := codec.NativeFromBinary(value[avro.HeaderSize:]); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkDecodeSmall decodes an event of six fields.
func BenchmarkDecodeSmall(b *testing.B) {
	value := Encoder{}.AppendAvro(nil, mustParse(b, examples[9]))
	decoder := NewDecoder(DecoderOptions{})
	var out Event
	b.ReportAllocs()
	for b.Loop() {
		if err := decoder.Decode(Shipments, value, &out); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkEncode(b *testing.B) {
	e := mustParse(b, examples[0])
	var out []byte
	b.ReportAllocs()
	for b.Loop() {
		out = Encoder{}.AppendAvro(out[:0], e)
	}
}

// BenchmarkParseLine reads a line of some 390 bytes.
func BenchmarkParseLine(b *testing.B) {
	line := []byte(examples[0])
	var out Event
	b.SetBytes(int64(len(line)))
	b.ReportAllocs()
	for b.Loop() {
		if err := ParseLine(line, &out); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkAppendJSON(b *testing.B) {
	e := mustParse(b, examples[0])
	var out []byte
	b.ReportAllocs()
	for b.Loop() {
		out = AppendJSON(out[:0], e, true)
	}
}
