package events

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

const placed = `"kind":"PLACED","event_id":"e1","occurred_at":"2026-01-02T03:04:05Z","seller_id":"S1","order_id":"O1","order_date":"2026-01-02T03:04:05Z","channel":"MFN"`

func TestParseLineRefuses(t *testing.T) {
	fact := func(topic, kind, rest string) string {
		return `{"topic":"` + topic + `","kind":"` + kind + `","event_id":"e","occurred_at":"2026-01-02T03:04:05Z","seller_id":"S","order_id":"O"` + rest + `}`
	}
	order := func(change ...string) string {
		return `{"topic":"orders",` + strings.NewReplacer(change...).Replace(placed) + `}`
	}
	long := strings.Repeat("x", 1025)
	for _, c := range []struct {
		line   string
		reason DeadLetterReason
		want   string // the error's text
	}{
		{``, Undecodable, `read JSON: it is not an object`},
		{`[]`, Undecodable, `read JSON: it is not an object`},
		{`{`, Undecodable, `read JSON: it is not well-formed near byte 1`},
		{`{"a`, Undecodable, `read JSON: it is not well-formed near byte 1`},
		{`{"a":12`, Undecodable, `read JSON: it is not well-formed near byte 7`},
		{`{"topic":"orders"} x`, Undecodable, `read JSON: 1 bytes are left over`},
		{`{"topic":"orders",}`, Undecodable, `read JSON: it is not well-formed near byte 18`},
		{`{"a":01}`, Undecodable, `read JSON: it is not well-formed near byte 6`},
		{`{"a":[1,]}`, Undecodable, `read JSON: it is not well-formed near byte 8`},
		{`{"a":"\x"}`, Undecodable, `read JSON: it is not well-formed near byte 5`},
		{"{\"a\":\"\n\"}", Undecodable, `read JSON: it is not well-formed near byte 5`},
		{"{\"a\":\"\xff\"}", Undecodable, `read JSON: it is not UTF-8`},
		{`{"a":` + strings.Repeat("[", 1000), Undecodable, `read JSON: it is nested too deep near byte 104`},
		{`{}`, Invalid, `topic is missing`},
		{`{"topic":"alerts"}`, Invalid, `topic "alerts" is none of the input topics`},
		{`{"topic":1}`, Invalid, `topic 1 is none of the input topics`},
		{`{"topic":"orders"}`, Invalid, `kind is missing`},
		{" \uFEFF{}", Undecodable, `read JSON: it is not an object`},
		{"\uFEFF\uFEFF{}", Undecodable, `read JSON: it is not an object`},
		{"\uFEFF{} x", Undecodable, `read JSON: 1 bytes are left over`},
		{"{}\x00", Undecodable, `read JSON: 1 bytes are left over`},
		{`{"topic":"orders","\u0074opic":"orders"}`, Invalid, `topic "orders" is given twice`},
		{`{"topic":"orders","topic":"orders"}`, Invalid, `topic "orders" is given twice`},
		{`{"topic":"orders","kind":"LEFT"}`, Invalid, `kind "LEFT" is not a kind of topic orders`},
		{`{"topic":"orders","kind":7}`, Invalid, `kind 7 is not a known text`},
		{order(`"event_id":"e1",`, ``), Invalid, `event_id is missing`},
		{order(`"e1"`, `""`), Invalid, `event_id is missing or empty`},
		{order(`"e1"`, `5`), Invalid, `event_id 5 is not a string`},
		{order(`"e1"`, `"\ud800"`), Invalid, `event_id "\ud800" has half a surrogate pair`},
		{order(`"S1"`, `null`), Invalid, `seller_id is missing`},
		{order(`"S1"`, `"`+long+`"`), Invalid, `seller_id "` + long[:64] + `"... is longer than 1024 bytes`},
		{order(`"MFN"`, `"FBA"`), Invalid, `channel "FBA" is unknown`},
		{order(`,"channel":"MFN"`, ``), Invalid, `channel is missing`},
		{order(`"order_date":"2026-01-02`, `"order_date":"2026-01-04`), Invalid, `order_date 2026-01-04T03:04:05.000Z is more than 24 h later than occurred_at 2026-01-02T03:04:05.000Z`},
		{order(`"order_date":"2026-01-02T`, `"order_date":"2026-13-02T`), Invalid, `order_date "2026-13-02T03:04:05Z" is not an RFC 3339 time such as 2026-01-02T03:04:05Z`},
		{order(`"order_date":"2026-01-02T03:04:05Z"`, `"order_date":"2026-01-02T03:04:05"`), Invalid, `order_date "2026-01-02T03:04:05" is not an RFC 3339 time such as 2026-01-02T03:04:05Z`},
		{order(`"order_date":"2026-01-02T03:04:05Z"`, `"order_date":"2026-01-02T23:59:60Z"`), Invalid, `order_date "2026-01-02T23:59:60Z" is not an RFC 3339 time such as 2026-01-02T03:04:05Z`},
		{order(`"order_date":"2026-01-02T03:04:05Z"`, `"order_date":1700000000000`), Invalid, `order_date 1700000000000 is not an RFC 3339 time such as 2026-01-02T03:04:05Z`},
		{order(`"occurred_at":"2026`, `"occurred_at":"0000`), Invalid, `occurred_at "0000-01-02T03:04:05Z" is outside the years 1 to 9999`},
		{order(`"MFN"`, `"MFN","pending":"yes"`), Invalid, `pending "yes" is not a boolean`},
		{order(`"MFN"`, `"MFN","items":{}`), Invalid, `items {} is not a list of objects`},
		{order(`"MFN"`, `"MFN","items":[7]`), Invalid, `items 7 is not an object`},
		{order(`"MFN"`, `"MFN","items":[{"item_id":"1","product_line":"p"}]`), Invalid, `items[0].quantity is missing`},
		{order(`"MFN"`, `"MFN","items":[{"item_id":"1","product_line":"p","quantity":1},{"item_id":"2","product_line":"p"}]`), Invalid, `items[1].quantity is missing`},
		{order(`"MFN"`, `"MFN","items":[{"item_id":"","product_line":"p","quantity":1}]`), Invalid, `items[0].item_id is missing or empty`},
		{order(`"MFN"`, `"MFN","items":[{"item_id":"1","product_line":"p","quantity":1.5}]`), Invalid, `items[0].quantity 1.5 is not a whole number of 32 bits`},
		{order(`"MFN"`, `"MFN","items":[{"item_id":"1","item_id":"2","product_line":"p","quantity":1}]`), Invalid, `items[0].item_id "2" is given twice`},
		{order(`"MFN"`, `"MFN","marketplace":7`), Invalid, `marketplace 7 is not a string`},
		{order(`"MFN"`, `"MFN","marketplace":"`+long[:65]+`"`), Invalid, `marketplace "` + long[:64] + `"... is longer than 64 bytes`},
		{order(`"MFN"`, `"MFN","ship_country":"`+long[:65]+`"`), Invalid, `ship_country "` + long[:64] + `"... is longer than 64 bytes`},
		{fact("orders", "EXCUSED", `,"metrics":"late_shipment_rate"`), Invalid, `metrics "late_shipment_rate" is not a list of strings`},
		{fact("orders", "EXCUSED", `,"metrics":["a",null]`), Invalid, `metrics ["a",null] is not a list of strings`},
		{fact("orders", "EXCUSED", `,"metrics":["a",""]`), Invalid, `metrics[1] is missing or empty`},
		{fact("orders", "EXCUSED", `,"metrics":["`+long+`"]`), Invalid, `metrics[0] "` + long[:64] + `"... is longer than 1024 bytes`},
		{fact("orders", "EXCUSED", `,"metrics":["a"`+strings.Repeat(`,"a"`, 16)+`]`), Invalid, `metrics has more than 16 names`},
		{fact("orders", "EXCUSED", `,"metrics":["\ud800"]`), Invalid, `metrics "\ud800" has half a surrogate pair`},
		{fact("orders", "EXCUSED", `,"excused":"no"`), Invalid, `excused "no" is not a boolean`},
		{fact("claims", "OPENED", `,"claim_id":"C","reason":"OUT_OF_STOCK"`), Invalid, `reason "OUT_OF_STOCK" is unknown`},
		{fact("returns", "REQUESTED", `,"return_id":"R","reason":""`), Invalid, `reason "" is unknown`},
		{fact("orders", "AMENDED", ``), Invalid, `ship_by or deliver_by is missing`},
		{fact("orders", "CANCELLED", `,"cancelled_by":"SELLER"`), Invalid, `reason is missing`},
		{fact("shipments", "SCANNED", ``), Invalid, `shipment_id is missing`},
		{fact("shipments", "SCANNED", `,"shipment_id":4`), Invalid, `shipment_id 4 is not a string`},
		{fact("shipments", "TRACKING_UPDATED", `,"shipment_id":"P","carrier":"ups"`), Invalid, `tracking_id is missing`},
		{fact("feedback", "LEFT", `,"feedback_id":"F"`), Invalid, `rating is missing`},
		{fact("feedback", "LEFT", `,"feedback_id":"F","rating":6`), Invalid, `rating 6 is outside 1 to 5`},
		{fact("feedback", "LEFT", `,"feedback_id":"F","rating":0`), Invalid, `rating 0 is outside 1 to 5`},
		{fact("feedback", "LEFT", `,"feedback_id":"F","rating":4.5`), Invalid, `rating 4.5 is not a whole number of 32 bits`},
		{fact("feedback", "LEFT", `,"feedback_id":"F","rating":7.0`), Invalid, `rating 7 is outside 1 to 5`},
		{fact("feedback", "LEFT", `,"feedback_id":"F","rating":1e10`), Invalid, `rating 1e10 is not a whole number of 32 bits`},
		{fact("feedback", "LEFT", `,"feedback_id":"F","rating":1e999`), Invalid, `rating 1e999 is not a whole number of 32 bits`},
		{fact("feedback", "LEFT", `,"feedback_id":"F","rating":1e-999`), Invalid, `rating 1e-999 is not a whole number of 32 bits`},
		{fact("feedback", "LEFT", `,"feedback_id":"F","rating":5.00000000000000001`), Invalid, `rating 5.00000000000000001 is not a whole number of 32 bits`},
		{fact("feedback", "LEFT", `,"feedback_id":"F","rating":true`), Invalid, `rating true is not a whole number of 32 bits`},
		{fact("feedback", "LEFT", `,"feedback_id":"F","rating":"5"`), Invalid, `rating "5" is not a whole number of 32 bits`},
		{fact("chargebacks", "OPENED", `,"chargeback_id":"B","category":"OTHER"`), Invalid, `category "OTHER" is unknown`},
		{fact("returns", "FEEDBACK", `,"return_id":"R"`), Invalid, `negative is missing`},
		{fact("returns", "ANSWERED", `,"return_id":"R"`), Invalid, `answer is missing`},
	} {
		var e Event
		err := ParseLine([]byte(c.line), &e)
		var fault *Error
		if !errors.As(err, &fault) {
			t.Errorf("%.100s: got %v, want an *Error", c.line, err)
			continue
		}
		if fault.Reason != c.reason || fault.Error() != c.want {
			t.Errorf("%.100s:\ngot  %s: %s\nwant %s: %s", c.line, fault.Reason, fault, c.reason, c.want)
		}
	}
}

func TestParseLineAccepts(t *testing.T) {
	for name, line := range map[string]string{
		"white space":                " {\t\"topic\" : \"orders\" ,\r\n" + placed + " } \r\n",
		"unknown fields":             `{"topic":"orders","x":{"a":[1,-0.5e+3,true,{}]},` + placed + `}`,
		"fields of other kinds":      `{"topic":"orders","cancelled_by":7,"reason":"NONE","rating":"x",` + placed + `}`,
		"another topic's part":       `{"topic":"orders","claim_id":7,` + placed + `}`,
		"nulls":                      `{"topic":"orders","ship_by":null,"items":null,"pending":null,` + placed + `}`,
		"no site":                    `{"topic":"orders","marketplace":"","ship_country":null,` + placed + `}`,
		"escapes":                    `{"topic":"orders",` + strings.ReplaceAll(placed, `"S1"`, `"\u0053\u0031"`) + `}`,
		"an offset and microseconds": `{"topic":"orders",` + strings.ReplaceAll(placed, "03:04:05Z", "05:04:05.000999+02:00") + `}`,
		"the topic at the end":       `{` + placed + `,"topic":"orders"}`,
		"a byte order mark":          "\uFEFF{\"topic\":\"orders\"," + placed + "}",
		"a mark and white space":     "\uFEFF \r\n{\"topic\":\"orders\"," + placed + "}\n",
		"escaped names":              `{"\u0074opic":"orders",` + strings.ReplaceAll(placed, `"kind"`, `"\u006bind"`) + `}`,
		"small letters in times":     `{"topic":"orders",` + strings.NewReplacer("02T03", "02t03", "05Z", "05z").Replace(placed) + `}`,
		"unknown fields twice":       `{"topic":"orders","x":1,"x":2,` + placed + `}`,
	} {
		want := `{` + strings.ReplaceAll(placed, "05Z", "05.000Z") + `,"pending":false,"items":[]}`
		if got := string(AppendJSON(nil, mustParse(t, line), false)); got != want {
			t.Errorf("%s:\ngot  %s\nwant %s", name, got, want)
		}
	}
}

// What an EXCUSED does not say: it is of all metrics, and it excuses.
func TestExcusedByDefault(t *testing.T) {
	const excused = `{"topic":"orders","kind":"EXCUSED","event_id":"e","occurred_at":"2026-01-02T03:04:05Z","seller_id":"S","order_id":"O"`
	for _, rest := range []string{``, `,"metrics":null,"excused":null`, `,"metrics":[]`, `,"excused":true`} {
		if e := mustParse(t, excused+rest+`}`); !e.Excused || len(e.Metrics) > 0 {
			t.Errorf("%s: excused %v, of %q", rest, e.Excused, e.Metrics)
		}
	}
	if e := mustParse(t, excused+`,"metrics":["b","a","a"],"excused":false}`); e.Excused || fmt.Sprint(e.Metrics) != "[b a a]" {
		t.Errorf("excused %v, of %q", e.Excused, e.Metrics)
	}
	for _, kind := range []string{"REOPENED", "GRANTED"} {
		if e := mustParse(t, `{"topic":"claims","kind":"`+kind+`","event_id":"e","occurred_at":"2026-01-02T03:04:05Z","seller_id":"S","order_id":"O","claim_id":"C","reason":"?"}`); e.BuyerReason != 0 {
			t.Errorf("%s has the reason %v", kind, e.BuyerReason)
		}
	}
}

func TestWholeNumbersHoweverWritten(t *testing.T) {
	for source, want := range map[string]int32{
		"5": 5, "9": 9, "-9": -9, "5.0": 5, "5.0000000000000": 5, "5.000": 5, "1e0": 1, "0.3e1": 3, "30E-1": 3, "2e+0": 2, "1e3": 1000, "-0.0": 0, "0e0": 0, "2147483647": 1<<31 - 1, "-2147483648.0": -1 << 31,
	} {
		if got, ok := parseNumber(source); !ok || got != want {
			t.Errorf("%s is read as %d, %t; want %d", source, got, ok, want)
		}
	}
	for _, source := range []string{"1.5", "5.00000000000000", "2147483648", "2147483648.0", "-1e400", "1e400", "1e-400", "0.1", "1.00000000000001", "4.99999999999999999", "true", "null", `"5"`} {
		if got, ok := parseNumber(source); ok {
			t.Errorf("%s is read as %d", source, got)
		}
	}
}

// What stands before the object of a topic's value, or after it, does not matter as long as it is nothing.
func TestDecodeAcceptsWhatStandsAround(t *testing.T) {
	decoder := NewDecoder(DecoderOptions{})
	for _, c := range [][2]string{{"", ""}, {" ", "\n"}, {"\n\t\r ", " \r\n\t"}, {"\uFEFF", ""}, {"\uFEFF\n ", "\n"}} {
		var e Event
		if err := decoder.Decode(Orders, []byte(c[0]+"{"+placed+"}"+c[1]), &e); err != nil || e.EventID != "e1" {
			t.Errorf("%q and %q around it: event %q, %v", c[0], c[1], e.EventID, err)
		}
	}
}

func TestDecodeRefuses(t *testing.T) {
	avroOf := func(i int) []byte { return Encoder{}.AppendAvro(nil, mustParse(t, examples[i])) }
	decoder := NewDecoder(DecoderOptions{MaxBytes: 2000})
	for _, c := range []struct {
		name  string
		topic Topic
		value []byte
		want  string
	}{
		{"null", Orders, nil, "the value is null"},
		{"empty", Orders, []byte{}, "the value is empty"},
		{"garbage", Orders, []byte("garbage"), "the value begins with byte 0x67: neither avro nor a JSON object"},
		{"white space alone", Orders, []byte(" \n"), "the value begins with byte 0x20: neither avro nor a JSON object"},
		{"a mark alone", Orders, []byte("\uFEFF"), "the value begins with byte 0xef: neither avro nor a JSON object"},
		{"a JSON array", Orders, []byte("[{}]"), "the value begins with byte 0x5b: neither avro nor a JSON object"},
		{"JSON within JSON", Orders, []byte(`"{}"`), "the value begins with byte 0x22: neither avro nor a JSON object"},
		{"avro after white space", Orders, append([]byte(" "), avroOf(0)...), "the value begins with byte 0x20: neither avro nor a JSON object"},
		{"too long", Orders, make([]byte, 2001), "the value has 2001 bytes, more than 2000"},
		{"half a header", Orders, []byte{0xC3, 1, 2}, "the value begins with byte 0xc3 without a header of avro single-object encoding"},
		{"half a confluent header", Orders, []byte{0, 0, 0}, "the value ends within the header of the confluent wire format"},
		{"a confluent header alone", Orders, []byte{0, 0, 0, 0, 9}, "schema id 9: no schema registry is known: name it with --schema-registry"},
		{"no registry", Orders, []byte{0, 0, 0, 0, 9, 1}, "schema id 9: no schema registry is known: name it with --schema-registry"},
		{"another topic's schema", Claims, avroOf(0), "topic claims has no schema of fingerprint"},
		{"left over", Orders, append(avroOf(0), 0), "read avro: 1 bytes are left over"},
		{"cut off", Orders, avroOf(0)[:40], "read avro: "},
	} {
		var e Event
		err := decoder.Decode(c.topic, c.value, &e)
		var fault *Error
		if !errors.As(err, &fault) || fault.Reason != Undecodable || !strings.HasPrefix(fault.Error(), c.want) {
			t.Errorf("%s: got %v, want %s", c.name, err, c.want)
		}
	}
}
