package eventfile

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"sellerpulse/internal/plaintext"
	"sellerpulse/pkg/events"
)

// maxLineBytes bounds a line: an event of the largest value that topics take has 3.4 MB as JSON, where it has as many lines of an order as fit.
const maxLineBytes = 4 << 20

// lines cuts what is read into parts of whole lines.
type lines struct {
	from   io.Reader
	source source
	number int64  // of the next line
	rest   []byte // of a line whose end has not been read
	err    error  // of reading, told when all whole lines before it are handed out
	ended  bool
}

// next is the next part: what one read brings, up to its last whole line, so that a slow pipe is not waited for. At the end it is nil. An
// error is of the line that could not be read whole, which ends the file.
func (l *lines) next() (part, Place, error) {
	text := append(make([]byte, 0, chunkBytes+len(l.rest)), l.rest...)
	for l.err == nil {
		before := len(text)
		n, err := l.from.Read(text[before:cap(text)])
		text, l.err = text[:before+n], err
		end := bytes.LastIndexByte(text[before:], '\n')
		switch {
		case end >= 0:
			l.rest = bytes.Clone(text[before+end+1:])
			return l.part(text[:before+end+1])
		case len(text) > maxLineBytes:
			return l.refuse(l.source.advised(trimmed(text), fmt.Errorf("longer than %d bytes", maxLineBytes)))
		case len(text) == cap(text):
			text = append(make([]byte, 0, 2*cap(text)), text...)
		}
	}
	switch {
	case l.ended:
		return nil, Place{}, nil
	case !errors.Is(l.err, io.EOF):
		return l.refuse(fmt.Errorf("read what follows: %w", l.err))
	}
	if l.rest, l.ended = nil, true; len(text) == 0 {
		return nil, Place{}, nil
	}
	return l.part(text)
}

func (l *lines) refuse(err error) (part, Place, error) {
	l.rest, l.err, l.ended = nil, err, true
	return nil, Place{Line: l.number}, err
}

func (l *lines) part(text []byte) (part, Place, error) {
	t := &textPart{text: text, first: l.number, source: l.source}
	l.number += int64(bytes.Count(text, []byte{'\n'}))
	return t, Place{}, nil
}

// textPart is some whole lines.
type textPart struct {
	text   []byte
	first  int64 // number of the first line
	source source
}

func (p *textPart) parse(c *Chunk) {
	c.values = make([]byte, 0, len(p.text)/2)
	number := p.first
	for line := range bytes.Lines(p.text) {
		if line = trimmed(line); len(line) > 0 {
			err := events.ParseLine(line, &c.event)
			if err == nil {
				err = c.take()
			}
			if err != nil && c.refuse(Place{Line: number}, p.source.advised(line, err)) {
				return
			}
		}
		number++
	}
}

// trimmed is a line without its end, white space around it, and the byte order mark that each file of several may begin with.
func trimmed(line []byte) []byte {
	return bytes.TrimSpace(bytes.TrimPrefix(line, []byte(plaintext.Mark)))
}
