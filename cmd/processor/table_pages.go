package main

import (
	"io"
	"slices"
	"strings"

	"github.com/jedib0t/go-pretty/v6/text"

	"sellerpulse/internal/display"
)

// pagedTable is a table for eyes of which a page at a time is in memory. Its columns are as wide as the pages up to then need. Whatever its cells hold, each row
// is one line.
type pagedTable struct {
	to      io.Writer
	columns []pagedColumn
	rows    [][]string // of the page
	begun   bool       // the heading is written
}

// pagedColumn is a column of a pagedTable.
type pagedColumn struct {
	heading string
	right   bool
	id      bool // of what producers name
	width   int
}

func newPagedTable(to io.Writer, columns ...pagedColumn) *pagedTable {
	for i := range columns {
		c := &columns[i]
		c.heading = display.Cell(c.heading, idWidth)
		c.width = display.Width(c.heading)
	}
	return &pagedTable{to: to, columns: columns}
}

// row adds a row to the page.
func (t *pagedTable) row(cells ...string) {
	for i := range cells {
		c, most := &t.columns[i], cellWidth
		if c.id {
			most = idWidth
		}
		cells[i] = display.Cell(cells[i], most)
		c.width = max(c.width, display.Width(cells[i]))
	}
	t.rows = append(t.rows, cells)
}

// width is how many of a terminal's cells a line takes.
func (t *pagedTable) width() (n int) {
	for i := range t.columns {
		n += t.columns[i].width + len(columnGap)
	}
	return n - len(columnGap)
}

const columnGap = "  "

// addColumn adds a column to the page on its right, of a cell for each row.
func (t *pagedTable) addColumn(heading string, cells []string) {
	t.columns = append(t.columns, pagedColumn{heading: heading})
	for i := range t.rows {
		t.rows[i] = append(t.rows[i], cells[i])
	}
}

// write writes the page, and before the first one the heading.
func (t *pagedTable) write() error {
	var b strings.Builder
	if !t.begun && len(t.rows) > 0 {
		var headings []string
		for i := range t.columns {
			headings = append(headings, t.columns[i].heading)
		}
		t.line(&b, headings)
		t.begun = true
	}
	for _, cells := range t.rows {
		t.line(&b, cells)
	}
	t.rows = slices.Delete(t.rows, 0, len(t.rows))
	_, err := io.WriteString(t.to, b.String())
	return err
}

func (t *pagedTable) line(b *strings.Builder, cells []string) {
	var line strings.Builder
	for i, cell := range cells {
		c := &t.columns[i]
		if c.right {
			cell = text.AlignRight.Apply(cell, c.width)
		} else {
			cell = text.Pad(cell, c.width, ' ')
		}
		line.WriteString(cell + columnGap)
	}
	b.WriteString(strings.TrimRight(line.String(), " ") + "\n")
}
