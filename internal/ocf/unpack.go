package ocf

import (
	"bytes"
	"compress/bzip2"
	"compress/flate"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"strings"

	"github.com/klauspost/compress/snappy"
	"github.com/klauspost/compress/zstd"
	"github.com/ulikunitz/xz"
)

// unpacker gives the bytes of a block, of which there are at most MaxBlockBytes.
type unpacker func(packed []byte) ([]byte, error)

// readable are the codecs of the specification.
var readable = []string{"null", "deflate", "bzip2", "snappy", "xz", "zstandard"}

func newUnpacker(codec string) (unpacker, error) {
	switch codec {
	case "", "null":
		return func(packed []byte) ([]byte, error) { return packed, nil }, nil
	case "deflate":
		return undeflate, nil
	case "bzip2":
		return unbzip2, nil
	case "snappy":
		return unsnappy, nil
	case "xz":
		return unxz, nil
	case "zstandard":
		return unzstd()
	}
	return nil, fmt.Errorf("codec %.40q is none of the Avro specification: write the file with one of %s", codec, strings.Join(readable, ", "))
}

// damaged adds what an error of decompressing means.
func damaged(err error) error { return fmt.Errorf("%w: the file is damaged: fetch it again", err) }

func readAll(from io.Reader) ([]byte, error) {
	unpacked, err := io.ReadAll(io.LimitReader(from, MaxBlockBytes+1))
	if len(unpacked) > MaxBlockBytes {
		return nil, errLarge
	}
	if err != nil {
		return nil, damaged(err)
	}
	return unpacked, nil
}

func undeflate(packed []byte) ([]byte, error) {
	return readAll(flate.NewReader(bytes.NewReader(packed)))
}

func unbzip2(packed []byte) ([]byte, error) { return readAll(bzip2.NewReader(bytes.NewReader(packed))) }

// checksumBytes is the length of the checksum behind what snappy has packed.
const checksumBytes = 4

func unsnappy(packed []byte) ([]byte, error) {
	end := len(packed) - checksumBytes
	if end < 0 {
		return nil, damaged(errors.New("snappy: no checksum"))
	}
	size, err := snappy.DecodedLen(packed[:end])
	if err != nil {
		return nil, damaged(err)
	}
	if size > MaxBlockBytes {
		return nil, errLarge
	}
	unpacked, err := snappy.Decode(nil, packed[:end])
	if err != nil {
		return nil, damaged(err)
	}
	if crc32.ChecksumIEEE(unpacked) != binary.BigEndian.Uint32(packed[end:]) {
		return nil, damaged(errors.New("snappy: invalid checksum"))
	}
	return unpacked, nil
}

// unxz lets the library decompress what is known to keep within bounds: it takes any dictionary that a file asks for.
func unxz(packed []byte) ([]byte, error) {
	if err := checkXZ(packed); err != nil {
		return nil, err
	}
	from := bytes.NewReader(packed)
	r, err := xz.ReaderConfig{SingleStream: true}.NewReader(from)
	if err != nil {
		return nil, damaged(err)
	}
	return readAll(r)
}

func unzstd() (unpacker, error) {
	decoder, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(MaxBlockBytes))
	if err != nil {
		return nil, err
	}
	return func(packed []byte) ([]byte, error) {
		unpacked, err := decoder.DecodeAll(packed, nil)
		switch {
		case errors.Is(err, zstd.ErrDecoderSizeExceeded), errors.Is(err, zstd.ErrWindowSizeExceeded):
			return nil, errLarge
		case err != nil:
			return nil, damaged(err)
		}
		return unpacked, nil
	}, nil
}
