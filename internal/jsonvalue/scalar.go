package jsonvalue

import (
	"math/big"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// maxDigits bounds a number as it is written: longer ones cost more than their length.
const maxDigits = 300

// escapes are what follows a backslash, and what it stands for.
var escapes = [256]byte{'"': '"', '\\': '\\', '/': '/', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t'}

// escaped reads a string that begins at start, and has its first backslash at i.
func (d *Decoder) escaped(start, i int) (string, error) {
	b := append(make([]byte, 0, i-start+32), d.text[start:i]...)
	for d.at = i; d.at < len(d.text); {
		switch c := d.text[d.at]; {
		case c == '"':
			d.at++
			return strings.ToValidUTF8(string(b), string(utf8.RuneError)), nil
		case c < ' ':
			return "", d.wrong("a control character in a string")
		case c != '\\':
			b = append(b, c)
			d.at++
		case d.at+1 < len(d.text) && d.text[d.at+1] == 'u':
			r, ok := d.unit()
			if !ok {
				return "", d.wrong("\\u is to be followed by four hexadecimal digits")
			}
			b = utf8.AppendRune(b, r)
		case d.at+1 < len(d.text) && escapes[d.text[d.at+1]] != 0:
			b = append(b, escapes[d.text[d.at+1]])
			d.at += 2
		default:
			return "", d.wrong("there is no such escape")
		}
	}
	return "", d.wrong("a string ends early")
}

// unit reads a character that is escaped by its number, in two parts where it is beyond the first 65,536.
func (d *Decoder) unit() (rune, bool) {
	first, ok := d.hex(d.at)
	if !ok {
		return 0, false
	}
	d.at += 6
	if !utf16.IsSurrogate(first) {
		return first, true
	}
	if second, ok := d.hex(d.at); ok {
		if r := utf16.DecodeRune(first, second); r != utf8.RuneError {
			d.at += 6
			return r, true
		}
	}
	return utf8.RuneError, true
}

// hex is the number in \uXXXX at a place.
func (d *Decoder) hex(at int) (rune, bool) {
	if at+6 > len(d.text) || d.text[at:at+2] != `\u` {
		return 0, false
	}
	n, err := strconv.ParseUint(d.text[at+2:at+6], 16, 16)
	return rune(n), err == nil
}

// number reads a number: an int where it is whole and fits, a *big.Int where it is whole and does not.
func (d *Decoder) number() (any, error) {
	start, whole := d.at, true
	if d.text[d.at] == '-' {
		d.at++
	}
	first := d.at
	if !d.digits() || d.text[first] == '0' && d.at > first+1 {
		return nil, d.wrong("it is not a number")
	}
	if d.at < len(d.text) && d.text[d.at] == '.' {
		whole = false
		if d.at++; !d.digits() {
			return nil, d.wrong("digits are missing behind a point")
		}
	}
	if d.at < len(d.text) && (d.text[d.at] == 'e' || d.text[d.at] == 'E') {
		whole = false
		if d.at++; d.at < len(d.text) && (d.text[d.at] == '+' || d.text[d.at] == '-') {
			d.at++
		}
		if !d.digits() {
			return nil, d.wrong("digits of an exponent are missing")
		}
	}
	return d.parse(d.text[start:d.at], whole)
}

func (d *Decoder) digits() bool {
	start := d.at
	for d.at < len(d.text) && d.text[d.at] >= '0' && d.text[d.at] <= '9' {
		d.at++
	}
	return d.at > start
}

func (d *Decoder) parse(text string, whole bool) (any, error) {
	if len(text) > maxDigits {
		return nil, d.wrong("a number has more than 300 digits")
	}
	if whole {
		if n, err := strconv.Atoi(text); err == nil {
			return n, nil
		}
		if n, ok := new(big.Int).SetString(text, 10); ok {
			return n, nil
		}
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return nil, d.wrong("a number is too large")
	}
	return f, nil
}
