package mapping

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"

	"sellerpulse/internal/yamltext"
)

// Bounds of rows.
const (
	maxColumns  = 1_000
	maxRowBytes = 1 << 20
	maxGroup    = 10_000 // rows
)

// Rows say how text of rows is read. The first row has the names of the columns.
type Rows struct {
	Group     string // a column: rows that follow each other and have the same there are one list; empty: each row is for itself
	Encoding  string // as the web calls it, such as windows-1252 or shift_jis; empty: UTF-8, or UTF-16 with a byte order mark
	Delimiter rune   // 0: a comma, of TSV a tab
	Quotes    Quotes // whether fields may be in quotes, with delimiters and line breaks in them
}

// Quotes say what a quote is in text of rows.
type Quotes string

// What there is to say of quotes.
const (
	QuotesByForm Quotes = ""    // of CSV they enclose fields, of TSV they are signs like any other, as marketplaces write it
	QuotesYes    Quotes = "yes" // they enclose fields
	QuotesNo     Quotes = "no"
)

func (r *Rows) read(f map[string]*yamltext.Node) (err error) {
	if r.Group, err = text(f["group"]); err != nil {
		return err
	}
	if r.Encoding, err = text(f["encoding"]); err != nil {
		return err
	}
	if _, err := r.decoding(); err != nil {
		return wrong(f["encoding"], "encoding: %v", err)
	}
	delimiter, err := text(f["delimiter"])
	if err != nil {
		return err
	}
	if delimiter == `\t` {
		delimiter = "\t"
	}
	if n := utf8.RuneCountInString(delimiter); n > 1 || strings.ContainsAny(delimiter, "\"\r\n") {
		return wrong(f["delimiter"], "delimiter %q: use one character, such as ; or \\t", delimiter)
	}
	quotes, err := text(f["quotes"])
	if err != nil {
		return err
	}
	if r.Quotes = Quotes(quotes); quotes != "" && quotes != "yes" && quotes != "no" {
		return wrong(f["quotes"], "quotes %q: use yes or no", quotes)
	}
	r.Delimiter = 0
	if delimiter != "" {
		r.Delimiter, _ = utf8.DecodeRuneInString(delimiter)
	}
	return nil
}

// decoding is what makes UTF-8 of a text.
func (r *Rows) decoding() (encoding.Encoding, error) {
	if r.Encoding == "" {
		return encoding.Nop, nil // What is not UTF-8 is an error, not signs that stand for it.
	}
	e, err := htmlindex.Get(r.Encoding)
	if err != nil {
		return nil, fmt.Errorf("no encoding %q: use a name such as utf-8, windows-1252, iso-8859-1, shift_jis or gb18030", r.Encoding)
	}
	return e, nil
}

// Table reads rows one after the other.
type Table struct {
	rows    *Rows
	from    fieldReader
	guard   *guard
	columns []string
	ahead   map[string]any // read already, and of the next group
	line    int            // of the row that was read last
	first   int            // line of the first row of what was handed out last
}

// Open begins to read text, and reads the names of the columns. A text without any row has none.
func (r *Rows) Open(form Form, from io.Reader) (*Table, error) {
	e, err := r.decoding()
	if err != nil {
		return nil, err
	}
	delimiter := r.Delimiter
	switch {
	case delimiter != 0:
	case form == TSV:
		delimiter = '\t'
	default:
		delimiter = ','
	}
	decoded := transform.NewReader(from, transform.Chain(unicode.BOMOverride(e.NewDecoder()), encoding.UTF8Validator))
	t := &Table{rows: r, guard: &guard{from: &lineEnds{from: bufio.NewReader(decoded)}}}
	if t.from = newQuoted(t.guard, delimiter); r.Quotes == QuotesNo || r.Quotes == QuotesByForm && form == TSV {
		t.from = newUnquoted(t.guard, delimiter)
	}
	t.guard.left = maxReadAhead
	columns, err := t.from.read()
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("read the names of the columns: %w", withRemedy(err))
	}
	if len(columns) > maxColumns {
		return nil, fmt.Errorf("%d columns, more than %d: is the delimiter right?", len(columns), maxColumns)
	}
	if len(columns) == 1 && strings.ContainsAny(columns[0], ";\t|,") {
		return nil, fmt.Errorf("there is one column, %q: name its delimiter, as `delimiter: %q`", columns[0], columns[0][strings.IndexAny(columns[0], ";\t|,")])
	}
	if t.columns = distinct(columns); len(columns) > 0 {
		t.line = t.from.line()
	}
	return t, nil
}

// distinct are names of columns without the space around them. One that has the name of another before it gets a number: name_2.
func distinct(columns []string) (names []string) {
	for _, column := range columns {
		column = strings.TrimSpace(column)
		name := column
		for n := 2; slices.Contains(names, name); n++ {
			name = fmt.Sprintf("%s_%d", column, n)
		}
		names = append(names, name)
	}
	return names
}

// withRemedy is an error of reading text, with what to do about it.
func withRemedy(err error) error {
	if errors.Is(err, encoding.ErrInvalidUTF8) {
		return errors.New("it is not UTF-8: name its encoding, as `encoding: windows-1252`")
	}
	return err
}

// next reads a row; io.EOF at the end.
func (t *Table) next() (map[string]any, error) {
	for {
		t.guard.left = maxReadAhead
		fields, err := t.from.read()
		if err != nil {
			return nil, t.failed(err)
		}
		t.line = t.from.line()
		if len(fields) == 1 && fields[0] == "" {
			continue
		}
		return t.row(fields)
	}
}

// failed is an error of the text behind the row that was read last.
func (t *Table) failed(err error) error {
	if errors.Is(err, encoding.ErrInvalidUTF8) {
		t.line++
		return fmt.Errorf("line %d, or a later one of the same row: %w", t.line, withRemedy(err))
	}
	return err
}

func (t *Table) row(fields []string) (map[string]any, error) {
	row, size := make(map[string]any, len(t.columns)), 0
	for i, field := range fields {
		if i >= len(t.columns) {
			if field == "" {
				continue
			}
			return nil, undecodable("line %d: %d fields, and %d columns: is the delimiter right, or a quote missing?", t.line, len(fields), len(t.columns))
		}
		if size += len(field); size > maxRowBytes {
			return nil, undecodable("line %d: a row of more than %d bytes: is a quote missing?", t.line, maxRowBytes)
		}
		row[t.columns[i]] = field
	}
	return row, nil
}

// Next is the next row, or the next group of rows, and the number of its first line; io.EOF at the end.
func (t *Table) Next() (v any, line int, err error) {
	if t.rows.Group == "" {
		row, err := t.next()
		return row, t.line, err
	}
	first := t.ahead
	t.ahead = nil
	if first == nil {
		if first, err = t.next(); err != nil {
			return nil, t.line, err
		}
		t.first = t.line
	}
	group := []any{first}
	line = t.first
	for {
		row, err := t.next()
		switch {
		case errors.Is(err, io.EOF):
			return group, line, nil
		case err != nil:
			return nil, t.line, err
		case row[t.rows.Group] != first[t.rows.Group]:
			t.ahead, t.first = row, t.line
			return group, line, nil
		case len(group) >= maxGroup:
			return nil, t.line, undecodable("line %d: more than %d rows with %s %q: is that what to group by?", t.line, maxGroup, t.rows.Group, first[t.rows.Group])
		}
		group = append(group, row)
	}
}

// table reads a record that is a whole text of rows, to a list of them.
func (r *Rows) table(form Form, b []byte) (any, error) {
	t, err := r.Open(form, bytes.NewReader(b))
	if err != nil {
		return nil, undecodable("read %s: %w", form, err)
	}
	rows := []any{}
	for {
		row, _, err := t.Next()
		if errors.Is(err, io.EOF) {
			return rows, nil
		}
		if err != nil {
			return nil, undecodable("read %s: %w", form, err)
		}
		rows = append(rows, row)
	}
}
