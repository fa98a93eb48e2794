package eventfile

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/klauspost/compress/zstd"
)

const (
	zstdMark = "\x28\xb5\x2f\xfd"
	// skippable is how a frame begins, but for its first byte, that is to be passed over; files of pzstd begin with one.
	skippable = "\x2a\x4d\x18"

	// maxWindowBytes is what `zstd -d` gives too, unless told otherwise.
	maxWindowBytes = 128 << 20
)

func zstdBegins(head []byte) bool {
	return bytes.HasPrefix(head, []byte(zstdMark)) || len(head) > 4 && head[0]>>4 == 5 && string(head[1:4]) == skippable
}

// unzstd decompresses the frames of a zstd file one after the other.
func unzstd(from io.Reader) (text io.Reader, closeIt func(), err error) {
	z := &zstdReader{from: from}
	z.frames, err = zstd.NewReader(reading(z.note), zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(maxWindowBytes))
	if err != nil {
		return nil, nil, err
	}
	return z, z.frames.Close, nil
}

// zstdReader tells errors of reading from those of what is read.
type zstdReader struct {
	from   io.Reader
	failed error // of reading
	frames *zstd.Decoder
}

type reading func([]byte) (int, error)

func (r reading) Read(b []byte) (int, error) { return r(b) }

func (z *zstdReader) note(b []byte) (int, error) {
	n, err := z.from.Read(b)
	if err != nil && !errors.Is(err, io.EOF) {
		z.failed = err
	}
	return n, err
}

func (z *zstdReader) Read(b []byte) (int, error) {
	n, err := z.frames.Read(b)
	switch {
	case err == nil, errors.Is(err, io.EOF):
		return n, err
	case z.failed != nil:
		return n, z.failed
	case errors.Is(err, io.ErrUnexpectedEOF):
		return n, fmt.Errorf("decompress: %w: the file was cut off: fetch it again", err)
	case errors.Is(err, zstd.ErrWindowSizeExceeded):
		return n, fmt.Errorf("decompress: %w: over %d MiB: use `zstd -dc --long=31 FILE | processor produce -`", err, maxWindowBytes>>20)
	}
	return n, fmt.Errorf("decompress: %w: the file is damaged: fetch it again", err)
}
