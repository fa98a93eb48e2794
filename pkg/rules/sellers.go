package rules

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"sellerpulse/internal/plaintext"
	"sellerpulse/pkg/events"
)

// sellerColumn is the heading of the column with ids; without it they are in the first one, and no line is a heading.
const sellerColumn = "seller_id"

// readList reads a file that lists sellers: an id on each line, or CSV. Lines that begin with # are comments. Ids come sorted, each once.
func readList(f *File) (ids []string, err error) {
	wrong := func(line, column int, format string, args ...any) error {
		return &Error{File: f.Name, Line: line, Column: column, Problem: fmt.Sprintf(format, args...)}
	}
	if len(f.Text) > MaxSellersBytes {
		return nil, wrong(0, 0, "a list of sellers of %d bytes: it may have up to %d", len(f.Text), MaxSellersBytes)
	}
	text, err := plaintext.Trim(f.Text)
	if err != nil {
		return nil, wrong(1, 1, "%v", err)
	}
	r := csv.NewReader(strings.NewReader(string(text)))
	r.Comment, r.FieldsPerRecord, r.TrimLeadingSpace, r.ReuseRecord = '#', -1, true, true
	column := 0
	for first := true; ; first = false {
		record, err := r.Read()
		var syntax *csv.ParseError
		switch {
		case errors.Is(err, io.EOF):
			slices.Sort(ids)
			return slices.Compact(ids), listed(ids, wrong)
		case errors.As(err, &syntax):
			return nil, wrong(syntax.Line, syntax.Column, "%v: put an id with quotes or commas in quotes, and double the quotes in it", syntax.Err)
		case err != nil:
			return nil, wrong(0, 0, "%v", err)
		}
		if i := slices.Index(record, sellerColumn); first && i >= 0 {
			column = i
			continue
		}
		if column >= len(record) {
			line, _ := r.FieldPos(0)
			return nil, wrong(line, 1, "a line without column %d, which has the ids: add it, or remove the line", column+1)
		}
		id := strings.TrimSpace(record[column])
		if !isSeller(id) {
			line, at := r.FieldPos(column)
			return nil, wrong(line, at, "%q is no id of a seller: it has from 1 to %d bytes of UTF-8", id, events.MaxTextBytes)
		}
		ids = append(ids, id)
	}
}

// listed is an error where a list has no ids.
func listed(ids []string, wrong func(line, column int, format string, args ...any) error) error {
	if len(ids) == 0 {
		return wrong(0, 0, "a list without sellers: write an id on each line")
	}
	return nil
}
