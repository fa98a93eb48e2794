package main

import (
	"fmt"
	"io"
	"slices"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"

	"sellerpulse/internal/display"
)

// Widths that a cell of a table has at most, in cells of a terminal. What is longer is cut: a text of a producer may have hundreds.
const (
	idWidth   = 40 // of what producers name: room for a UUID
	cellWidth = 160
)

// textTable is a table for eyes: columns wide enough, numbers on the right, no lines. Whatever its cells hold, each row is one line.
type textTable struct {
	to     io.Writer
	writer table.Writer
	ids    []int // columns of what producers name
}

// newTable makes a table with a heading.
func newTable(w io.Writer, heading ...string) *textTable {
	t := &textTable{to: w, writer: table.NewWriter()}
	style := table.StyleDefault
	style.Options = table.OptionsNoBordersAndSeparators
	style.Format.Header = text.FormatDefault
	style.Box.PaddingLeft, style.Box.PaddingRight = "", "  "
	t.writer.SetStyle(style)
	t.writer.SuppressTrailingSpaces()
	t.writer.AppendHeader(t.rowOf(heading))
	return t
}

// narrow cuts columns, counted from 1, of what producers name.
func (t *textTable) narrow(columns ...int) { t.ids = columns }

// right puts columns, counted from 1, to the right.
func (t *textTable) right(columns ...int) {
	var configs []table.ColumnConfig
	for _, number := range columns {
		configs = append(configs, table.ColumnConfig{Number: number, Align: text.AlignRight, AlignHeader: text.AlignRight})
	}
	t.writer.SetColumnConfigs(configs)
}

func (t *textTable) row(cells ...string) { t.writer.AppendRow(t.rowOf(cells)) }

func (t *textTable) write() error {
	_, err := fmt.Fprintln(t.to, t.writer.Render())
	return err
}

func (t *textTable) rowOf(cells []string) table.Row {
	row := make(table.Row, len(cells))
	for i, cell := range cells {
		width := cellWidth
		if slices.Contains(t.ids, i+1) {
			width = idWidth
		}
		row[i] = display.Cell(cell, width)
	}
	return row
}
