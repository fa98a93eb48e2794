package stream

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"

	"github.com/klauspost/compress/zstd"
	"github.com/segmentio/kafka-go/compress"
)

// A decompressed record batch is bounded absolutely, and by its compressed size unless it is small anyway: gzip cannot shrink
// more than 1,032 times.
const (
	// MaxInflatedBytes is what the records of a batch may take in memory.
	MaxInflatedBytes   = 256 << 20
	smallInflatedBytes = 16 << 20
	maxInflation       = 1032

	// maxWindowBytes is what zstd may look back over, which is what its own tools take by default.
	maxWindowBytes = 128 << 20
)

// inflate is the batch's records, decompressed.
func (b batch) inflate() ([]byte, error) {
	kind, packed := compress.Compression(b.attributes()&compressionMask), b[batchHeaderBytes:]
	if kind == compress.None {
		return packed, nil
	}
	codec := kind.Codec()
	if codec == nil {
		return nil, b.corrupt(fmt.Sprintf("has unknown compression %d", kind))
	}
	most := min(MaxInflatedBytes, smallInflatedBytes+maxInflation*int64(len(b)))
	if announced(kind, packed) > most {
		return nil, ErrInflated
	}
	source := codec.NewReader(bytes.NewReader(packed))
	defer func() { _ = source.Close() }()
	var inflated bytes.Buffer
	inflated.Grow(int(min(most, 4*int64(len(b)))))
	n, err := inflated.ReadFrom(io.LimitReader(source, most+1))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", b.corrupt("cannot be decompressed"), err)
	}
	if n > most {
		return nil, ErrInflated
	}
	return inflated.Bytes(), nil
}

// announced is how much memory packed bytes ask for before they are looked at any further, for decompressors give them what they ask for; 0
// where they ask for nothing.
func announced(kind compress.Compression, packed []byte) int64 {
	switch kind {
	case compress.Snappy:
		return announcedSnappy(packed)
	case compress.Zstd:
		var h zstd.Header
		if err := h.Decode(packed); err == nil && (h.WindowSize > maxWindowBytes || h.FrameContentSize > MaxInflatedBytes) {
			return MaxInflatedBytes + 1
		}
	}
	return 0
}

// xerial begins what Java clients make of snappy: 16 bytes, then blocks, each with its length before it.
var xerial = []byte{0x82, 'S', 'N', 'A', 'P', 'P', 'Y', 0}

const xerialHeaderBytes = 16

// announcedSnappy adds up the decompressed lengths with which blocks begin.
func announcedSnappy(packed []byte) (size int64) {
	if len(packed) < xerialHeaderBytes || !bytes.HasPrefix(packed, xerial) {
		n, _ := binary.Uvarint(packed)
		return int64(min(n, MaxInflatedBytes+1))
	}
	for rest := packed[xerialHeaderBytes:]; len(rest) > 4 && size <= MaxInflatedBytes; {
		length := int64(binary.BigEndian.Uint32(rest))
		if length > int64(len(rest)-4) {
			return max(size, length) // The decompressor makes room for it before it finds that it is not there.
		}
		n, _ := binary.Uvarint(rest[4 : 4+length])
		size += int64(min(n, MaxInflatedBytes+1))
		rest = rest[4+length:]
	}
	return size
}
