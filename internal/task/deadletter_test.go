package task

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"testing"

	"sellerpulse/internal/deadletter"
	"sellerpulse/internal/engine"
	"sellerpulse/internal/limits"
	"sellerpulse/internal/state"
	"sellerpulse/internal/stream"
	"sellerpulse/pkg/events"
	"sellerpulse/test/enginetest"
)

// A dead letter fits what its topic takes, keeps what there is room for, and says what was cut.
func TestDeadLettersAreCut(t *testing.T) {
	many := func(n, size int) (headers []state.Header) {
		for i := range n {
			headers = append(headers, state.Header{Key: fmt.Sprintf("h%06d", i), Value: enginetest.Noise(size)})
		}
		return headers
	}
	const most = 1_000_000
	for name, test := range map[string]struct {
		key, value []byte
		headers    []state.Header
		most       int
		cut        string // the names of what tells it
		keeps      int    // bytes of key and value at least
	}{
		"whole":                   {enginetest.Noise(20), enginetest.Noise(900_000), many(3, 10), most, "", 900_020},
		"null":                    {nil, nil, nil, limits.DeadLetterRest, "", 0},
		"as much as fits":         {enginetest.Noise(20), enginetest.Noise(most - 2*limits.DeadLetterHeaders), nil, most, "", 900_000},
		"a large value":           {enginetest.Noise(20), enginetest.Noise(4_300_000), many(3, 10), most, "value", most - 3_000},
		"a large key":             {enginetest.Noise(4_300_000), enginetest.Noise(200), nil, most, "key", most - 3_000},
		"large headers":           {enginetest.Noise(20), enginetest.Noise(200), many(10, 1<<20), most, "headers", 220},
		"many headers":            {enginetest.Noise(20), enginetest.Noise(200), many(100_000, 100), most, "headers", 220},
		"a large key and value":   {enginetest.Noise(2_000_000), enginetest.Noise(2_000_000), many(1, 10), most, "value key", most - 3_000},
		"everything large":        {enginetest.Noise(2_000_000), enginetest.Noise(2_000_000), many(10_000, 1000), most, "value key headers", 600_000},
		"a topic for nothing":     {enginetest.Noise(20), enginetest.Noise(20_000), many(3, 10), limits.DeadLetterRest, "value key headers", 0},
		"a topic for very little": {enginetest.Noise(20), enginetest.Noise(200_000), many(1, 10), 4_000, "value", 1_500},
		"the least topic":         {enginetest.Noise(limits.Text), enginetest.Noise(4_300_000), many(1000, 1000), limits.DeadLetter, "value headers", 2 * limits.Text},
	} {
		d := engine.DeadLetter{Message: state.Message{Topic: events.Claims, Offset: 1 << 60, Key: test.key, Value: test.value, Headers: test.headers}, Reason: events.Undecodable, Err: errors.New(strings.Repeat("ü", 100_000))}
		if name == "as much as fits" {
			d.Err = errors.New("small")
		}
		m := DeadLetterMessage(&d, strings.Repeat("t", 249), 1<<30, 0, test.most)
		if n := m.BatchBytes(); n > test.most {
			t.Errorf("%s: %d bytes, more than %d", name, n, test.most)
		}
		if n := len(m.Key) + len(m.Value); n < test.keeps || string(m.Key) != string(d.Key[:len(m.Key)]) || string(m.Value) != string(d.Value[:len(m.Value)]) {
			t.Errorf("%s: %d bytes of key and value are kept, want a beginning of at least %d", name, n, test.keeps)
		}
		checkSaid(t, name, &d, &m, test.cut)
	}
}

// checkSaid demands the headers of a dead letter: as many of the record's as there was room for, the five, then what was cut.
func checkSaid(t *testing.T, name string, d *engine.DeadLetter, m *stream.Message, cut string) {
	t.Helper()
	kept := 0
	for kept < len(m.Headers) && m.Headers[kept].Key != "reason" {
		if h := d.Headers[kept]; h.Key != m.Headers[kept].Key || string(h.Value) != string(m.Headers[kept].Value) {
			t.Fatalf("%s: header %d is not the record's", name, kept)
		}
		kept++
	}
	l, err := deadletter.Parse(stream.TopicPartition{}, &stream.Record{Key: m.Key, Value: m.Value, Headers: m.Headers})
	if err != nil || len(l.Headers) != kept || l.Reason != d.Reason || l.Source.Offset != d.Offset || l.Cut() != (cut != "") {
		t.Errorf("%s: it is read as %+v, error %v", name, l, err)
	}
	said, values := "", map[string]string{}
	for _, h := range m.Headers[kept:] {
		said += " " + h.Key
		values[h.Key] = string(h.Value)
	}
	want := " reason error source.topic source.partition source.offset"
	for _, part := range strings.Fields(cut) {
		of := map[string][]byte{"value": d.Value, "key": d.Key}[part]
		if part == "headers" {
			want += " headers.count headers.bytes"
			continue
		}
		want += " " + part + ".bytes " + part + ".sha256"
		if sum := sha256.Sum256(of); values[part+".bytes"] != fmt.Sprint(len(of)) || values[part+".sha256"] != hex.EncodeToString(sum[:]) {
			t.Errorf("%s: %s has %s bytes and sum %s, want %d, %x", name, part, values[part+".bytes"], values[part+".sha256"], len(of), sum)
		}
	}
	if said != want || len(values["error"]) > limits.DeadLetterError || values["source.offset"] != fmt.Sprint(d.Offset) {
		t.Errorf("%s: headers are%s, want%s", name, said, want)
	}
	if count, some := values["headers.count"]; some != (kept < len(d.Headers)) || some && count != fmt.Sprint(len(d.Headers)) {
		t.Errorf("%s: %d of %d headers are kept, and headers.count is %q", name, kept, len(d.Headers), count)
	}
}
