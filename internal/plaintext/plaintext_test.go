package plaintext

import (
	"strings"
	"testing"
)

func TestTrim(t *testing.T) {
	for text, want := range map[string]string{"": "", "a": "a", "\xef\xbb\xbfa": "a", "\xef\xbb\xbf": "", "\xef\xbb": "\xef\xbb", "a\xef\xbb\xbf": "a\xef\xbb\xbf", "\x00\x01\x02\x03": "\x00\x01\x02\x03"} {
		if got, err := Trim([]byte(text)); string(got) != want || err != nil {
			t.Errorf("%q: %q, %v; want %q", text, got, err, want)
		}
	}
	for text, encoding := range map[string]string{
		"\xff\xfea\x00": "utf-16", "\xfe\xff\x00a": "utf-16", "\xff\xfe\x00\x00a\x00\x00\x00": "utf-32", "\x00\x00\xfe\xff\x00\x00\x00a": "utf-32",
		"{\x00\"\x00": "utf-16le", "\x00{\x00\"": "utf-16be",
	} {
		if _, err := Trim([]byte(text)); err == nil || !strings.Contains(err.Error(), "in "+encoding+": save it as UTF-8") {
			t.Errorf("%q: %v; want %s", text, err, encoding)
		}
	}
}
