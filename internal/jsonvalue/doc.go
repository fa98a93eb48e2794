// Package jsonvalue turns JSON into values of Go and back, as jq programs take and give them: nil, bool, int, float64, *big.Int, string, []any and
// map[string]any. What the values mean is left to others.
//
// It is here for speed: the standard library takes three times as long, and makes floating point numbers of ids.
//
// Invariant: whatever the bytes are, nothing panics, no more is allocated than a fixed multiple of their length, and whole numbers keep all their digits.
package jsonvalue
