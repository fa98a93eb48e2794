package events

import (
	"testing"

	"github.com/linkedin/goavro/v2"
	theirs "github.com/twmb/avro"

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

// BenchmarkDecodeForeign decodes the same order by a schema of the producer's own: other types and order, and fields that are none of ours.
func BenchmarkDecodeForeign(b *testing.B) {
	const writer = `{"type":"record","name":"own.Order","fields":[
		{"name":"seller_id","type":"string"},{"name":"order_id","type":"string"},{"name":"event_id","type":["null","string"]},{"name":"kind","type":"string"},
		{"name":"occurred_at","type":{"type":"long","logicalType":"timestamp-micros"}},{"name":"order_date","type":{"type":"long","logicalType":"timestamp-micros"}},
		{"name":"total","type":"double"},{"name":"channel","type":{"type":"enum","name":"C","symbols":["MFN","AFN"]}},{"name":"ship_by","type":["long","null"]},
		{"name":"items","type":{"type":"array","items":{"type":"record","name":"Line","fields":[{"name":"quantity","type":"long"},{"name":"price","type":"float"},
			{"name":"item_id","type":"string"},{"name":"product_line","type":"string"}]}}}]}`
	line := map[string]any{"quantity": int64(1), "price": float32(2), "item_id": "1", "product_line": "toys"}
	body, err := theirs.MustParse(writer).Encode(map[string]any{
		"seller_id": "S1", "order_id": "O1", "event_id": "e1", "kind": "PLACED", "occurred_at": int64(1_767_323_045_000_000), "order_date": int64(1_767_323_045_000_000),
		"total": 9.5, "channel": "MFN", "ship_by": int64(1_767_571_199_000), "items": []any{line, line},
	})
	if err != nil {
		b.Fatal(err)
	}
	value := append([]byte{0, 0, 0, 0, 1}, body...)
	decoder := NewDecoder(DecoderOptions{Schema: func(uint32) (string, error) { return writer, nil }})
	var out Event
	b.ReportAllocs()
	for b.Loop() {
		if err := decoder.Decode(Orders, value, &out); err != nil {
			b.Fatal(err)
		}
	}
}
