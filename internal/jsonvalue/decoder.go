package jsonvalue

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// Bounds of what is read.
const (
	maxDepth = 200
	maxNames = 4_096 // that a Decoder remembers
	maxName  = 64    // bytes of a name that is remembered
)

// Error is text that is not JSON.
type Error struct {
	Offset  int // of the byte, from 0
	Problem string
}

// Error names the place.
func (e *Error) Error() string { return fmt.Sprintf("byte %d: %s", e.Offset, e.Problem) }

// ErrEnd is what [Decoder.Next] gives at the end of a text.
var ErrEnd = errors.New("no further value")

// Decoder reads JSON. It remembers the names of members, so that each is in memory once. It is for one goroutine. The zero Decoder is ready for use.
type Decoder struct {
	text  string
	at    int
	names map[string]string
}

// byteOrderMark is what some programs put before UTF-8.
const byteOrderMark = "\xef\xbb\xbf"

// Decode reads a text that is one value. The error is an *Error.
func (d *Decoder) Decode(text []byte) (any, error) {
	d.Reset(string(text))
	v, err := d.Next()
	if errors.Is(err, ErrEnd) {
		return nil, d.wrong("it is empty")
	}
	if err != nil {
		return nil, err
	}
	if d.space(); d.at < len(d.text) {
		return nil, d.wrong("something follows the value")
	}
	return v, nil
}

// Reset begins a text of several values, which [Decoder.Next] reads one after the other.
func (d *Decoder) Reset(text string) {
	d.text, d.at = text, 0
	if strings.HasPrefix(text, byteOrderMark) {
		d.at = len(byteOrderMark)
	}
}

// Next reads the next value; at the end of the text it is [ErrEnd]. Any other error is an *Error.
func (d *Decoder) Next() (any, error) {
	if d.space(); d.at >= len(d.text) {
		return nil, ErrEnd
	}
	return d.value(0)
}

// Offset is where in the text the next value begins, or white space before it.
func (d *Decoder) Offset() int { return d.at }

func (d *Decoder) wrong(problem string) error { return &Error{Offset: d.at, Problem: problem} }

func (d *Decoder) space() {
	for d.at < len(d.text) {
		switch d.text[d.at] {
		case ' ', '\n', '\r', '\t':
			d.at++
		default:
			return
		}
	}
}

// take passes over a byte, if it is next after white space.
func (d *Decoder) take(c byte) bool {
	if d.space(); d.at < len(d.text) && d.text[d.at] == c {
		d.at++
		return true
	}
	return false
}

func (d *Decoder) value(depth int) (any, error) {
	if d.space(); d.at >= len(d.text) {
		return nil, d.wrong("it ends early")
	}
	switch c := d.text[d.at]; {
	case c == '{':
		return d.object(depth + 1)
	case c == '[':
		return d.array(depth + 1)
	case c == '"':
		return d.str()
	case c == '-' || c >= '0' && c <= '9':
		return d.number()
	}
	for _, word := range words {
		if strings.HasPrefix(d.text[d.at:], word.text) {
			d.at += len(word.text)
			return word.value, nil
		}
	}
	return nil, d.wrong("it is not JSON")
}

var words = []struct {
	text  string
	value any
}{{"true", true}, {"false", false}, {"null", nil}}

func (d *Decoder) object(depth int) (any, error) {
	if depth > maxDepth {
		return nil, d.wrong(fmt.Sprintf("more than %d levels deep", maxDepth))
	}
	d.at++
	members := make(map[string]any, 8)
	if d.take('}') {
		return members, nil
	}
	for {
		if d.space(); d.at >= len(d.text) || d.text[d.at] != '"' {
			return nil, d.wrong("the name of a member is missing")
		}
		name, err := d.str()
		if err != nil {
			return nil, err
		}
		if !d.take(':') {
			return nil, d.wrong("a colon is missing")
		}
		if members[d.name(name)], err = d.value(depth); err != nil {
			return nil, err
		}
		if d.take('}') {
			return members, nil
		}
		if !d.take(',') {
			return nil, d.wrong("a comma or the end of an object is missing")
		}
	}
}

// name is a name as it is remembered: it does not keep the text in memory that it is from.
func (d *Decoder) name(name string) string {
	if known, ok := d.names[name]; ok {
		return known
	}
	if len(name) > maxName || len(d.names) >= maxNames {
		return name
	}
	if d.names == nil {
		d.names = map[string]string{}
	}
	name = strings.Clone(name)
	d.names[name] = name
	return name
}

func (d *Decoder) array(depth int) (any, error) {
	if depth > maxDepth {
		return nil, d.wrong(fmt.Sprintf("more than %d levels deep", maxDepth))
	}
	d.at++
	elements := []any{}
	if d.take(']') {
		return elements, nil
	}
	for {
		v, err := d.value(depth)
		if err != nil {
			return nil, err
		}
		elements = append(elements, v)
		if d.take(']') {
			return elements, nil
		}
		if !d.take(',') {
			return nil, d.wrong("a comma or the end of an array is missing")
		}
	}
}

// str reads a string, which is a part of the text where nothing in it is escaped.
func (d *Decoder) str() (string, error) {
	start := d.at + 1
	ascii := true
	for i := start; i < len(d.text); i++ {
		switch c := d.text[i]; {
		case c == '"':
			d.at = i + 1
			if text := d.text[start:i]; ascii || utf8.ValidString(text) {
				return text, nil
			}
			return strings.ToValidUTF8(d.text[start:i], string(utf8.RuneError)), nil
		case c == '\\':
			return d.escaped(start, i)
		case c < ' ':
			d.at = i
			return "", d.wrong("a control character in a string")
		case c >= utf8.RuneSelf:
			ascii = false
		}
	}
	d.at = len(d.text)
	return "", d.wrong("a string ends early")
}
