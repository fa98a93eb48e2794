package mapping

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"
)

// maxReadAhead bounds what is read for one row: readers of rows read further than its end.
const maxReadAhead = 4 * maxRowBytes

// fieldReader cuts text into rows and these into fields. At the end it gives io.EOF.
type fieldReader interface {
	read() ([]string, error)
	line() int // in which the row began that was read last
}

// guard ends a row, or a document, that is too long before it is in memory, such as one where a quote is missing.
type guard struct {
	from io.Reader
	left int
}

var errRow = errors.New("it is longer than is read at a time: is a quote or a bracket missing?")

// Read implements io.Reader.
func (g *guard) Read(b []byte) (int, error) {
	if g.left <= 0 {
		return 0, errRow
	}
	n, err := g.from.Read(b[:min(len(b), g.left)])
	g.left -= n
	return n, err
}

// lineEnds reads text whose lines end with a carriage return alone, as some programs write it, as if they ended with a line feed. Whether they do tells
// its beginning.
type lineEnds struct {
	from     *bufio.Reader
	seen, is bool
}

// Read implements io.Reader.
func (l *lineEnds) Read(b []byte) (int, error) {
	if !l.seen {
		beginning, _ := l.from.Peek(l.from.Size()) // What keeps it from being longer is told by the next read.
		end := bytes.IndexByte(beginning, '\r')
		l.seen, l.is = true, end >= 0 && end+1 < len(beginning) && bytes.IndexByte(beginning, '\n') < 0
	}
	n, err := l.from.Read(b)
	if l.is {
		for i, c := range b[:n] {
			if c == '\r' {
				b[i] = '\n'
			}
		}
	}
	return n, err
}

// quoted reads fields that may be in quotes, as they are found in the wild: any number of them, with quotes where they should not be.
type quoted struct{ *csv.Reader }

func newQuoted(from io.Reader, delimiter rune) fieldReader {
	c := csv.NewReader(from)
	c.Comma, c.FieldsPerRecord, c.LazyQuotes = delimiter, -1, true
	return quoted{c}
}

func (q quoted) read() ([]string, error) { return q.Read() }

func (q quoted) line() int {
	line, _ := q.FieldPos(0)
	return line
}

// unquoted reads lines, in which quotes are signs like any other.
type unquoted struct {
	lines     *bufio.Scanner
	delimiter string
	number    int
}

func newUnquoted(from io.Reader, delimiter rune) fieldReader {
	lines := bufio.NewScanner(from)
	lines.Buffer(nil, maxRowBytes)
	return &unquoted{lines: lines, delimiter: string(delimiter)}
}

func (u *unquoted) read() ([]string, error) {
	for u.lines.Scan() {
		u.number++
		if line := strings.TrimSuffix(u.lines.Text(), "\r"); line != "" {
			return strings.Split(line, u.delimiter), nil
		}
	}
	err := u.lines.Err()
	switch {
	case err == nil:
		return nil, io.EOF
	case errors.Is(err, bufio.ErrTooLong):
		return nil, fmt.Errorf("line %d: more than %d bytes: is it a text of rows?", u.number+1, maxRowBytes)
	}
	return nil, err
}

func (u *unquoted) line() int { return u.number }
