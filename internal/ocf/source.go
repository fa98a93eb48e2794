package ocf

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"

	"sellerpulse/internal/varint"
)

// Keys of the header.
const (
	schemaKey = "avro.schema"
	codecKey  = "avro.codec"
)

// source reads Avro's primitives as they come, so many bytes of them.
type source struct {
	*bufio.Reader
	left int64 // bytes that may be read
}

var errHeader = fmt.Errorf("it is longer than %d bytes: the file is damaged: fetch it again", maxHeaderBytes)

// ReadByte reads a byte that must be there.
func (s *source) ReadByte() (byte, error) {
	if s.left--; s.left < 0 {
		return 0, errHeader
	}
	b, err := s.Reader.ReadByte()
	return b, cut(err)
}

func (s *source) long() (int64, error) {
	var u uint64
	for shift := 0; shift < 64; shift += 7 {
		b, err := s.ReadByte()
		if err != nil {
			return 0, err
		}
		if u |= uint64(b&0x7f) << shift; b < 0x80 {
			return varint.Signed(u), nil
		}
	}
	return 0, damaged(varint.ErrOverflow)
}

// bytes reads so many bytes. What is claimed and is not there takes no memory.
func (s *source) bytes(n int64) ([]byte, error) {
	if s.left -= n; n < 0 || s.left < 0 {
		return nil, errHeader
	}
	const trusted = 1 << 20
	var b bytes.Buffer
	b.Grow(int(min(n, trusted)) + bytes.MinRead)
	_, err := io.CopyN(&b, s.Reader, n)
	return b.Bytes(), cut(err)
}

// metadata reads a map of byte strings, of which the last of a name counts.
func (s *source) metadata() (map[string]string, error) {
	entries := map[string]string{}
	for {
		n, err := s.long()
		if n < 0 && err == nil { // the block's size in bytes comes too
			_, err = s.long()
		}
		if n == 0 || err != nil {
			return entries, err
		}
		if n = max(n, -n); n < 0 {
			return entries, errHeader
		}
		for range n {
			if err := s.entry(entries); err != nil {
				return entries, err
			}
		}
	}
}

func (s *source) entry(entries map[string]string) error {
	key, err := s.text()
	if err != nil {
		return err
	}
	value, err := s.text()
	if key == schemaKey || key == codecKey {
		entries[key] = value
	}
	return err
}

func (s *source) text() (string, error) {
	n, err := s.long()
	if err != nil {
		return "", err
	}
	b, err := s.bytes(n)
	return string(b), err
}

// cut is an error of which the end of the file is one.
func cut(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return errCut
	}
	return err
}
