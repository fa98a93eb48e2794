package cluster

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
)

// Where the fields of a batch's header are.
const (
	atLength          = 8
	atLeaderEpoch     = 12 // which the length is counted from
	atLastOffsetDelta = 23
	headerBytes       = 61
)

// located is a batch that was found on a disk.
type located struct {
	raw  []byte
	last place
}

var errNotThere = errors.New("the log does not hold it yet")

// locate finds the batch of some offsets among the segments in a log's folder.
func locate(folder string, first, last int64) (*located, error) {
	segments, err := filepath.Glob(filepath.Join(folder, "*.log"))
	if err != nil {
		return nil, fmt.Errorf("list segments: %w", err)
	}
	slices.Sort(segments)
	for _, segment := range slices.Backward(segments) {
		content, err := os.ReadFile(segment)
		if err != nil {
			return nil, fmt.Errorf("read segment: %w", err)
		}
		for at := 0; len(content)-at >= headerBytes; {
			b := content[at:]
			base, size := int64(binary.BigEndian.Uint64(b)), atLeaderEpoch+int(binary.BigEndian.Uint32(b[atLength:]))
			if size < headerBytes || size > len(b) {
				break // It is being written.
			}
			if at += size; base == first && base+int64(binary.BigEndian.Uint32(b[atLastOffsetDelta:])) == last {
				return &located{b[:size:size], place{segment, int64(at - 1)}}, nil
			}
		}
	}
	return nil, errNotThere
}
