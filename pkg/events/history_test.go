package events

import (
	"bytes"
	"testing"

	"sellerpulse/internal/avro"
	"sellerpulse/schemas"
)

// What producers wrote before there were EXCUSED, sites and reasons reads the same: those schemas lack the last fields, which are null now.
func TestFormerSchemasAreRead(t *testing.T) {
	fields := map[Topic]int{Orders: 4, Claims: 1, Returns: 1}
	decoder := NewDecoder(DecoderOptions{})
	var e Event
	read := 0
	for _, line := range examples {
		written := mustParse(t, line)
		topic := written.Topic
		nulls := make([]byte, fields[topic])
		body, former := bytes.CutSuffix(Encoder{}.AppendAvro(nil, written)[avro.HeaderSize:], nulls)
		if !former || len(nulls) == 0 || written.BuyerReason != 0 {
			continue
		}
		read++
		version := schemas.Versions(topic.String())[1]
		if err := decoder.Decode(topic, append(avro.AppendHeader(nil, version.Fingerprint), body...), &e); err != nil {
			t.Errorf("decode %s: %v", line, err)
		} else if got := string(AppendJSON(nil, &e, true)); got != line {
			t.Errorf("got  %s\nwant %s", got, line)
		}
	}
	if read < 10 {
		t.Errorf("%d events were read", read)
	}
}

// A writer's schema may have a list of metrics of bytes; one of anything else is refused, but not where the kind has none.
func TestMetricsOfStrangers(t *testing.T) {
	const schema = `{"type":"record","name":"sellerpulse.Order","fields":[{"name":"kind","type":"string"},{"name":"event_id","type":"string"},
		{"name":"occurred_at","type":"long"},{"name":"seller_id","type":"string"},{"name":"order_id","type":"string"},
		{"name":"metrics","type":{"type":"array","items":`
	body := func(kind string, names int) []byte {
		b := avro.AppendString(avro.AppendString(nil, kind), "e")
		b = avro.AppendString(avro.AppendString(avro.AppendLong(b, 5), "S"), "O")
		if names > 0 {
			b = avro.AppendBlock(b, names)
		}
		for range names {
			b = avro.AppendString(b, "m")
		}
		return avro.AppendEnd(b)
	}
	for _, c := range []struct {
		elements, kind string
		names          int
		want           string
	}{
		{`"bytes"`, "EXCUSED", 2, `{"topic":"orders","kind":"EXCUSED","event_id":"e","occurred_at":"1970-01-01T00:00:00.005Z","seller_id":"S","order_id":"O","metrics":["m","m"],"excused":true}`},
		{`"string"`, "EXCUSED", 17, "metrics has more than 16 names"},
		{`"string"`, "REFUNDED", 17, `{"topic":"orders","kind":"REFUNDED","event_id":"e","occurred_at":"1970-01-01T00:00:00.005Z","seller_id":"S","order_id":"O"}`},
		{`"long"`, "EXCUSED", 0, "metrics of type array is not a list of strings"},
		{`"long"`, "REFUNDED", 0, `{"topic":"orders","kind":"REFUNDED","event_id":"e","occurred_at":"1970-01-01T00:00:00.005Z","seller_id":"S","order_id":"O"}`},
	} {
		if got := recordsOf(t, schema+c.elements+`}}]}`, body(c.kind, c.names)); len(got) != 1 || got[0] != c.want {
			t.Errorf("%s of %d %s: got %q, want %s", c.kind, c.names, c.elements, got, c.want)
		}
	}
}
