package main

import (
	"io"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
)

// textTable is a table for eyes: columns wide enough, numbers on the right, no lines.
type textTable struct{ writer table.Writer }

// newTable makes a table with a heading.
func newTable(w io.Writer, heading ...string) *textTable {
	t := &textTable{table.NewWriter()}
	t.writer.SetOutputMirror(w)
	style := table.StyleDefault
	style.Options = table.OptionsNoBordersAndSeparators
	style.Format.Header = text.FormatDefault
	style.Box.PaddingLeft, style.Box.PaddingRight = "", "  "
	t.writer.SetStyle(style)
	t.writer.SuppressTrailingSpaces()
	t.writer.AppendHeader(rowOf(heading))
	return t
}

// right puts columns, counted from 1, to the right.
func (t *textTable) right(columns ...int) {
	var configs []table.ColumnConfig
	for _, number := range columns {
		configs = append(configs, table.ColumnConfig{Number: number, Align: text.AlignRight, AlignHeader: text.AlignRight})
	}
	t.writer.SetColumnConfigs(configs)
}

func (t *textTable) row(cells ...string) { t.writer.AppendRow(rowOf(cells)) }

func (t *textTable) write() { t.writer.Render() }

func rowOf(cells []string) table.Row {
	row := make(table.Row, len(cells))
	for i, cell := range cells {
		row[i] = cell
	}
	return row
}
