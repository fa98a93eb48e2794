package events

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"
)

// Every day of four centuries is written and read as the standard library does.
func TestEveryDayOfAnEra(t *testing.T) {
	at := time.Date(1899, 12, 31, 23, 59, 59, int(999*time.Millisecond), time.UTC)
	for ; at.Year() < 2301; at = at.AddDate(0, 0, 1) {
		want := at.Format("2006-01-02T15:04:05.000Z")
		if got := FormatInstant(at.UnixMilli()); got != want {
			t.Fatalf("%d is %s, want %s", at.UnixMilli(), got, want)
		}
		if got, ok := parseInstant(want); !ok || got != at.UnixMilli() {
			t.Fatalf("%s is %d, %v, want %d", want, got, ok, at.UnixMilli())
		}
	}
}

func TestParseInstant(t *testing.T) {
	for text, want := range map[string]string{
		"2026-01-02T03:04:05+23:59": "2026-01-01T03:05:05.000Z", "2026-01-02T03:04:05-23:59": "2026-01-03T03:03:05.000Z",
		"2026-01-02T03:04:05.1Z": "2026-01-02T03:04:05.100Z", "2000-02-29T00:00:00Z": "2000-02-29T00:00:00.000Z",
		"2026-01-02T03:04:05.": "", "2026-01-02T03:04:05.Z": "", "2026-01-02T03:04:05.123": "", "2026-01-02T03:04:05+24:00": "", "2026-01-02T03:04:05+00:60": "",
		"2x26-01-02T03:04:05Z": "", "202x-01-02T03:04:05Z": "", "1900-02-29T00:00:00Z": "", "2023-02-29T00:00:00Z": "", "2100-02-29T00:00:00Z": "",
	} {
		got, ok := parseInstant(text)
		if ok != (want != "") || ok && FormatInstant(got) != want {
			t.Errorf("%s is %s, %v, want %q", text, FormatInstant(got), ok, want)
		}
	}
}

// Fractions of a millisecond are cut off towards the past.
func TestFloorDivide(t *testing.T) {
	for v, want := range map[int64]int64{-1001: -2, -1000: -1, -999: -1, -1: -1, 0: 0, 999: 0, 1000: 1, 1999: 1} {
		if got := floorDivide(v, 1000); got != want {
			t.Errorf("%d µs are %d ms, want %d", v, got, want)
		}
	}
}

// What belongs to other kinds is read, and is not in the event.
func TestFieldsOfOtherKindsAreRemoved(t *testing.T) {
	others := `,"order_date":"2026-01-02T03:04:05Z","channel":"MFN","pending":true,"items":[{"item_id":"1","product_line":"toys","quantity":1}],` +
		`"carrier":"s10","tracking_id":"x","ship_by":"2026-01-02T03:04:05Z","deliver_by":"2026-01-02T03:04:05Z","cancelled_by":"SELLER",` +
		`"requested_by_buyer":true,"reason":"OTHER","rating":5,"category":"FRAUD","answer":"REJECTED","in_policy":true,"negative":true,` +
		`"marketplace":"DE","ship_country":"AT","metrics":["x"],"excused":true}`
	line := examples[2] // CONFIRMED
	want, got := mustParse(t, line), mustParse(t, strings.TrimSuffix(line, "}")+others)
	got.Items, want.Items = append([]Item{}, got.Items...), append([]Item{}, want.Items...)
	got.Metrics, want.Metrics = append([]string{}, got.Metrics...), append([]string{}, want.Metrics...)
	if !reflect.DeepEqual(*got, *want) {
		t.Errorf("got  %+v\nwant %+v", *got, *want)
	}
}

// Escapes, surrogate pairs among them, are read; half a pair is refused.
func TestUnquote(t *testing.T) {
	for source, want := range map[string]string{
		`"\u00fF"`: "ÿ", `"\uD83D\uDE00!"`: "😀!", `"\"\\\/\b\f\n\r\t"`: "\"\\/\b\f\n\r\t",
		`"\ud83d"`: "", `"\ud83dx"`: "", `"\ude00\ud83d"`: "", `"\ud83d\u0041"`: "",
	} {
		if got, ok := unquote(source); got != want || ok != (want != "") {
			t.Errorf("%s is %q, %v, want %q", source, got, ok, want)
		}
	}
}

// A value may be nested to 99 levels within a field, of objects as of arrays.
func TestNesting(t *testing.T) {
	for _, around := range [][2]string{{"[", "]"}, {`{"a":`, "}"}} {
		for levels, ok := range map[int]bool{99: true, 100: false} {
			value := strings.Repeat(around[0], levels) + "1" + strings.Repeat(around[1], levels)
			var e Event
			err := ParseLine([]byte(`{"topic":"orders","x":`+value+`,`+placed+`}`), &e)
			if (err == nil) != ok || !ok && !strings.HasPrefix(err.Error(), "read JSON: it is nested too deep") {
				t.Errorf("%d levels of %s: %v", levels, around[0], err)
			}
		}
	}
}

// A value is shown whole up to 64 bytes, and beyond that up to a character's end.
func TestShown(t *testing.T) {
	x := func(n int) string { return strings.Repeat("x", n) }
	for text, want := range map[string]string{
		x(64): x(64), x(65): x(64) + "...",
		x(63) + "åå": x(63) + "...", x(62) + "ååå": x(62) + "å...", x(61) + "😀😀": x(61) + "...", x(60) + "😀😀": x(60) + "😀...",
	} {
		if got := shorten(text); got != want {
			t.Errorf("%q is shown as %q, want %q", text, got, want)
		}
		if got, want := quote(text), `"`+strings.TrimSuffix(want, "...")+`"`+strings.Repeat("...", strings.Count(want, "...")); got != want {
			t.Errorf("%q is quoted as %s, want %s", text, got, want)
		}
	}
	if got, want := quote(strings.Repeat("\x80", 70)), `"`+strings.Repeat(`\x80`, 60)+`"...`; got != want {
		t.Errorf("what is no text is quoted as %s, want %s", got, want)
	}
}

// What the readers never make is refused too.
func TestValidate(t *testing.T) {
	event := func(line int, change func(*Event)) *Event {
		e := mustParse(t, examples[line])
		change(e)
		return e
	}
	long := strings.Repeat("x", MaxTextBytes+1)
	tooLong := " \"" + long[:64] + "\"... is longer than 1024 bytes"
	for want, e := range map[string]*Event{
		"topic 6 is none": event(0, func(e *Event) { e.Topic = NumTopics }),
		"kind CONFIRMED is not a kind of topic orders":              event(0, func(e *Event) { e.Kind = ShipmentConfirmed }),
		"order_id is missing or empty":                              event(0, func(e *Event) { e.OrderID = "" }),
		"shipment_id is missing or empty":                           event(6, func(e *Event) { e.PartID = "" }),
		"cancelled_by is missing":                                   event(4, func(e *Event) { e.CancelledBy = 0 }),
		"reason is missing":                                         event(4, func(e *Event) { e.Reason = 0 }),
		"ship_by 253402300800000 is outside the years 1 to 9999":    event(0, func(e *Event) { e.ShipBy = maxInstant + 1 }),
		"deliver_by 253402300800000 is outside the years 1 to 9999": event(0, func(e *Event) { e.DeliverBy = maxInstant + 1 }),
		"carrier" + tooLong:                                         event(6, func(e *Event) { e.Carrier.Value = long }),
		"tracking_id" + tooLong:                                     event(6, func(e *Event) { e.TrackingID.Value = long }),
	} {
		if err := Validate(e); err == nil || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
	if err := Validate(event(0, func(e *Event) { e.SellerID = long[1:] })); err != nil {
		t.Errorf("a text of 1,024 bytes: %v", err)
	}
}

// small is a schema with a union and enums, of which one is passed over.
const small = `{"type":"record","name":"R","fields":[
	{"name":"extra","type":{"type":"enum","name":"E","symbols":["A","B"]}},
	{"name":"kind","type":{"type":"enum","name":"K","symbols":["PLACED"]}},
	{"name":"event_id","type":["null","string"]}]}`

// Numbers of symbols and branches are checked; types that a field cannot have are told.
func TestDecodeRefusesWhatASchemaDoesNotHave(t *testing.T) {
	typed := func(name, of string) string {
		return `{"type":"record","name":"R","fields":[{"name":"kind","type":"string"},{"name":"` + name + `","type":` + of + `}]}`
	}
	left, kind := []byte("\x08LEFT"), []byte("\x0cPLACED")
	for _, c := range []struct {
		topic  Topic
		schema string
		body   []byte
		want   string
	}{
		{Orders, small, []byte{2, 0, 0}, "event_id is missing"},
		{Orders, small, []byte{4, 0, 0}, "read avro: an enum has no symbol 2"},
		{Orders, small, []byte{2, 2, 0}, "read avro: an enum has no symbol 1"},
		{Orders, small, []byte{2, 0, 4}, "read avro: a union has no branch 2"},
		{Feedback, typed("rating", `{"type":"map","values":"long"}`), append(left, 0), "rating of type map is not a whole number of 32 bits"},
		{Feedback, typed("rating", `{"type":"array","items":"long"}`), append(left, 0), "rating of type array is not a whole number of 32 bits"},
		{Orders, typed("occurred_at", `"string"`), append(kind, 0), "occurred_at of type string is not a time"},
	} {
		decoder := NewDecoder(DecoderOptions{Schema: func(uint32) (string, error) { return c.schema, nil }})
		var e Event
		if err := decoder.Decode(c.topic, append([]byte{0, 0, 0, 0, 7}, c.body...), &e); err == nil || err.Error() != c.want {
			t.Errorf("%x: got %v, want %s", c.body, err, c.want)
		}
	}
}

// A schema may have as many bytes and parts as their bounds say.
func TestBoundsOfASchema(t *testing.T) {
	fields := func(n int) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, `,{"name":"f%d","type":"int"}`, i)
		}
		return `{"type":"record","name":"R","fields":[` + b.String()[1:] + `]}`
	}
	padded := func(n int) string { return fields(1) + strings.Repeat(" ", n-len(fields(1))) }
	for name, c := range map[string]struct{ text, want string }{
		"a megabyte": {padded(1 << 20), ""}, "more": {padded(1<<20 + 1), "the schema is longer than 1048576 bytes"},
		"10,000 parts": {fields(9_999), ""}, "10,001 parts": {fields(10_000), "the schema has more than 10000 parts"},
	} {
		if _, err := compile(Orders, c.text); (err == nil) != (c.want == "") || err != nil && err.Error() != c.want {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}

// Of a topic's schemas a thousand are remembered; with one more they are asked for anew.
func TestSchemasAreRemembered(t *testing.T) {
	asked := 0
	decoder := NewDecoder(DecoderOptions{Schema: func(uint32) (string, error) { asked++; return small, nil }})
	decode := func(id int) {
		var e Event
		var fault *Error
		if err := decoder.Decode(Orders, []byte{0, 0, 0, byte(id >> 8), byte(id), 2, 0, 0}, &e); !errors.As(err, &fault) || fault.Reason != Invalid {
			t.Fatalf("schema %d: %v", id, err)
		}
	}
	for _, c := range []struct{ from, to, want int }{{1, 1000, 1000}, {1, 1000, 1000}, {1001, 1001, 1001}, {1, 1, 1002}, {1001, 1001, 1002}} {
		for id := c.from; id <= c.to; id++ {
			decode(id)
		}
		if asked != c.want {
			t.Fatalf("after schemas %d to %d: asked %d times, want %d", c.from, c.to, asked, c.want)
		}
	}
}
