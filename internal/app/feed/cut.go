package feed

import (
	"bytes"
	"errors"
	"fmt"
	"io"
)

const (
	// chunkBytes is how much is read, and parsed by one worker, at a time.
	chunkBytes = 512 << 10
	// maxLineBytes bounds a line. The largest value that topics take is far below it.
	maxLineBytes = 2 << 20
)

// lines cuts what is read into chunks of whole lines.
type lines struct {
	from   io.Reader
	source source
	number int64  // of the next line
	rest   []byte // of a line whose end has not been read
	err    error  // of reading, told when all whole lines before it are handed out
}

// next is the next chunk: what one read brings, up to its last whole line, so that a slow pipe is not waited for. At the end it is nil. An
// error names the line that could not be read whole.
func (l *lines) next() (*chunk, error) {
	text := append(make([]byte, 0, chunkBytes+len(l.rest)), l.rest...)
	for l.err == nil {
		before := len(text)
		n, err := l.from.Read(text[before:cap(text)])
		text, l.err = text[:before+n], err
		end := bytes.LastIndexByte(text[before:], '\n')
		switch {
		case end >= 0:
			l.rest = bytes.Clone(text[before+end+1:])
			return l.chunk(text[:before+end+1]), nil
		case len(text) > maxLineBytes:
			return nil, l.refuse(l.source.advised(trimmed(text), fmt.Errorf("longer than %d bytes", maxLineBytes)))
		case len(text) == cap(text):
			text = append(make([]byte, 0, 2*cap(text)), text...)
		}
	}
	if !errors.Is(l.err, io.EOF) {
		return nil, l.refuse(fmt.Errorf("read what follows: %w", l.err))
	}
	if l.rest = nil; len(text) == 0 {
		return nil, nil
	}
	return l.chunk(text), nil
}

func (l *lines) refuse(err error) error { return &LineError{Line: l.number, Err: err} }

func (l *lines) chunk(text []byte) *chunk {
	c := &chunk{text: text, first: l.number, source: l.source, parsed: make(chan struct{})}
	l.number += int64(bytes.Count(text, []byte{'\n'}))
	return c
}
