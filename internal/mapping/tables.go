package mapping

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"

	"sellerpulse/internal/meant"
	"sellerpulse/internal/yamltext"
)

// Bounds of a look-up table.
const (
	maxTableRows  = 2_000_000
	maxTableBytes = 512 << 20 // of its file
)

// table finds texts, or rows, by a key.
type table struct {
	values map[string]any
}

// readTables reads the look-up tables that a file names.
func (r *reader) readTables(n *yamltext.Node) error {
	if n.Kind != yamltext.Map || len(n.Map) > maxNames {
		return wrong(n, "tables are at most %d names, each with `file:` and `key:`, or with `rows:`", maxNames)
	}
	for _, e := range n.Map {
		t, err := r.readTable(e.Value)
		if err != nil {
			return err
		}
		r.tables[e.Key] = t
	}
	return nil
}

// tableOptions say how a table is read from a file of rows.
type tableOptions struct {
	key, value string
	all        bool // rows of one key are a list
	rows       Rows
}

func (r *reader) readTable(n *yamltext.Node) (*table, error) {
	f, err := fields(n, "file", "key", "value", "all", "encoding", "delimiter", "quotes", "rows", "optional")
	if err != nil {
		return nil, err
	}
	if f["rows"] != nil {
		return r.inlineTable(f["rows"])
	}
	var o tableOptions
	name, err := text(f["file"])
	if err == nil {
		o.key, err = text(f["key"])
	}
	if err == nil {
		o.value, err = text(f["value"])
	}
	if err == nil {
		err = o.rows.read(f)
	}
	if err != nil {
		return nil, err
	}
	all, _ := text(f["all"])
	if o.all = all == "true"; name == "" || o.key == "" {
		return nil, wrong(n, "a table has `file:`, the name of a CSV file, and `key:`, one of its columns")
	}
	t, err := r.openTable(name, &o)
	if optional, _ := text(f["optional"]); optional == "true" && errors.Is(err, fs.ErrNotExist) {
		return &table{}, nil
	}
	if err != nil {
		return nil, wrong(f["file"], "table of %s: %v", name, err)
	}
	return t, nil
}

// inlineTable reads a table that stands in the mapping file.
func (r *reader) inlineTable(n *yamltext.Node) (*table, error) {
	if n.Kind != yamltext.Map {
		return nil, wrong(n, "`rows:` are keys and values: write `key: value`")
	}
	t := &table{values: map[string]any{}}
	for _, e := range n.Map {
		value, err := text(e.Value)
		if err != nil {
			return nil, err
		}
		t.values[e.Key] = value
	}
	return t, nil
}

func (r *reader) openTable(name string, o *tableOptions) (*table, error) {
	if r.options.Open == nil {
		return nil, errors.New("files are not read here")
	}
	file, err := r.options.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	limited := &io.LimitedReader{R: file, N: maxTableBytes + 1}
	t, err := loadTable(limited, o)
	if limited.N == 0 {
		return nil, fmt.Errorf("larger than %d MB: split it, or join it before it comes here", maxTableBytes>>20)
	}
	return t, err
}

func loadTable(from io.Reader, o *tableOptions) (*table, error) {
	rows, err := o.rows.Open(CSV, from)
	if err != nil {
		return nil, err
	}
	for _, column := range []string{o.key, o.value} {
		if column != "" && !slices.Contains(rows.columns, column) {
			return nil, fmt.Errorf("no column %q%s: there are %s", column, meant.Hint(column, rows.columns), strings.Join(rows.columns, ", "))
		}
	}
	t := &table{values: map[string]any{}}
	for n := 0; ; n++ {
		row, err := rows.next()
		if errors.Is(err, io.EOF) {
			return t, nil
		}
		if err != nil {
			return nil, err
		}
		if n >= maxTableRows {
			return nil, fmt.Errorf("more than %d rows: split it, or join it before it comes here", maxTableRows)
		}
		t.add(row, o)
	}
}

func (t *table) add(row map[string]any, o *tableOptions) {
	key, _ := row[o.key].(string)
	value := any(row)
	if o.value != "" {
		value = row[o.value]
	}
	if !o.all {
		t.values[key] = value
		return
	}
	list, _ := t.values[key].([]any)
	t.values[key] = append(list, value)
}
