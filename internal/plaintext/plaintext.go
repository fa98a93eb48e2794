package plaintext

import (
	"bytes"
	"fmt"
)

// Mark is the byte order mark that some editors put before UTF-8.
const Mark = "\xef\xbb\xbf"

// Trim is a text without its byte order mark. A text in UTF-16 or UTF-32 is refused.
func Trim(text []byte) ([]byte, error) {
	if encoding := Encoding(text); encoding != "" {
		return nil, fmt.Errorf("it is in %s: save it as UTF-8", encoding)
	}
	return bytes.TrimPrefix(text, []byte(Mark)), nil
}

// Encoding is the name, as iconv has it, of the encoding of a text that is clearly not of single bytes; empty for all others. Without a byte
// order mark it is known by the zeros beside the first two letters.
func Encoding(text []byte) string {
	for _, known := range []struct{ mark, name string }{
		{"\xff\xfe\x00\x00", "utf-32"},
		{"\x00\x00\xfe\xff", "utf-32"},
		{"\xff\xfe", "utf-16"},
		{"\xfe\xff", "utf-16"},
	} {
		if bytes.HasPrefix(text, []byte(known.mark)) {
			return known.name
		}
	}
	if len(text) < 4 {
		return ""
	}
	switch [4]bool{text[0] == 0, text[1] == 0, text[2] == 0, text[3] == 0} {
	case [4]bool{false, true, false, true}:
		return "utf-16le"
	case [4]bool{true, false, true, false}:
		return "utf-16be"
	}
	return ""
}
