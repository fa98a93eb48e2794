package state

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"strings"

	"sellerpulse/pkg/events"
	"sellerpulse/pkg/windows"
)

// The first byte of a key, after the partition.
const (
	tagOrder    = 'o'
	tagIndex    = 'i'
	tagBucket   = 'b'
	tagDate     = 'd'
	tagParked   = 'p'
	tagSeller   = 's'
	tagTimer    = 't'
	tagSettings = 'm'
	tagClock    = 'c'
	tagPosition = '~'
)

const prefixLength = 4

func appendPartition(dst []byte, partition int32) []byte {
	return binary.BigEndian.AppendUint32(dst, uint32(partition))
}

// appendText appends a text and its terminator.
func appendText(dst []byte, s string) []byte {
	for {
		i := strings.IndexByte(s, 0)
		if i < 0 {
			return append(append(dst, s...), 0, 1)
		}
		dst = append(append(dst, s[:i+1]...), 0xFF)
		s = s[i+1:]
	}
}

// ErrMalformed says that something stored is not what it can be.
var ErrMalformed = errors.New("not as written by this version")

var errKey = fmt.Errorf("decode key: %w", ErrMalformed)

// cutText reads a text and its terminator.
func cutText(key []byte) (text string, rest []byte, err error) {
	i := bytes.IndexByte(key, 0)
	if i >= 0 && i+1 < len(key) && key[i+1] == 1 {
		return string(key[:i]), key[i+2:], nil // No zero byte in the text.
	}
	var b []byte
	for i = 0; i+1 < len(key); i++ {
		switch {
		case key[i] != 0:
			b = append(b, key[i])
		case key[i+1] == 1:
			return string(b), key[i+2:], nil
		case key[i+1] == 0xFF:
			b = append(b, 0)
			i++
		default:
			return "", nil, errKey
		}
	}
	return "", nil, errKey
}

func appendDate(dst []byte, d windows.Date) []byte {
	return binary.BigEndian.AppendUint32(dst, uint32(d)^1<<31)
}

func cutDate(key []byte) (windows.Date, []byte, error) {
	if len(key) < 4 {
		return 0, nil, errKey
	}
	return windows.Date(binary.BigEndian.Uint32(key) ^ 1<<31), key[4:], nil
}

func appendInstant(dst []byte, at events.Millis) []byte {
	return binary.BigEndian.AppendUint64(dst, uint64(at)^1<<63)
}

func cutInstant(key []byte) (events.Millis, []byte, error) {
	if len(key) < 8 {
		return 0, nil, errKey
	}
	return events.Millis(binary.BigEndian.Uint64(key) ^ 1<<63), key[8:], nil
}

// after is the first key that sorts behind all those with a prefix.
func after(prefix []byte) []byte {
	end := bytes.Clone(prefix)
	for i := len(end) - 1; i >= 0; i-- {
		if end[i] < math.MaxUint8 {
			end[i]++
			return end[:i+1]
		}
	}
	return nil
}
