package events

import (
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/linkedin/goavro/v2"

	"sellerpulse/internal/avro"
	"sellerpulse/schemas"
)

// foreign is a producer's own schema: other types for the same fields, and fields of its own.
const foreign = `{"type":"record","name":"x.Order","fields":[
	{"name":"extra","type":{"type":"map","values":{"type":"array","items":["null","double",{"type":"fixed","name":"F","size":2}]}}},
	{"name":"occurred_at","type":[{"type":"long","logicalType":"timestamp-micros"},"null"]},
	{"name":"kind","type":"string"},
	{"name":"event_id","type":"bytes"},
	{"name":"again","type":"F"},
	{"name":"seller_id","type":["string","null"]},
	{"name":"order_id","type":"string"},
	{"name":"channel","type":{"type":"enum","name":"Channel","symbols":["FBA","MFN","AFN"]}},
	{"name":"order_date","type":"long"},
	{"name":"rating","type":"string"},
	{"name":"items","type":["null",{"type":"array","items":{"type":"record","name":"Line","fields":[
		{"name":"quantity","type":"long"},{"name":"price","type":"float"},{"name":"item_id","type":"string"},{"name":"product_line","type":"string"}]}}]}
]}`

func foreignValue(t *testing.T, change map[string]any) []byte {
	t.Helper()
	codec, err := goavro.NewCodec(foreign)
	if err != nil {
		t.Fatal(err)
	}
	native := map[string]any{
		"extra":       map[string]any{"a": []any{nil, goavro.Union("double", 1.5), goavro.Union("x.F", []byte("ab"))}},
		"occurred_at": goavro.Union("long.timestamp-micros", time.UnixMicro(-1001).UTC()),
		"kind":        "PLACED", "event_id": []byte("e1"), "again": []byte("cd"), "rating": "none",
		"seller_id": goavro.Union("string", "S1"), "order_id": "O1", "channel": "MFN", "order_date": int64(5),
		"items": goavro.Union("array", []any{map[string]any{"quantity": int64(2), "price": 1.5, "item_id": "1", "product_line": "toys"}}),
	}
	for name, value := range change {
		native[name] = value
	}
	value, err := codec.BinaryFromNative([]byte{0, 0, 0, 0, 7}, native)
	if err != nil {
		t.Fatal(err)
	}
	return value
}

func TestDecodeByRegistry(t *testing.T) {
	decoder := NewDecoder(DecoderOptions{Schema: func(uint32) (string, error) { return foreign, nil }})
	var e Event
	if err := decoder.Decode(Orders, foreignValue(t, nil), &e); err != nil {
		t.Fatal(err)
	}
	want := `{"kind":"PLACED","event_id":"e1","occurred_at":"1969-12-31T23:59:59.998Z","seller_id":"S1","order_id":"O1","order_date":"1970-01-01T00:00:00.005Z","channel":"MFN","pending":false,"items":[{"item_id":"1","product_line":"toys","quantity":2}]}`
	if got := string(AppendJSON(nil, &e, false)); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestDecodeByRegistryRefuses(t *testing.T) {
	decoder := NewDecoder(DecoderOptions{Schema: func(uint32) (string, error) { return foreign, nil }})
	line := func(quantities ...int64) any {
		var items []any
		for _, n := range quantities {
			items = append(items, map[string]any{"quantity": n, "price": 1.5, "item_id": "1", "product_line": "toys"})
		}
		return goavro.Union("array", items)
	}
	for want, change := range map[string]map[string]any{
		`kind "SENT" is not a kind of topic orders`:                        {"kind": "SENT"},
		`channel "FBA" is unknown`:                                         {"channel": "FBA"},
		`seller_id is missing`:                                             {"seller_id": nil},
		`event_id "\xff" is not UTF-8`:                                     {"event_id": []byte{0xFF}},
		`order_date 253402300800000 is outside the years 1 to 9999`:        {"order_date": int64(253402300800000)},
		`order_date -9223372036854775808 is outside the years 1 to 9999`:   {"order_date": None},
		`items[0].quantity 2147483648 is not a whole number of 32 bits`:    {"items": line(1 << 31)},
		`items[1].quantity 2147483648 is not a whole number of 32 bits`:    {"items": line(1, 1<<31)},
		`items[0].quantity -2147483649 is not a whole number of 32 bits`:   {"items": line(-1<<31 - 1)},
		`order_date 1970-01-02T00:00:00.000Z is more than 24 h later than`: {"order_date": int64(millisPerDay)},
	} {
		var e Event
		err := decoder.Decode(Orders, foreignValue(t, change), &e)
		var fault *Error
		if !errors.As(err, &fault) || fault.Reason != Invalid || !strings.HasPrefix(fault.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
		if strings.HasPrefix(want, "items[0]") && len(e.Items) > 0 {
			t.Errorf("%s, and it is kept", want)
		}
	}
}

func TestSchemasOfTheRegistry(t *testing.T) {
	value := append(binary.BigEndian.AppendUint32([]byte{0}, 7), 0)
	outage := errors.New("connection refused")
	chain := `{"type":"record","name":"R0","fields":[{"name":"a","type":"long"}]}`
	for i := range 20 { // each holds the one before twice: a million parts
		from, to := string(rune('A'+i)), string(rune('B'+i))
		chain = `{"type":"record","name":"` + to + from + `","fields":[{"name":"a","type":` + chain + `},{"name":"b","type":"` + nameOfChain(i) + `"}]}`
	}
	for _, c := range []struct {
		text string
		err  error
		want string
	}{
		{"", ErrUnknownSchema, "schema id 7: the schema registry does not know it"},
		{"", fmt.Errorf("%w: it is JSON", ErrForeignSchema), "schema id 7: values by its schema cannot be read: it is JSON"},
		{"", outage, "look up schema id 7: connection refused"},
		{"{", nil, "use schema id 7: "},
		{`"string"`, nil, "use schema id 7: the schema is not a record's"},
		{`["null","string"]`, nil, "use schema id 7: the schema is not a record's"},
		{`{"type":"record","name":"R","fields":[{"name":"a","type":` + strings.Repeat("[", 300), nil, "use schema id 7: the schema is nested deeper than 256 brackets"},
		{strings.Repeat(" ", maxSchemaBytes) + `"int"`, nil, "use schema id 7: the schema is longer than 1048576 bytes"},
		{chain, nil, "use schema id 7: the schema has more than 10000 parts"},
	} {
		decoder := NewDecoder(DecoderOptions{Schema: func(uint32) (string, error) { return c.text, c.err }})
		var e Event
		err := decoder.Decode(Orders, value, &e)
		if err == nil || !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("%.80s: got %v, want %s", c.text, err, c.want)
		}
		var fault *Error
		if isFault := errors.As(err, &fault); isFault == errors.Is(c.err, outage) {
			t.Errorf("%.80s: a dead letter: %v", c.text, isFault)
		}
	}
}

func nameOfChain(i int) string {
	if i == 0 {
		return "R0"
	}
	return string(rune('A'+i)) + string(rune('A'+i-1))
}

// TestGenericCodecAgrees holds both directions against the library's generic codec.
func TestGenericCodecAgrees(t *testing.T) {
	decoder := NewDecoder(DecoderOptions{})
	for _, line := range examples {
		e := mustParse(t, line)
		codec, err := goavro.NewCodec(schemas.Text(e.Topic.String()))
		if err != nil {
			t.Fatal(err)
		}
		native, rest, err := codec.NativeFromBinary(Encoder{}.AppendAvro(nil, e)[avro.HeaderSize:])
		if err != nil || len(rest) > 0 {
			t.Fatalf("%s: %v, %d bytes left", line, err, len(rest))
		}
		value, err := codec.SingleFromNative(nil, native)
		if err != nil {
			t.Fatal(err)
		}
		var got Event
		if err := decoder.Decode(e.Topic, value, &got); err != nil {
			t.Fatal(err)
		}
		if text := string(AppendJSON(nil, &got, true)); text != line {
			t.Errorf("got  %s\nwant %s", text, line)
		}
	}
}
