package events

import (
	"errors"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// maxDepth bounds how deep values that are skipped may be nested.
const maxDepth = 100

var (
	errSyntax = errors.New("it is not well-formed")
	errDeep   = errors.New("it is nested too deep")
)

// scanner walks over JSON text (RFC 8259) and hands out the source of values.
type scanner struct {
	text string
	pos  int
}

// peek skips white space and gives the next byte, 0 at the end.
func (s *scanner) peek() byte {
	if s.pos < len(s.text) && s.text[s.pos] > ' ' { // mostly there is none
		return s.text[s.pos]
	}
	return s.peekFar()
}

func (s *scanner) peekFar() byte {
	for s.pos < len(s.text) {
		switch c := s.text[s.pos]; c {
		case ' ', '\t', '\r', '\n':
			s.pos++
		default:
			return c
		}
	}
	return 0
}

// take consumes the next byte if it is c.
func (s *scanner) take(c byte) bool {
	if s.peek() != c {
		return false
	}
	s.pos++
	return true
}

// member is the way through an object: it gives the next name's source, and stands before the value. first says that
// no member was read yet; at the end the name is empty (a name's source has at least its quotes).
func (s *scanner) member(first bool) (name string, err error) {
	if s.take('}') {
		return "", nil
	}
	if !first && !s.take(',') || s.peek() != '"' {
		return "", errSyntax
	}
	if name, err = s.str(); err != nil {
		return "", err
	}
	if !s.take(':') {
		return "", errSyntax
	}
	return name, nil
}

// element is the way through an array: whether there is another element, before which it stands.
func (s *scanner) element(first bool) (bool, error) {
	if s.take(']') {
		return false, nil
	}
	if !first && !s.take(',') {
		return false, errSyntax
	}
	return true, nil
}

// value gives the source of a value of any type.
func (s *scanner) value(depth int) (string, error) {
	c := s.peek()
	start := s.pos
	var err error
	switch {
	case c == '"':
		return s.str()
	case c == '{':
		err = s.object(depth)
	case c == '[':
		err = s.array(depth)
	case c == 't':
		err = s.literal("true")
	case c == 'f':
		err = s.literal("false")
	case c == 'n':
		err = s.literal("null")
	default:
		err = s.number()
	}
	return s.text[start:s.pos], err
}

func (s *scanner) object(depth int) error {
	if depth >= maxDepth {
		return errDeep
	}
	s.pos++
	for first := true; ; first = false {
		name, err := s.member(first)
		if err != nil || name == "" {
			return err
		}
		if _, err = s.value(depth + 1); err != nil {
			return err
		}
	}
}

func (s *scanner) array(depth int) error {
	if depth >= maxDepth {
		return errDeep
	}
	s.pos++
	for first := true; ; first = false {
		more, err := s.element(first)
		if err != nil || !more {
			return err
		}
		if _, err = s.value(depth + 1); err != nil {
			return err
		}
	}
}

func (s *scanner) literal(word string) error {
	if !strings.HasPrefix(s.text[s.pos:], word) {
		return errSyntax
	}
	s.pos += len(word)
	return nil
}

func (s *scanner) number() error {
	s.skip('-')
	if !s.skip('0') && !s.digits() {
		return errSyntax
	}
	if s.skip('.') && !s.digits() {
		return errSyntax
	}
	if s.skip('e') || s.skip('E') {
		if !s.skip('+') {
			s.skip('-')
		}
		if !s.digits() {
			return errSyntax
		}
	}
	return nil
}

// skip consumes c if it comes at once.
func (s *scanner) skip(c byte) bool {
	if s.pos >= len(s.text) || s.text[s.pos] != c {
		return false
	}
	s.pos++
	return true
}

func (s *scanner) digits() bool {
	start := s.pos
	for s.pos < len(s.text) && s.text[s.pos]-'0' <= 9 {
		s.pos++
	}
	return s.pos > start
}

// str gives the source of a string, with its quotes.
func (s *scanner) str() (string, error) {
	start := s.pos
	for i := start + 1; i < len(s.text); i++ {
		c := s.text[i]
		if !special[c] {
			continue
		}
		switch {
		case c == '"':
			s.pos = i + 1
			return s.text[start:s.pos], nil
		case c == '\\':
			size := escapeSize(s.text[i:])
			if size == 0 {
				return "", errSyntax
			}
			i += size - 1
		default:
			return "", errSyntax
		}
	}
	return "", errSyntax
}

// special are the bytes that do not stand for themselves within a string.
var special = func() (table [256]bool) {
	for c := range byte(' ') {
		table[c] = true
	}
	table['"'], table['\\'] = true, true
	return table
}()

// escapeSize is the length of the escape that text begins with, 0 if it is none.
func escapeSize(text string) int {
	if len(text) < 2 {
		return 0
	}
	if strings.IndexByte(`"\/bfnrt`, text[1]) >= 0 {
		return 2
	}
	if _, ok := codeUnit(text); ok {
		return len(`\u0000`)
	}
	return 0
}

// codeUnit reads the escape of a UTF-16 code unit.
func codeUnit(text string) (rune, bool) {
	if len(text) < len(`\u0000`) || text[0] != '\\' || text[1] != 'u' {
		return 0, false
	}
	var unit rune
	for _, c := range []byte(text[2:6]) {
		switch {
		case c-'0' <= 9:
			unit = unit<<4 | rune(c-'0')
		case c|0x20 >= 'a' && c|0x20 <= 'f':
			unit = unit<<4 | rune(c|0x20-'a'+10)
		default:
			return 0, false
		}
	}
	return unit, true
}

// unquote gives the text of a string's source, which it aliases if there are no escapes in it. It reports false if
// there is half a surrogate pair.
func unquote(source string) (string, bool) {
	inner := source[1 : len(source)-1]
	next := strings.IndexByte(inner, '\\')
	if next < 0 {
		return inner, true
	}
	out := make([]byte, 0, len(inner))
	for ; next >= 0; next = strings.IndexByte(inner, '\\') {
		out = append(out, inner[:next]...)
		size, c := unescape(inner[next:])
		if size == 0 {
			return "", false
		}
		out = utf8.AppendRune(out, c)
		inner = inner[next+size:]
	}
	return string(append(out, inner...)), true
}

// unescape reads one escape, or two that are a surrogate pair. The size is 0 if one of the pair is alone.
func unescape(text string) (size int, c rune) {
	if text[1] != 'u' {
		return 2, rune("\"\\/\b\f\n\r\t"[strings.IndexByte(`"\/bfnrt`, text[1])])
	}
	c, _ = codeUnit(text)
	if !utf16.IsSurrogate(c) {
		return 6, c
	}
	low, ok := codeUnit(text[6:])
	if c = utf16.DecodeRune(c, low); !ok || c == utf8.RuneError {
		return 0, 0
	}
	return 12, c
}
