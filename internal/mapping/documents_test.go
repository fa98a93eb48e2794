package mapping

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
)

func allOf(values Values) (all string, err error) {
	for {
		v, at, err := values.Next()
		if errors.Is(err, io.EOF) {
			return all, nil
		}
		if err != nil {
			return all, fmt.Errorf("%d: %w", at, err)
		}
		all += fmt.Sprint(at, ":", v, " ")
	}
}

func TestDocuments(t *testing.T) {
	for _, c := range []struct{ text, want, problem string }{
		{"", "", ""},
		{" \n", "", ""},
		{`{"a":1}`, "1:map[a:1] ", ""},
		{"{\"a\":1}\n{\"a\":2}\n\n{\"a\":3}", "1:map[a:1] 2:map[a:2] 3:map[a:3] ", ""},
		{"\ufeff[{\"a\":1},\n {\"a\":2}]", "1:map[a:1] 2:map[a:2] ", ""},
		{`[] [1] 2 [3,[4]]`, "1:1 2:2 3:3 4:[4] ", ""},
		{`[{"a":1},`, "1:map[a:1] ", "2: read JSON: "},
		{`{"a":1} {"a"`, "1:map[a:1] ", "2: read JSON: unexpected EOF"},
		{`nonsense`, "", "1: read JSON: invalid character"},
	} {
		got, err := allOf(newDocuments(strings.NewReader(c.text), JSON))
		if got != c.want || (err == nil) != (c.problem == "") || err != nil && !strings.Contains(err.Error(), c.problem) {
			t.Errorf("%q has %q, %v; want %q, %q", c.text, got, err, c.want, c.problem)
		}
	}
	endless := io.MultiReader(strings.NewReader(`{"a":"`), repeated('x'))
	if _, err := allOf(newDocuments(endless, JSON)); !errors.Is(err, errRow) {
		t.Errorf("error %v of a document without an end", err)
	}
}

// repeated is a reader of one letter without end.
type repeated byte

func (r repeated) Read(b []byte) (int, error) {
	for i := range b {
		b[i] = byte(r)
	}
	return len(b), nil
}

func TestRows(t *testing.T) {
	for _, c := range []struct {
		rows          Rows
		form          Form
		text          string
		want, problem string
	}{
		{Rows{}, CSV, "b,a\n1,2\n\n\"x\ny\",\"say \"\"no\"\"\"\n", "2:map[a:2 b:1] 4:map[a:say \"no\" b:x\ny] ", ""},
		{Rows{}, CSV, "\ufeffa\r\n1\r\n", "2:map[a:1] ", ""},
		{Rows{}, CSV, "", "", ""},
		{Rows{}, CSV, "a,b\n1\n1,2,\n", "2:map[a:1] 3:map[a:1 b:2] ", ""},
		{Rows{}, CSV, "a\n1,2\n", "", "line 2: 2 fields, and 1 columns"},
		{Rows{Delimiter: ';'}, CSV, "a;b\n1;2,5\n", "2:map[a:1 b:2,5] ", ""},
		{Rows{}, TSV, "a\tb\n\"1\t2\"\n", "2:map[a:\"1 b:2\"] ", ""},
		{Rows{Quotes: QuotesYes}, TSV, "a\tb\n\"1\t2\"\t3\n", "2:map[a:1\t2 b:3] ", ""},
		{Rows{Encoding: "windows-1252"}, CSV, "a\n\xe4\n", "2:map[a:ä] ", ""},
		{Rows{Encoding: "shift_jis"}, CSV, "a\n\x93\xfa\x96\x7b\n", "2:map[a:日本] ", ""},
		{Rows{}, CSV, "\xff\xfea\x00\n\x001\x00\n\x00", "2:map[a:1] ", ""},
		{Rows{}, CSV, "a\n1\n\xe4\n", "2:map[a:1] ", "line 3, or a later one of the same row: it is not UTF-8: name its encoding, as `encoding: windows-1252`"},
		{Rows{}, CSV, "\ufeffa\n\xe4\n", "", "line 2, or a later one of the same row: it is not UTF-8"},
		{Rows{}, TSV, "a\n\xe4\n", "", "line 2, or a later one of the same row: it is not UTF-8"},
		{Rows{}, CSV, "\xe4\n", "", "read the names of the columns: it is not UTF-8"},
		{Rows{}, CSV, "a,b\r1,2\r\"3\r\",4\r", "2:map[a:1 b:2] 3:map[a:3\n b:4] ", ""},
		{Rows{}, CSV, "a,b\r\n1,2\r3\r\n", "2:map[a:1 b:2\r3] ", ""},
		{Rows{}, TSV, "a\tb\r1\t2\r", "2:map[a:1 b:2] ", ""},
		{Rows{}, CSV, "a,a, a_2,a\n1,2,3,4\n", "2:map[a:1 a_2:2 a_2_2:3 a_3:4] ", ""},
		{Rows{}, CSV, "a;b\n1;2\n", "", "there is one column, \"a;b\": name its delimiter, as `delimiter: ';'`"},
		{Rows{}, TSV, "a,b\n1,2\n", "", "there is one column, \"a,b\": name its delimiter, as `delimiter: ','`"},
		{Rows{Group: "a"}, CSV, "a,b\n1,x\n1,y\n2,z\n1,w\n", "2:[map[a:1 b:x] map[a:1 b:y]] 4:[map[a:2 b:z]] 5:[map[a:1 b:w]] ", ""},
	} {
		got := ""
		table, err := c.rows.Open(c.form, strings.NewReader(c.text))
		if err == nil {
			got, err = allOf(table)
		}
		if got != c.want || (err == nil) != (c.problem == "") || err != nil && !strings.Contains(err.Error(), c.problem) {
			t.Errorf("%q has %q, %v; want %q, %q", c.text, got, err, c.want, c.problem)
		}
	}
	endless := io.MultiReader(strings.NewReader("a\n\""), repeated('x'))
	table, err := new(Rows).Open(CSV, endless)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := allOf(table); !errors.Is(err, errRow) {
		t.Errorf("error %v of a row without an end", err)
	}
}

// What is a table of rows never panics, and gives as many rows as it says.
func FuzzRows(f *testing.F) {
	f.Add("a,b\n1,\"2\n3\"\n", false)
	f.Add("a\tb\n1\t2\n", true)
	f.Fuzz(func(t *testing.T, text string, tabs bool) {
		form := CSV
		if tabs {
			form = TSV
		}
		table, err := new(Rows).Open(form, strings.NewReader(text))
		if err != nil {
			return
		}
		rows, last := 0, 0
		for {
			_, at, err := table.Next()
			if err != nil {
				break
			}
			if rows++; at <= last {
				t.Fatalf("row in line %d after line %d", at, last)
			}
			last = at
		}
		if lines := strings.Count(text, "\n") + strings.Count(text, "\r") + 1; rows > lines {
			t.Fatalf("%d rows of %d lines", rows, lines)
		}
	})
}
