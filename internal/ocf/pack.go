package ocf

import (
	"bytes"
	"compress/flate"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"strings"

	"github.com/klauspost/compress/snappy"
	"github.com/klauspost/compress/zstd"
)

// packer compresses a block. What it gives is valid until the next call.
type packer func(block []byte) ([]byte, error)

// Writable are the codecs that a Writer has: those that every reader has, and those that are worth their time.
func Writable() []string { return []string{"deflate", "null", "snappy", "zstandard"} }

func newPacker(codec string) (packer, error) {
	switch codec {
	case "null":
		return func(block []byte) ([]byte, error) { return block, nil }, nil
	case "deflate":
		return deflate(), nil
	case "snappy":
		return packSnappy, nil
	case "zstandard":
		encoder, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1))
		return func(block []byte) ([]byte, error) { return encoder.EncodeAll(block, nil), nil }, err
	}
	return nil, fmt.Errorf("codec %q is not written: use one of %s", codec, strings.Join(Writable(), ", "))
}

func deflate() packer {
	var packed bytes.Buffer
	w, _ := flate.NewWriter(&packed, flate.DefaultCompression) // The level is one.
	return func(block []byte) ([]byte, error) {
		packed.Reset()
		w.Reset(&packed)
		if _, err := w.Write(block); err != nil {
			return nil, err
		}
		err := w.Close()
		return packed.Bytes(), err
	}
}

func packSnappy(block []byte) ([]byte, error) {
	return binary.BigEndian.AppendUint32(snappy.Encode(nil, block), crc32.ChecksumIEEE(block)), nil
}
