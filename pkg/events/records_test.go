package events

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/linkedin/goavro/v2"

	"sellerpulse/internal/avro"
	"sellerpulse/schemas"
)

// recordsOf decodes all records of a writer's schema, up to the first error of the bytes themselves, into lines and errors.
func recordsOf(t *testing.T, schema string, body []byte) (lines []string) {
	t.Helper()
	d, err := NewRecordDecoder(schema)
	if err != nil {
		t.Fatal(err)
	}
	r := avro.NewReader(body)
	var e Event
	for r.Len() > 0 {
		ahead := r
		d.Skip(&ahead)
		if err := d.Decode(&r, &e); err != nil {
			lines = append(lines, err.Error())
		} else {
			lines = append(lines, string(AppendJSON(nil, &e, true)))
		}
		if ahead.Len() != r.Len() {
			t.Fatalf("%d bytes are left after a record was decoded, %d after it was skipped", r.Len(), ahead.Len())
		}
	}
	return lines
}

// The schema of files holds every field of every kind, and gives each event back.
func TestRecordsOfFilesAreTheSame(t *testing.T) {
	var body []byte
	for _, line := range examples {
		body = AppendRecord(body, mustParse(t, line))
	}
	got := recordsOf(t, schemas.Text("event"), body)
	if strings.Join(got, "\n") != strings.Join(examples, "\n") {
		t.Errorf("got  %s\nwant %s", strings.Join(got, "\n     "), strings.Join(examples, "\n     "))
	}
}

// What is written by the schema of files the library reads whole.
func TestGenericCodecReadsRecordsOfFiles(t *testing.T) {
	codec, err := goavro.NewCodec(schemas.Text("event"))
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range examples {
		e := mustParse(t, line)
		native, rest, err := codec.NativeFromBinary(AppendRecord(nil, e))
		if err != nil || len(rest) > 0 {
			t.Errorf("%s: %v, %d bytes left", line, err, len(rest))
			continue
		}
		record := native.(map[string]any)
		if record["topic"] != e.Topic.String() || record["kind"] != e.Kind.String() || record["order_id"] != e.OrderID {
			t.Errorf("%s: read as %v", line, record)
		}
	}
}

// Files of a topic's own schema, and of a union of several, are read too.
func TestRecordsOfOurSchemas(t *testing.T) {
	var union []string
	var together []byte
	branch := map[Topic]int{}
	for _, topic := range []Topic{Returns, Orders, Feedback} {
		branch[topic] = len(union)
		union = append(union, schemas.Text(topic.String()))
	}
	var want []string
	for _, line := range examples {
		e := mustParse(t, line)
		body := Encoder{}.AppendAvro(nil, e)[avro.HeaderSize:]
		if got := recordsOf(t, schemas.Text(e.Topic.String()), body); fmt.Sprint(got) != fmt.Sprint([]string{line}) {
			t.Errorf("got  %s\nwant %s", got, line)
		}
		if i, ok := branch[e.Topic]; ok {
			together, want = append(avro.AppendBranch(together, i), body...), append(want, line)
		}
	}
	if got := recordsOf(t, "["+strings.Join(union, ",")+"]", together); strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// strange is a schema of records that tell their topic, in another order and by other types than ours.
const strange = `{"type":"record","name":"topLevelRecord","fields":[
	{"name":"price","type":["double","null"]},
	{"name":"seller_id","type":["string","null"]},{"name":"kind","type":["string","null"]},
	{"name":"topic","type":[%s,"null"]},
	{"name":"event_id","type":["string","null"]},{"name":"order_id","type":["string","null"]},
	{"name":"occurred_at","type":[{"type":"long","logicalType":"timestamp-micros"},"null"]},
	{"name":"feedback_id","type":["string","null"]},{"name":"rating","type":["int","null"]}
]}`

func strangeRecord(topic func([]byte) []byte, rating int64) (body []byte) {
	text := func(v string) { body = avro.AppendString(avro.AppendBranch(body, 0), v) }
	body = avro.AppendDouble(avro.AppendBranch(body, 0), 1.5)
	text("S1")
	text("LEFT")
	body = topic(body)
	text("e1")
	text("O1")
	body = avro.AppendLong(avro.AppendBranch(body, 0), 1_767_323_045_000_999)
	text("F1")
	return avro.AppendLong(avro.AppendBranch(body, 0), rating)
}

// A record says its topic by a field, whatever its schema is called; one that is wrong does not hide those after it.
func TestRecordsThatTellTheirTopic(t *testing.T) {
	const line = `{"topic":"feedback","kind":"LEFT","event_id":"e1","occurred_at":"2026-01-02T03:04:05.000Z","seller_id":"S1","order_id":"O1","feedback_id":"F1","rating":1}`
	text := func(name string) func([]byte) []byte {
		return func(b []byte) []byte { return avro.AppendString(avro.AppendBranch(b, 0), name) }
	}
	null := func(b []byte) []byte { return avro.AppendBranch(b, 1) }
	symbol := func(i int) func([]byte) []byte {
		return func(b []byte) []byte { return avro.AppendEnum(avro.AppendBranch(b, 0), i) }
	}
	const enum = `{"type":"enum","name":"T","symbols":["news","feedback"]}`
	for name, c := range map[string]struct {
		schema string
		topic  func([]byte) []byte
		want   string
	}{
		"text":         {`"string"`, text("feedback"), line},
		"bytes":        {`"bytes"`, text("feedback"), line},
		"enum":         {enum, symbol(1), line},
		"unknown":      {`"string"`, text("news"), `topic "news" is none of the input topics`},
		"unknown enum": {enum, symbol(0), `topic "news" is none of the input topics`},
		"another":      {`"string"`, text("orders"), `kind "LEFT" is not a kind of topic orders`},
		"null":         {`"string"`, null, "topic is missing"},
		"empty":        {`"string"`, text(""), "topic is missing"},
		"no text":      {`"long"`, func(b []byte) []byte { return avro.AppendLong(avro.AppendBranch(b, 0), 4) }, "topic of type long is not a known text"},
	} {
		body := append(strangeRecord(c.topic, 1), strangeRecord(c.topic, 1)...)
		if got := recordsOf(t, fmt.Sprintf(strange, c.schema), body); fmt.Sprint(got) != fmt.Sprint([]string{c.want, c.want}) {
			t.Errorf("%s: got %s, want twice %s", name, got, c.want)
		}
	}
	body := append(strangeRecord(text("feedback"), 7), strangeRecord(text("feedback"), 1)...)
	if got := recordsOf(t, fmt.Sprintf(strange, `"string"`), body); fmt.Sprint(got) != fmt.Sprint([]string{"rating 7 is outside 1 to 5", line}) {
		t.Errorf("a wrong rating: got %s", got)
	}
}

func TestSchemasOfFilesThatAreNoEvents(t *testing.T) {
	for schema, want := range map[string]string{
		"{": "",
		`{"type":"record","name":"x.Order","fields":[{"name":"order_id","type":"string"}]}`: `the schema "x.Order" has no field topic, and is none of sellerpulse.Chargeback, sellerpulse.Claim, sellerpulse.Feedback, sellerpulse.Order, sellerpulse.Return, sellerpulse.Shipment: add the field`,
		`"string"`:                  `the schema "string" is no record's: write records, each with a field topic`,
		`["null","string"]`:         `the schema "null" is no record's: write records, each with a field topic`,
		schemas.Text("alerts"):      `the schema "sellerpulse.Alert" has no field topic`,
		"[" + manyRecords(65) + "]": "the schema is a union of 65, more than 64",
	} {
		if _, err := NewRecordDecoder(schema); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%.60s: got %v, want %s", schema, err, want)
		}
	}
}

func manyRecords(n int) string {
	var list []string
	for i := range n {
		list = append(list, fmt.Sprintf(`{"type":"record","name":"R%d","fields":[{"name":"topic","type":"string"}]}`, i))
	}
	return strings.Join(list, ",")
}

// Where one branch of a union is an event, records of the others are refused each by itself. A branch may be a name that another one defines.
func TestUnionsOfEventsAndOthers(t *testing.T) {
	schema := `["null",{"type":"record","name":"Pair","fields":[{"name":"event","type":` + schemas.Text("claims") + `}]},"sellerpulse.Claim"]`
	e := mustParse(t, examples[13])
	claim := Encoder{}.AppendAvro(nil, e)[avro.HeaderSize:]
	body := avro.AppendBranch(nil, 0)
	body = append(avro.AppendBranch(body, 2), claim...)
	body = append(avro.AppendBranch(body, 1), claim...)
	body = append(avro.AppendBranch(body, 2), claim...)
	body = avro.AppendBranch(body, 3)
	want := []string{`the schema "null" is no record's: write records, each with a field topic`, examples[13], `the schema "Pair" has no field topic`, examples[13], "read avro: a union has no branch 3"}
	got := recordsOf(t, schema, body)
	if len(got) != len(want) {
		t.Fatalf("got %q", got)
	}
	for i := range want {
		if !strings.HasPrefix(got[i], want[i]) {
			t.Errorf("record %d: got %s, want %s", i, got[i], want[i])
		}
	}
}

// FuzzDecodeRecords: whatever the bytes are, nothing panics, errors are *Errors, and skipping a record ends where decoding it does.
func FuzzDecodeRecords(f *testing.F) {
	var decoders []*RecordDecoder
	for _, schema := range []string{schemas.Text("event"), schemas.Text("orders"), fmt.Sprintf(strange, `"string"`), "[" + schemas.Text("returns") + "," + schemas.Text("claims") + "]"} {
		d, err := NewRecordDecoder(schema)
		if err != nil {
			f.Fatal(err)
		}
		decoders = append(decoders, d)
	}
	for _, line := range examples {
		e := mustParse(f, line)
		f.Add(uint8(0), AppendRecord(nil, e))
		f.Add(uint8(1), Encoder{}.AppendAvro(nil, e)[avro.HeaderSize:])
	}
	f.Fuzz(func(t *testing.T, number uint8, body []byte) {
		d := decoders[int(number)%len(decoders)]
		r := avro.NewReader(body)
		var e Event
		for r.Len() > 0 {
			ahead := r
			d.Skip(&ahead)
			err := d.Decode(&r, &e)
			var fault *Error
			if err != nil && !errors.As(err, &fault) {
				t.Fatalf("got %v, want an *Error", err)
			}
			if (ahead.Err() == nil) != (r.Err() == nil) || ahead.Len() != r.Len() {
				t.Fatalf("%d bytes are left after decoding, %v; %d after skipping, %v", r.Len(), r.Err(), ahead.Len(), ahead.Err())
			}
			if err == nil && Validate(&e) != nil {
				t.Fatalf("%+v is not valid", e)
			}
		}
	})
}

// The schema of files has the fields of a line of JSON, in their order.
func TestSchemaOfFilesHasAllFields(t *testing.T) {
	schema, err := parseSchema(schemas.Text("event"))
	if err != nil {
		t.Fatal(err)
	}
	var got, want []string
	for _, f := range schema.Fields {
		got = append(got, f.Name)
	}
	want = append(want, "topic")
	for f := range fieldPartID {
		want = append(want, f.String())
	}
	want = append(want, partNames[Shipments:]...)
	for f := fieldOrderDate; f < fieldTopic; f++ {
		want = append(want, f.String())
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
}
