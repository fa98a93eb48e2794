package view

import (
	"bytes"
	"strings"
	"unicode/utf8"
)

// textIn is whether a text is a part of another, in capitals or not. It is asked of many: most ids are ASCII and need no memory.
func textIn(text string) func(string) bool {
	part := []byte(strings.ToLower(text))
	var lower []byte
	return func(whole string) bool {
		lower = lower[:0]
		for i := range len(whole) {
			c := whole[i]
			if c >= utf8.RuneSelf {
				return strings.Contains(strings.ToLower(whole), string(part))
			}
			if 'A' <= c && c <= 'Z' {
				c += 'a' - 'A'
			}
			lower = append(lower, c)
		}
		return bytes.Contains(lower, part)
	}
}
