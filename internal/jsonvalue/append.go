package jsonvalue

import (
	"encoding/json"
	"fmt"
	"math"
	"math/big"
	"slices"
	"strconv"

	"sellerpulse/internal/jsontext"
)

// Append appends a value as JSON on one line, its members sorted. It panics for what is none of the kinds that the package's documentation lists. What
// JSON has no number for is null.
func Append(dst []byte, v any) []byte {
	switch v := v.(type) {
	case nil:
		return append(dst, "null"...)
	case bool:
		return strconv.AppendBool(dst, v)
	case int:
		return strconv.AppendInt(dst, int64(v), 10)
	case float64:
		return appendFloat(dst, v)
	case *big.Int:
		return v.Append(dst, 10)
	case json.Number:
		return append(dst, v...)
	case string:
		return jsontext.AppendText(dst, v)
	case []any:
		return appendArray(dst, v)
	case map[string]any:
		return appendObject(dst, v)
	}
	panic(fmt.Sprintf("jsonvalue: a value of type %T", v))
}

func appendFloat(dst []byte, v float64) []byte {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return append(dst, "null"...)
	}
	return jsontext.AppendNumber(dst, v)
}

func appendArray(dst []byte, v []any) []byte {
	dst = append(dst, '[')
	for i, element := range v {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = Append(dst, element)
	}
	return append(dst, ']')
}

func appendObject(dst []byte, v map[string]any) []byte {
	return append(appendMembers(dst, v, false), '}')
}

// AppendGiven appends an object like [Append], without the members that are null.
func AppendGiven(dst []byte, v map[string]any) []byte {
	return append(appendMembers(dst, v, true), '}')
}

// appendMembers appends an object but for its end.
func appendMembers(dst []byte, v map[string]any, given bool) []byte {
	var few [32]string // Objects have few members, and then their names need no memory of their own.
	names := few[:0]
	for name, value := range v {
		if value != nil || !given {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	dst = append(dst, '{')
	for i, name := range names {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(jsontext.AppendText(dst, name), ':')
		dst = Append(dst, v[name])
	}
	return dst
}
