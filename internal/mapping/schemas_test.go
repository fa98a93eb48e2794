package mapping

import (
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/twmb/avro"

	"sellerpulse/pkg/events"
)

// change is a change of a row, as Debezium's Avro has it, with a decimal and an instant of Connect.
const change = `{"type":"record","name":"shop.orders.Envelope","fields":[
	{"name":"before","type":["null",{"type":"record","name":"Value","fields":[
		{"name":"id","type":{"type":"bytes","logicalType":"decimal","precision":20,"scale":0}},
		{"name":"at","type":{"type":"long","connect.name":"io.debezium.time.MicroTimestamp"}}]}]},
	{"name":"after","type":["null","Value"]},{"name":"op","type":"string"}]}`

// behind is a value as a serializer writes it, behind a zero byte and the id of its schema.
func behind(t testing.TB, id uint32, text string, v any) []byte {
	t.Helper()
	body, err := avro.MustParse(text).Encode(v)
	if err != nil {
		t.Fatal(err)
	}
	return append(binary.BigEndian.AppendUint32([]byte{0}, id), body...)
}

// registry gives schemas by their ids, and counts how often it is asked.
type registry struct {
	mutex sync.Mutex
	texts map[uint32]string
	asked int
}

var errAway = errors.New("away")

func (r *registry) schema(id uint32) (string, error) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	r.asked++
	text, ok := r.texts[id]
	switch {
	case ok:
		return text, nil
	case id == 404:
		return "", events.ErrUnknownSchema
	case id == 415:
		return "", fmt.Errorf("%w: it is one of Protobuf", events.ErrForeignSchema)
	}
	return "", errAway
}

const changes = `mapping: m
sources:
  - topics: t
    form: debezium
    key_form: avro
    events: |
      {topic: "feedback", kind: "REMOVED", event_id: "e", seller_id: $record.key.shop, order_id: (.after.id | tostring), feedback_id: "F", occurred_at: (.after.at | micros)}
`

const key = `{"type":"record","name":"shop.orders.Key","fields":[{"name":"shop","type":"string"}]}`

func TestAvroByItsWritersSchema(t *testing.T) {
	r := &registry{texts: map[uint32]string{1: change, 2: key, 3: `"string"`, 4: `{}`}}
	s := parsed(t, changes, Options{Schema: r.schema})
	row := map[string]any{"id": "12345678901234567890", "at": int64(1_767_323_045_000_001)}
	inserted := behind(t, 1, change, map[string]any{"after": row, "op": "c", "before": nil})
	shop := behind(t, 2, key, map[string]any{"shop": "S1"})
	want := `S1 {"topic":"feedback","kind":"REMOVED","event_id":"e","occurred_at":"2026-01-02T03:04:05.000Z","seller_id":"S1","order_id":"12345678901234567890","feedback_id":"F"}` + "\n"
	for range 3 {
		if got, err := lines(t, s, &Record{Key: shop, Value: inserted}); err != nil || got != want {
			t.Fatalf("%s, %v; want %s", got, err, want)
		}
	}
	if r.asked != 2 {
		t.Errorf("the registry was asked %d times for two schemas", r.asked)
	}
	for name, c := range map[string]struct {
		key, value []byte
		problem    string
	}{
		"JSON":           {[]byte(`{"shop":"S1"}`), []byte(`{"op":"c","after":{"id":1,"at":0}}`), ""},
		"no record":      {shop, behind(t, 3, `"string"`, "x"), "it is no change of a row"},
		"cut":            {shop, inserted[:len(inserted)-1], "read Avro of schema 1: op: "},
		"cut in its id":  {shop, inserted[:3], "ends within the id of its schema"},
		"key cut":        {shop[:7], inserted, "the key: read Avro of schema 2: shop: "},
		"unknown":        {shop, []byte("\x00\x00\x00\x01\x94x"), "does not know it"},
		"of another":     {shop, []byte("\x00\x00\x00\x01\x9fx"), "it is one of Protobuf"},
		"not even JSON":  {shop, []byte("x"), "read JSON"},
		"no such schema": {shop, []byte("\x00\x00\x00\x00\x04x"), "read Avro of schema 4: "},
	} {
		_, err := lines(t, s, &Record{Key: c.key, Value: c.value})
		refused, ok := errors.AsType[*Error](err)
		if c.problem == "" && err != nil || c.problem != "" && (!ok || refused.Reason != events.Undecodable || !strings.Contains(err.Error(), c.problem)) {
			t.Errorf("%s: error %v, want %q", name, err, c.problem)
		}
	}
	if _, err := lines(t, s, &Record{Key: shop, Value: []byte("\x00\x00\x00\x00\x09x")}); !errors.Is(err, errAway) || errors.As(err, new(*Error)) {
		t.Errorf("error %v, want the outage alone", err)
	}
	r.texts[404] = change
	inserted[3], inserted[4] = 1, 0x94
	if got, err := lines(t, s, &Record{Key: shop, Value: inserted}); err != nil || got != want {
		t.Errorf("once the id is known it becomes %s, %v", got, err)
	}
	if _, err := lines(t, parsed(t, changes, Options{}), &Record{Value: inserted}); err == nil || !strings.Contains(err.Error(), "--schema-registry") {
		t.Errorf("without a registry: %v", err)
	}
}

// What is kept of a registry has bounds.
func TestSchemasThatAreKept(t *testing.T) {
	s := &schemas{text: func(uint32) (string, error) { return `"string"`, nil }}
	for id := range uint32(maxSchemas + 10) {
		if _, err := s.of(id); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(s.known); n != 10 || s.bytes != 10*len(`"string"`) {
		t.Errorf("%d schemas of %d bytes are kept", n, s.bytes)
	}
	s.keep(1, compiled{}, maxSchemaBytes)
	if n := len(s.known); n != 1 {
		t.Errorf("%d schemas are kept beside one that takes all the room", n-1)
	}
}
