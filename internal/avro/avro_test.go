package avro

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math"
	"testing"

	"github.com/linkedin/goavro/v2"
	"pgregory.net/rapid"

	"sellerpulse/internal/varint"
)

// TestPrimitivesAgree: what is appended, goavro reads, and what goavro writes is read.
func TestPrimitivesAgree(t *testing.T) {
	codec, err := goavro.NewCodec(`{"type":"record","name":"R","fields":[{"name":"l","type":"long"},{"name":"d","type":"double"},
		{"name":"b","type":"boolean"},{"name":"s","type":"string"},{"name":"y","type":"bytes"},{"name":"a","type":{"type":"array","items":"long"}}]}`)
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		l, d, b := rapid.Int64().Draw(t, "long"), rapid.Float64().Draw(t, "double"), rapid.Bool().Draw(t, "bool")
		s, a := rapid.String().Draw(t, "string"), rapid.SliceOf(rapid.Int64()).Draw(t, "array")
		got := AppendBytes(AppendString(AppendBool(AppendDouble(AppendLong(nil, l), d), b), s), []byte(s))
		elements := []any{}
		if len(a) > 0 {
			got = AppendBlock(got, len(a))
		}
		for _, x := range a {
			got, elements = AppendLong(got, x), append(elements, x)
		}
		got = AppendEnd(got)
		want, err := codec.BinaryFromNative(nil, map[string]any{"l": l, "d": d, "b": b, "s": s, "y": []byte(s), "a": elements})
		if err != nil || !bytes.Equal(got, want) {
			t.Fatalf("got %x, want %x, %v", got, want, err)
		}
		r := NewReader(got)
		if r.Long() != l || math.Float64bits(r.Double()) != math.Float64bits(d) || r.Bool() != b || r.String() != s || string(r.Bytes()) != s {
			t.Fatal("a value does not read back")
		}
		if n := r.Block(); n != len(a) {
			t.Fatalf("a block of %d, want %d", n, len(a))
		}
	})
}

func TestReaderRefuses(t *testing.T) {
	endless := bytes.Repeat([]byte{0xFF}, 11)
	for name, c := range map[string]struct {
		bytes []byte
		read  func(r *Reader)
		want  error
	}{
		"a long of no bytes":              {nil, func(r *Reader) { r.Long() }, varint.ErrShort},
		"half a long":                     {[]byte{0x80}, func(r *Reader) { r.Long() }, varint.ErrShort},
		"a long of 11 bytes":              {endless, func(r *Reader) { r.Long() }, varint.ErrOverflow},
		"a boolean of 2":                  {[]byte{2}, func(r *Reader) { r.Bool() }, ErrBool},
		"half a double":                   {[]byte{1, 2, 3}, func(r *Reader) { r.Double() }, varint.ErrShort},
		"a string longer than the rest":   {[]byte{6, 'a', 'b'}, func(r *Reader) { r.Bytes() }, varint.ErrLength},
		"a string of negative length":     {[]byte{1}, func(r *Reader) { r.Bytes() }, varint.ErrLength},
		"more elements than bytes":        {[]byte{6, 0, 0}[:2], func(r *Reader) { r.Block() }, ErrCount},
		"elements of many blocks":         {[]byte{4, 4}, func(r *Reader) { r.Block(); r.Block() }, ErrCount},
		"the least count, that stays so":  {AppendLong(AppendLong(nil, math.MinInt64), 0), func(r *Reader) { r.Block() }, ErrCount},
		"after an error there is nothing": {[]byte{2, 2, 2}, func(r *Reader) { r.Bool(); r.Long() }, ErrBool},
	} {
		r := NewReader(c.bytes)
		c.read(&r)
		if !errors.Is(r.Err(), c.want) || r.Len() != 0 {
			t.Errorf("%s: got %v with %d bytes left, want %v", name, r.Err(), r.Len(), c.want)
		}
	}
}

func TestBlockWithItsSize(t *testing.T) {
	r := NewReader(append(AppendLong(AppendLong(nil, -2), 2), 1, 1, 0))
	if n := r.Block(); n != 2 || r.Len() != 3 {
		t.Errorf("got %d elements with %d bytes left, want 2 with 3", n, r.Len())
	}
}

func TestHeader(t *testing.T) {
	value := append(AppendHeader(nil, 0x0102030405060708), "body"...)
	if got := binary.LittleEndian.Uint64(value[2:]); value[0] != 0xC3 || value[1] != 1 || got != 0x0102030405060708 {
		t.Errorf("got header %x", value[:HeaderSize])
	}
	if f, body, ok := ParseHeader(value); !ok || f != 0x0102030405060708 || string(body) != "body" {
		t.Errorf("got %x, %q, %v", f, body, ok)
	}
	for _, short := range [][]byte{nil, value[:HeaderSize-1], []byte("0123456789")} {
		if _, _, ok := ParseHeader(short); ok {
			t.Errorf("%x has a header", short)
		}
	}
}
