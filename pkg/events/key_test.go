package events

import (
	"encoding/binary"
	"errors"
	"fmt"
	"testing"

	"github.com/twmb/avro"
)

// TestKey: keys as producers write them who use a registry for these too.
func TestKey(t *testing.T) {
	outage := errors.New("connection refused")
	texts := map[uint32]string{
		1: `"string"`, 2: `["null","string"]`, 3: `{"type":"record","name":"K","fields":[{"name":"shop","type":"long"},{"name":"seller_id","type":["null","string"]}]}`,
		4: `"long"`, 5: `{"type":"record","name":"K","fields":[{"name":"seller_id","type":"long"}]}`,
	}
	d := NewDecoder(DecoderOptions{Schema: func(id uint32) (string, error) {
		switch id {
		case 8:
			return "", fmt.Errorf("%w: it is JSON", ErrForeignSchema)
		case 9:
			return "", outage
		}
		if text, ok := texts[id]; ok {
			return text, nil
		}
		return "", ErrUnknownSchema
	}})
	encode := func(id uint32, value any) []byte {
		key := binary.BigEndian.AppendUint32([]byte{0}, id)
		key, err := avro.MustParse(texts[id]).AppendEncode(key, value)
		if err != nil {
			t.Fatal(err)
		}
		return key
	}
	for name, c := range map[string]struct {
		key  []byte
		want string
		err  error
	}{
		"a text":                {[]byte("S1"), "S1", nil},
		"no bytes":              {[]byte{}, "", nil},
		"a zero byte alone":     {[]byte{0}, "\x00", nil},
		"a string":              {encode(1, "S1"), "S1", nil},
		"a string or null":      {encode(2, "S1"), "S1", nil},
		"null":                  {encode(2, nil), string(encode(2, nil)), nil},
		"a record":              {encode(3, map[string]any{"shop": int64(7), "seller_id": "S1"}), "S1", nil},
		"a record without":      {encode(3, map[string]any{"shop": int64(7), "seller_id": nil}), string(encode(3, map[string]any{"shop": int64(7), "seller_id": nil})), nil},
		"a number":              {encode(4, int64(7)), string(encode(4, int64(7))), nil},
		"a record of a number":  {encode(5, map[string]any{"seller_id": int64(7)}), string(encode(5, map[string]any{"seller_id": int64(7)})), nil},
		"bytes that are left":   {append(encode(1, "S1"), 0), string(append(encode(1, "S1"), 0)), nil},
		"an id that is unknown": {[]byte("\x00\x00\x00\x00\x63S1"), "\x00\x00\x00\x00\x63S1", nil},
		"a schema of JSON":      {[]byte("\x00\x00\x00\x00\x08S1"), "\x00\x00\x00\x00\x08S1", nil},
		"an outage":             {[]byte("\x00\x00\x00\x00\x09S1"), "\x00\x00\x00\x00\x09S1", outage},
	} {
		for range 2 { // The second time from memory.
			got, err := d.Key(c.key)
			if string(got) != c.want || !errors.Is(err, c.err) {
				t.Errorf("%s: got %q, %v, want %q, %v", name, got, err, c.want, c.err)
			}
		}
	}
	if got, err := NewDecoder(DecoderOptions{}).Key(encode(1, "S1")); err != nil || string(got) != string(encode(1, "S1")) {
		t.Errorf("without a registry: got %q, %v", got, err)
	}
}
