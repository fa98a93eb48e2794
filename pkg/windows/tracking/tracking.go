package tracking

import (
	"maps"
	"slices"
	"unicode"
	"unicode/utf8"
)

const (
	// maxBytes is the size of the longest id that is looked at, white space included.
	maxBytes = 1024

	// maxLength is how many characters the longest format has.
	maxLength = 41
)

// Valid tells whether an id, with white space removed and in capitals, as a whole fits one of the carrier's formats with its check
// digit. A carrier is known by its lower-case code ("ups"); "s10" stands for every postal operator whose ids follow UPU S10. An
// unknown carrier has no valid ids.
func Valid(carrier, id string) bool {
	byLength, known := index[carrier]
	if !known {
		return false
	}
	var characters [maxLength]uint8
	n, ok := read(&characters, id)
	if !ok {
		return false
	}
	decided := -1
	for _, s := range byLength[n] {
		if s.format == decided || !s.fits(&characters) {
			continue
		}
		if s.check.secures(s, &characters) {
			return true
		}
		decided = s.format
	}
	return false
}

// Carriers lists the codes of the known carriers, sorted.
func Carriers() []string { return slices.Sorted(maps.Keys(formats)) }

// Characters are numbered 0 to 9, A to Z (10 to 35) and the hyphen, so that a set of them fits in a word.
const (
	letters = 10
	hyphen  = 36
	other   = 255
	white   = 254
)

// characterOf numbers each ASCII byte, small letters like capitals.
var characterOf = func() (table [utf8.RuneSelf]uint8) {
	for c := range table {
		switch {
		case c >= '0' && c <= '9':
			table[c] = uint8(c - '0')
		case c >= 'A' && c <= 'Z':
			table[c] = uint8(c - 'A' + letters)
		case c >= 'a' && c <= 'z':
			table[c] = uint8(c - 'a' + letters)
		case c == '-':
			table[c] = hyphen
		case unicode.IsSpace(rune(c)):
			table[c] = white
		default:
			table[c] = other
		}
	}
	return table
}()

// read puts the id's characters into dst without white space and returns their number, or false if no format allows one of them
// or so many.
func read(dst *[maxLength]uint8, id string) (n int, ok bool) {
	if len(id) > maxBytes {
		return 0, false
	}
	for i := 0; i < len(id); i++ {
		c := uint8(white)
		if id[i] < utf8.RuneSelf {
			c = characterOf[id[i]]
		} else {
			r, size := utf8.DecodeRuneInString(id[i:])
			if !unicode.IsSpace(r) {
				return 0, false
			}
			i += size - 1
		}
		if c == white {
			continue
		}
		if c == other || n == maxLength {
			return 0, false
		}
		dst[n] = c
		n++
	}
	return n, true
}
