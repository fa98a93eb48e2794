package mapping

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"sellerpulse/pkg/events"
)

// parsed reads a mapping file of one source.
func parsed(t testing.TB, text string, o Options) *Source {
	t.Helper()
	m, err := Parse(File{Name: "m.yaml", Text: []byte(text)}, o)
	if err != nil {
		t.Fatal(err)
	}
	return m.Sources[0]
}

// lines are what a record becomes, as lines of JSON with their keys.
func lines(t testing.TB, s *Source, r *Record) (string, error) {
	t.Helper()
	messages, err := s.NewRunner(events.Encoder{}).Map(r, nil)
	var b strings.Builder
	decoder := events.NewDecoder(events.DecoderOptions{})
	for i := range messages {
		var e events.Event
		if err := decoder.Decode(messages[i].Topic, messages[i].Value, &e); err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&b, "%s %s\n", messages[i].Key, events.AppendJSON(nil, &e, true))
	}
	return b.String(), err
}

const shop = `
mapping: shop
constants: {seller: S1, zone: America/New_York}
tables:
  lines:
    rows: {A-1: toys}
sources:
  - topics: [shop.orders]
    events: |
      select(.kind == "order") | .items as $items
      | {topic: "orders", kind: "PLACED", seller_id: $seller, order_id: .id, occurred_at: (.at | seconds), order_date: (.at | seconds), channel: "MFN",
         ship_by: (.at | seconds | plus_business_days(2; $zone) | end_of_day($zone)), deliver_by: .promise,
         items: [$items[] | {item_id: .id, product_line: (.sku | lookup("lines"; "other")), quantity: .n}]},
        (select(.cancelled) | {topic: "orders", kind: "CANCELLED", event_id: "x\($record.partition)@\($record.offset)", seller_id: $seller, order_id: .id, occurred_at: ($record.timestamp | millis),
         cancelled_by: "BUYER", reason: "BUYER_REQUEST", requested_by_buyer: true})
`

func TestARecordBecomesEvents(t *testing.T) {
	s := parsed(t, shop, Options{})
	got, err := lines(t, s, &Record{Partition: 3, Offset: 17, Timestamp: 1767400000123, Value: []byte(`{"kind":"order","id":"O1","at":1767326645,"promise":null,"cancelled":true,"items":[{"id":"1","sku":"A-1","n":2},{"id":"2","sku":"B","n":1}]}`)})
	want := `S1 {"topic":"orders","kind":"PLACED","event_id":"ID","occurred_at":"2026-01-02T04:04:05.000Z","seller_id":"S1","order_id":"O1","order_date":"2026-01-02T04:04:05.000Z","channel":"MFN","pending":false,"items":[{"item_id":"1","product_line":"toys","quantity":2},{"item_id":"2","product_line":"other","quantity":1}],"ship_by":"2026-01-06T04:59:59.999Z"}
S1 {"topic":"orders","kind":"CANCELLED","event_id":"x3@17","occurred_at":"2026-01-03T00:26:40.123Z","seller_id":"S1","order_id":"O1","cancelled_by":"BUYER","requested_by_buyer":true,"reason":"BUYER_REQUEST"}
`
	_, rest, _ := strings.Cut(got, `"event_id":"`)
	id, _, _ := strings.Cut(rest, `"`)
	if got = strings.Replace(got, id, "ID", 1); err != nil || len(id) != 24 || got != want {
		t.Errorf("id %s, %v\n%s\nwant\n%s", id, err, got, want)
	}
	for _, none := range []string{`{"kind":"other"}`, `{}`} {
		if got, err := lines(t, s, &Record{Value: []byte(none)}); got != "" || err != nil {
			t.Errorf("%s becomes %s, %v; want nothing", none, got, err)
		}
	}
	if got, err := lines(t, s, &Record{}); got != "" || err != nil {
		t.Errorf("null becomes %s, %v; want nothing", got, err)
	}
}

func TestWhatCannotBeMappedSaysWhy(t *testing.T) {
	for _, c := range []struct {
		events, value string
		reason        events.DeadLetterReason
		problem       string
	}{
		{`.`, `{"a`, events.Undecodable, "read JSON: byte 3: a string ends early"},
		{`.`, "\x00\x00\x00\x00\x01", events.Undecodable, "use `form: avro`"},
		{`.a.b`, `{"a":"x"}`, events.Invalid, "the program fails: expected an object but got: string"},
		{`.a`, `{"a":"x"}`, events.Invalid, `the program makes "x", which is no event`},
		{`{topic: "orders"}`, `{}`, events.Invalid, "the program makes an event that is not right"},
		{`now`, `{}`, events.Invalid, "use $record.timestamp"},
		{`def f: f; f`, `{}`, events.Invalid, "the program took more than 2000000 steps"},
		{`range(1000000) | {topic:"feedback",kind:"REMOVED",event_id:"e",occurred_at:"2026-01-02T03:04:05Z",seller_id:"S",order_id:"O",feedback_id:"F"}`, `{}`, events.Invalid, "more than 10000 events"},
		{`.t | instant | {}`, `{"t":"2026-01-02"}`, events.Invalid, "does not say its zone"},
		{`.t | lookup("x")`, `{"t":"2026-01-02"}`, events.Invalid, `there is no table "x"`},
	} {
		s := parsed(t, "mapping: m\nsources:\n  - topics: t\n    events: |\n      "+c.events+"\n", Options{})
		got, err := lines(t, s, &Record{Value: []byte(c.value)})
		refused, ok := errors.AsType[*Error](err)
		if !ok || refused.Reason != c.reason || !strings.Contains(err.Error(), c.problem) || got != "" {
			t.Errorf("%s of %q: %v, %s; want %q", c.events, c.value, err, got, c.problem)
		}
	}
}

func TestMappingFilesThatAreWrong(t *testing.T) {
	for text, problem := range map[string]string{
		"sources: []":                         "m.yaml:1: `mapping:` is to be",
		"mapping: m":                          "m.yaml:1: `sources:` is to be a list",
		"mapping: m\nsorces: []":              "m.yaml:2: unknown key \"sorces\"; did you mean sources?",
		"mapping: m\nsources:\n  - topics: t": "m.yaml:3: `events:` is to be",
		"mapping: m\nsources:\n  - topics: t\n    events: .\n    key: sku":                             "m.yaml:5: key \"sku\": use seller_id",
		"mapping: m\nsources:\n  - topics: t\n    events: .\n    key: seller_id\n    into: sales":      "m.yaml:6: into \"sales\"",
		"mapping: m\nsources:\n  - topics: t\n    form: xml\n    events: .":                            "m.yaml:4: form \"xml\"",
		"mapping: m\nsources:\n  - pattern: '('\n    events: .":                                        "m.yaml:3: pattern \"(\"",
		"mapping: m\nsources:\n  - topics: t\n    events: |\n      .a\n      | {b:\n      ]":           "m.yaml:7: events: unexpected token",
		"mapping: m\nsources:\n  - topics: t\n    events: '. | $sellr'":                                "variable not defined: $sellr",
		"mapping: m\ndefinitions: |\n  def a: 1;\n  def b: ];\nsources:\n  - topics: t\n    events: a": "m.yaml:4: definitions: unexpected token",
		"mapping: m\nenvironment: [SHOP]\nsources:\n  - topics: t\n    events: env.SHOP":               "no variable SHOP",
		"mapping: m\nconstants: {record: 1}\nsources:\n  - topics: t\n    events: .":                   "cannot be the name of a constant",
		"mapping: m\nsources:\n  - topics: t\n    form: csv\n    encoding: klingon\n    events: .":     "m.yaml:5: encoding: no encoding",
		"mapping: m\nsources:\n  - use: other\n    topics: t":                                          "m.yaml:3: use \"other\"",
	} {
		if _, err := Parse(File{Name: "m.yaml", Text: []byte(text)}, Options{}); err == nil || !strings.Contains(err.Error(), problem) {
			t.Errorf("%q: error %v, want %q", text, err, problem)
		}
	}
	if _, err := Parse(File{Name: "m.yaml", Text: []byte(shop)}, Options{Set: map[string]string{"seler": "S2"}}); err == nil || !strings.Contains(err.Error(), `no constant "seler" to set; did you mean seller?`) {
		t.Errorf("error %v, want that there is no such constant", err)
	}
}

func TestAMappingUsesAnother(t *testing.T) {
	other := func(name string) (File, error) { return File{Name: name, Text: []byte(shop)}, nil }
	s := parsed(t, "mapping: mine\nsources:\n  - use: shop\n    topics: [a, b]\n    start: latest\n    constants: {seller: S9}", Options{Mapping: other})
	got, err := lines(t, s, &Record{Value: []byte(`{"kind":"order","id":"O1","at":1767326645,"items":[]}`)})
	if err != nil || !strings.HasPrefix(got, "S9 ") || !s.Latest || fmt.Sprint(s.Topics) != "[a b]" {
		t.Errorf("%q, %v, %+v; want an event of S9", got, err, s)
	}
}

func TestRepartitionLeavesEventsAsTheyAre(t *testing.T) {
	s := parsed(t, "mapping: m\nsources:\n  - topics: t\n    events: .\n    key: seller_id\n    into: feedback", Options{})
	value := []byte(`{"kind":"LEFT","event_id":"e1","occurred_at":"2026-01-02T03:04:05Z","seller_id":"S7","order_id":"O1","feedback_id":"F1","rating":1}`)
	got, err := s.NewRunner(events.Encoder{}).Map(&Record{Key: []byte("O1"), Value: value, Headers: []Header{{"a", []byte("b")}}}, nil)
	if err != nil || len(got) != 1 || string(got[0].Key) != "S7" || string(got[0].Value) != string(value) || got[0].Topic != events.Feedback || fmt.Sprint(got[0].Headers) != "[{a [98]}]" {
		t.Errorf("%+v, %v", got, err)
	}
	if _, err := s.NewRunner(events.Encoder{}).Map(&Record{Value: []byte(`{"kind":"LEFT"}`)}, nil); err == nil || !strings.Contains(err.Error(), "is missing") {
		t.Errorf("error %v, want what is missing", err)
	}
}
