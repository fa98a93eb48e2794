package varint

import (
	"bytes"
	"encoding/binary"
	"errors"
	"testing"

	"pgregory.net/rapid"
)

// TestReader reads back whatever encoding/binary writes.
func TestReader(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		u, i, b, text := rapid.Uint64().Draw(t, "uint"), rapid.Int64().Draw(t, "int"), rapid.Byte().Draw(t, "byte"), rapid.String().Draw(t, "text")
		src := append(binary.AppendVarint(binary.AppendUvarint(nil, u), i), b)
		src = AppendText(AppendText(src, text), []byte(text))
		r := NewReader(src)
		if r.Uint() != u || r.Int() != i || r.Byte() != b || r.Text() != text || string(r.Bytes()) != text {
			t.Fatalf("%x does not read back", src)
		}
		if r.End() != nil || r.More() || r.Len() != 0 || r.Offset() != len(src) {
			t.Fatalf("%v after %d of %d bytes", r.End(), r.Offset(), len(src))
		}
	})
}

func TestReaderRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		src  []byte
		read func(r *Reader)
		want error
	}{
		"no byte":                         {nil, func(r *Reader) { r.Byte() }, ErrShort},
		"a number of no bytes":            {nil, func(r *Reader) { r.Uint() }, ErrShort},
		"half a number":                   {[]byte{0x80}, func(r *Reader) { r.Uint() }, ErrShort},
		"two thirds of a number":          {[]byte{0x80, 0x80}, func(r *Reader) { r.Int() }, ErrShort},
		"a number of 11 bytes":            {bytes.Repeat([]byte{0xFF}, 11), func(r *Reader) { r.Uint() }, ErrOverflow},
		"a text longer than the rest":     {[]byte{3, 'a', 'b'}, func(r *Reader) { r.Text() }, ErrLength},
		"bytes longer than the rest":      {[]byte{3, 'a', 'b'}, func(r *Reader) { r.Bytes() }, ErrLength},
		"a length beyond an int":          {binary.AppendUvarint(nil, 1<<63), func(r *Reader) { r.Text() }, ErrLength},
		"more elements than bytes":        {[]byte{3, 0, 0}, func(r *Reader) { r.Count() }, ErrLength},
		"bytes that are left":             {[]byte{1, 2}, func(r *Reader) { r.Byte() }, ErrLeft},
		"after an error there is nothing": {[]byte{3, 1, 1}, func(r *Reader) { r.Text(); r.Byte() }, ErrLength},
	} {
		r := NewReader(c.src)
		if c.read(&r); !errors.Is(r.End(), c.want) {
			t.Errorf("%s: %v, want %v", name, r.End(), c.want)
		}
		if r.Err() != nil && (r.More() || r.Byte() != 0 || r.Text() != "" || r.Count() != 0) {
			t.Errorf("%s: something is read after the error", name)
		}
	}
}

// What is read may go to the end of the bytes.
func TestReadToTheEnd(t *testing.T) {
	for name, read := range map[string]func(r *Reader) string{
		"text": func(r *Reader) string { return r.Text() }, "bytes": func(r *Reader) string { return string(r.Bytes()) },
	} {
		r := NewReader([]byte{2, 'a', 'b'})
		if got := read(&r); got != "ab" || r.End() != nil {
			t.Errorf("%s: %q, error %v, want ab", name, got, r.End())
		}
	}
}

func TestSeekAndSkip(t *testing.T) {
	src := binary.AppendUvarint(binary.AppendUvarint([]byte{7}, 1<<40), 300)
	r := NewReader(append(src, 9))
	r.Byte()
	at := r.Offset()
	if r.SkipUints(2); r.Byte() != 9 {
		t.Error("skipping does not end behind the second number")
	}
	if r.Seek(at); r.Uint() != 1<<40 {
		t.Error("seeking does not lead back")
	}
}

// TestAliases: what is taken cannot grow into what follows.
func TestAliases(t *testing.T) {
	src := []byte{1, 'a', 'b'}
	r := NewReader(src)
	_ = append(r.Bytes(), 'c')
	if src[2] != 'b' {
		t.Error("appending to what was read changed the bytes behind it")
	}
}
