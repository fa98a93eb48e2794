package avro

import (
	"encoding/binary"
	"math"
)

// Header of the single-object encoding: two bytes of marker, then the schema's fingerprint, little-endian.
const (
	marker0    = 0xC3
	marker1    = 0x01
	HeaderSize = 10 // bytes
)

// AppendHeader appends the header of the single-object encoding: the marker and the CRC-64-AVRO fingerprint of the schema.
func AppendHeader(dst []byte, fingerprint uint64) []byte {
	return binary.LittleEndian.AppendUint64(append(dst, marker0, marker1), fingerprint)
}

// ParseHeader takes the header of the single-object encoding apart. It reports false if value does not begin with one.
func ParseHeader(value []byte) (fingerprint uint64, body []byte, ok bool) {
	if len(value) < HeaderSize || value[0] != marker0 || value[1] != marker1 {
		return 0, nil, false
	}
	return binary.LittleEndian.Uint64(value[2:]), value[HeaderSize:], true
}

// AppendLong appends an int, a long, the index of a union's branch or of an enum's symbol: a zigzag varint.
func AppendLong(dst []byte, v int64) []byte {
	n := uint64(v<<1) ^ uint64(v>>63)
	for n >= 0x80 {
		dst = append(dst, byte(n)|0x80)
		n >>= 7
	}
	return append(dst, byte(n))
}

// AppendBranch appends the index of a union's branch, counted from 0.
func AppendBranch(dst []byte, index int) []byte { return AppendLong(dst, int64(index)) }

// AppendEnum appends the index of an enum's symbol, counted from 0.
func AppendEnum(dst []byte, index int) []byte { return AppendLong(dst, int64(index)) }

// AppendBool appends a boolean.
func AppendBool(dst []byte, v bool) []byte {
	if v {
		return append(dst, 1)
	}
	return append(dst, 0)
}

// AppendDouble appends a double.
func AppendDouble(dst []byte, v float64) []byte {
	return binary.LittleEndian.AppendUint64(dst, math.Float64bits(v))
}

// AppendString appends a string, which is to be UTF-8.
func AppendString(dst []byte, v string) []byte {
	return append(AppendLong(dst, int64(len(v))), v...)
}

// AppendBytes appends a byte string.
func AppendBytes(dst, v []byte) []byte {
	return append(AppendLong(dst, int64(len(v))), v...)
}

// AppendBlock begins a block of n elements of an array or a map. The elements follow; AppendEnd ends the array. An
// empty array is AppendEnd alone: n is greater than 0.
func AppendBlock(dst []byte, n int) []byte { return AppendLong(dst, int64(n)) }

// AppendEnd ends an array or a map.
func AppendEnd(dst []byte) []byte { return append(dst, 0) }
