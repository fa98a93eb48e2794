package mapping

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"sellerpulse/internal/jsonvalue"
	"sellerpulse/internal/ocf"
)

// Values are those of a file, one after the other, each to be mapped by itself.
type Values interface {
	// Next is the next value, and where it is: the number of its line in a file of rows, of the document or the record in another one. At the end it is io.EOF.
	Next() (v any, at int, err error)
}

// Open begins to read a file of a source: rows, or JSON: documents one after the other, or arrays of them; or an Avro object container file, which its
// first bytes tell from JSON.
func (s *Source) Open(from io.Reader) (Values, error) {
	switch s.form {
	case CSV, TSV:
		return s.Rows.Open(s.form, from)
	case JSON, Avro, Debezium:
		buffered := bufio.NewReader(from)
		if mark, err := buffered.Peek(len(ocf.Mark)); err == nil && string(mark) == ocf.Mark {
			return newContainer(buffered, s.form)
		}
		return newDocuments(buffered, s.form), nil
	}
	return nil, fmt.Errorf("files of form %s are not read: source %s is to be json, avro, debezium, csv or tsv", s.form, s.Name)
}

// documents reads JSON.
type documents struct {
	form  Form
	guard *guard
	from  *json.Decoder
	json  jsonvalue.Decoder
	array bool // within one
	read  int
}

func newDocuments(from io.Reader, form Form) *documents {
	d := &documents{form: form, guard: &guard{from: from}}
	buffered := bufio.NewReader(d.guard)
	d.guard.left = maxReadAhead
	if mark, err := buffered.Peek(len(byteOrderMark)); err == nil && string(mark) == byteOrderMark {
		_, _ = buffered.Discard(len(byteOrderMark)) // It is there.
	}
	d.from = json.NewDecoder(buffered)
	return d
}

// byteOrderMark is what some programs put before UTF-8.
const byteOrderMark = "\xef\xbb\xbf"

// Next implements [Values].
func (d *documents) Next() (v any, at int, err error) {
	for {
		raw, err := d.raw()
		if errors.Is(err, io.EOF) {
			return nil, d.read, io.EOF
		}
		d.read++
		if err != nil {
			return nil, d.read, fmt.Errorf("read JSON: %w", err)
		}
		if v, err = d.json.Decode(raw); err != nil {
			return nil, d.read, fmt.Errorf("read JSON: %w", err)
		}
		if d.form != Debezium {
			return v, d.read, nil
		}
		if change, some, err := unwrap(v); err != nil || some {
			return change, d.read, err
		}
	}
}

// raw is the next document, or the next element of an array.
func (d *documents) raw() (json.RawMessage, error) {
	d.guard.left = MaxRecordBytes
	for {
		if d.array && d.from.More() {
			return d.decode()
		}
		if d.array {
			if _, err := d.from.Token(); err != nil {
				return nil, err
			}
			d.array = false
		}
		raw, err := d.next()
		if raw != nil || err != nil {
			return raw, err
		}
	}
}

// next is the next document; nothing where it is an array, which is begun.
func (d *documents) next() (json.RawMessage, error) {
	if !d.from.More() {
		_, err := d.from.Token()
		return nil, err
	}
	if ahead(d.from.Buffered()) == '[' {
		_, err := d.from.Token()
		d.array = err == nil
		return nil, err
	}
	return d.decode()
}

// ahead is the first sign that is no white space.
func ahead(buffered io.Reader) byte {
	var c [1]byte
	for {
		if n, err := buffered.Read(c[:]); n == 0 || err != nil {
			return 0
		}
		if c[0] != ' ' && c[0] != '\t' && c[0] != '\r' && c[0] != '\n' {
			return c[0]
		}
	}
}

func (d *documents) decode() (raw json.RawMessage, err error) {
	err = d.from.Decode(&raw)
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return raw, err
}
