package statement

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"sellerpulse/pkg/windows"
)

// columns of a CSV by name, in whatever order; those that may be missing are -1 then.
type columns struct{ rule, from, to, numerator, denominator, channel, at int }

func parseCSV(text []byte) (figures []Figure, err error) {
	r := csv.NewReader(bytes.NewReader(text))
	r.TrimLeadingSpace = true
	header, err := r.Read()
	if err != nil {
		return nil, ErrForm
	}
	at, err := columnsOf(header)
	if err != nil {
		return nil, err
	}
	for {
		fields, err := r.Read()
		if errors.Is(err, io.EOF) {
			return figures, nil
		}
		if err != nil {
			return nil, fmt.Errorf("read CSV: %w", err) // It names the line.
		}
		f, err := at.figure(fields)
		if err != nil {
			line, _ := r.FieldPos(0)
			return nil, fmt.Errorf("read CSV: line %d: %w", line, err)
		}
		if figures = append(figures, f); len(figures) > maxFigures {
			return nil, fmt.Errorf("read CSV: there are more than %d lines", maxFigures)
		}
	}
}

func columnsOf(header []string) (c columns, err error) {
	find := func(name string) int {
		for i, field := range header {
			if strings.EqualFold(strings.TrimSpace(field), name) {
				return i
			}
		}
		return -1
	}
	c = columns{find("rule"), find("from"), find("to"), find("numerator"), find("denominator"), find("channel"), find("at")}
	if min(c.rule, c.from, c.to, c.numerator, c.denominator) < 0 {
		return c, ErrForm
	}
	return c, nil
}

func (c *columns) figure(fields []string) (f Figure, err error) {
	field := func(i int) string {
		if i < 0 {
			return ""
		}
		return strings.TrimSpace(fields[i])
	}
	f = Figure{Name: field(c.rule), Rule: field(c.rule), Channel: strings.ToUpper(field(c.channel)), Counts: &Counts{}}
	if f.Rule == "" {
		return f, errors.New("rule: it is empty: write the name of a rule or of a metric")
	}
	date := func(name string, i int, to *windows.Date) {
		if err == nil {
			if *to, err = dateOf(field(i)); err != nil {
				err = fmt.Errorf("%s: %w", name, err)
			}
		}
	}
	number := func(name string, i int, to *int64) {
		if err == nil {
			if *to, err = strconv.ParseInt(field(i), 10, 64); err != nil || *to < 0 {
				err = fmt.Errorf("%s: %q is no whole number from 0 up", name, field(i))
			}
		}
	}
	date("from", c.from, &f.From)
	date("to", c.to, &f.To)
	number("numerator", c.numerator, &f.Counts.Numerator)
	number("denominator", c.denominator, &f.Counts.Denominator)
	if at := field(c.at); err == nil && at != "" {
		if f.MadeAt, err = time.Parse(time.RFC3339, at); err != nil {
			err = fmt.Errorf("at: %q is no time such as 2026-03-01T00:00:00Z", at)
		}
	}
	return f, err
}
