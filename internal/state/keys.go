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
	tagPart     = 'r'
	tagTimer    = 't'
	tagFrozen   = 'f'
	tagColumns  = 'k'
	tagSettings = 'm'
	tagClock    = 'c'
	tagPosition = '~'
)

// What a task keeps is of two kinds, which the types of keys tell apart. Base is what cannot be recomputed: rows, parked events, the states of
// a seller's rules, the settings, and how far the task has come. Derived is what follows from base and stream time.
type (
	baseKey    []byte // goes to the changelog with each commit, and to the database with a checkpoint
	derivedKey []byte // goes to the database alone
)

// derivedTags are the kinds of keys that are derived. Changelogs that an earlier version wrote have records of them.
var derivedTags = [...]byte{tagBucket, tagDate, tagIndex, tagTimer}

func isDerived(key []byte) bool { return len(key) == 0 || bytes.IndexByte(derivedTags[:], key[0]) >= 0 }

func appendOrderKey(dst []byte, seller string, date windows.Date, order string) baseKey {
	return append(appendDate(appendText(append(dst, tagOrder), seller), date), order...)
}

func appendSellerKey(dst []byte, seller string) baseKey {
	return append(append(dst, tagSeller), seller...)
}

func partPrefix(seller string) []byte { return appendText([]byte{tagPart}, seller) }

func appendPartKey(dst []byte, seller, rule, value string) baseKey {
	return append(appendText(appendText(append(dst, tagPart), seller), rule), value...)
}

// frozenPrefix is what the keys of a seller's frozen buckets begin with.
func frozenPrefix(dst []byte, seller string) []byte {
	return appendText(append(dst, tagFrozen), seller)
}

func appendFrozenKey(dst []byte, seller string, date windows.Date, part uint16) baseKey {
	return binary.BigEndian.AppendUint16(appendDate(frozenPrefix(dst, seller), date), part)
}

// cutBucket takes apart the key of a bucket, frozen or not.
func cutBucket(key []byte) (seller string, date windows.Date, part uint16, err error) {
	seller, rest, err := cutText(key[1:])
	if err != nil {
		return "", 0, 0, err
	}
	date, rest, err = cutDate(rest)
	if err == nil && len(rest) != 2 {
		err = errKey
	}
	if err != nil {
		return "", 0, 0, err
	}
	return seller, date, binary.BigEndian.Uint16(rest), nil
}

func appendColumnsKey(dst []byte, number uint32) baseKey {
	return binary.BigEndian.AppendUint32(append(dst, tagColumns), number)
}

func appendParkedKey(dst []byte, seller, order string, topic events.Topic, offset int64) baseKey {
	dst = append(appendText(appendText(append(dst, tagParked), seller), order), byte(topic))
	return binary.BigEndian.AppendUint64(dst, uint64(offset))
}

func appendIndexKey(dst []byte, seller, order string) derivedKey {
	return append(appendText(append(dst, tagIndex), seller), order...)
}

func appendBucketKey(dst []byte, seller string, date windows.Date, part uint16) derivedKey {
	return binary.BigEndian.AppendUint16(appendDate(appendText(append(dst, tagBucket), seller), date), part)
}

func appendDateKey(dst []byte, date windows.Date, seller string) derivedKey {
	return append(appendDate(append(dst, tagDate), date), seller...)
}

func appendTimerKey(dst []byte, at events.Millis, t Timer) derivedKey {
	dst = appendText(appendInstant(append(dst, tagTimer), at), t.Seller)
	return append(append(dst, byte(t.Kind)), t.Order...)
}

// prefixLength is the length of what every key begins with: its partition and slot.
const prefixLength = 4

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
