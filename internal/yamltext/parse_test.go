package yamltext

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

// show writes a node as JSON would be, without quotes.
func show(n *Node) string {
	var parts []string
	switch n.Kind {
	case Scalar:
		return fmt.Sprintf("%q", n.Text)
	case List:
		for _, element := range n.List {
			parts = append(parts, show(element))
		}
		return "[" + strings.Join(parts, " ") + "]"
	case Map:
		for _, e := range n.Map {
			parts = append(parts, e.Key+":"+show(e.Value))
		}
		return "{" + strings.Join(parts, " ") + "}"
	}
	return "null"
}

func TestParse(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"nothing", "", "null"},
		{"comments", "# nothing\n", "null"},
		{"plain", "a: b\n", `{a:"b"}`},
		{"byte order mark", "\xef\xbb\xbfa: b\n", `{a:"b"}`},
		{"line ends of Windows", "a: b\r\nc:\r\n  - d\r\n", `{a:"b" c:["d"]}`},
		{"no line end", "a: b", `{a:"b"}`},
		{"quotes", `{a: 'it''s', "b": "\u0041\n"}`, `{a:"it's" b:"A\n"}`},
		{"comment behind", "a: b # c\n", `{a:"b"}`},
		{"block literal", "a: |\n  x\n  y\n", `{a:"x\ny\n"}`},
		{"folded", "a: >-\n  x\n  y\n", `{a:"x y"}`},
		{"several lines", "a: x\n  y\n", `{a:"x y"}`},
		{
			"scalars of all types are their text", "a: [1, 0x10, 1_000, 010, 1.50, 1e3, .inf, -.inf, .nan, True, yes, off, 2026-01-02, 12:30, a b, 10d]\n",
			`{a:["1" "0x10" "1_000" "010" "1.50" "1e3" ".inf" "-.inf" ".nan" "True" "yes" "off" "2026-01-02" "12:30" "a b" "10d"]}`,
		},
		{"nulls", "a: ~\nb: null\nc:\nd: ''\n", `{a:null b:null c:null d:""}`},
		{"nested", "a:\n  b: [c, [d]]\n", `{a:{b:["c" ["d"]]}}`},
		{"flow mapping", "{a: b, c: {d: e}}", `{a:"b" c:{d:"e"}}`},
		{"a key without a value", "{a, b: c}", `{a:null b:"c"}`},
		{"explicit key", "? a\n: b\n", `{a:"b"}`},
		{"anchor", "a: &x b\n", `{a:"b"}`},
		{"alias", "a: &x b\nc: *x\n", `{a:"b" c:"b"}`},
		{"alias of a list", "a: &x [b, c]\nd: *x\n", `{a:["b" "c"] d:["b" "c"]}`},
		{"anchor made anew", "a: &x b\nc: &x d\ne: *x\n", `{a:"b" c:"d" e:"d"}`},
		{"anchor and alias of keys", "&x a: b\nc: *x\n", `{a:"b" c:"a"}`},
		{"anchored mapping", "a: &x\n  b: c\n", `{a:{b:"c"}}`},
		{"text by a tag", "a: !!str 0x10\n", `{a:"0x10"}`},
		{"tag and anchor", "a: !!str &x b\nc: &y !!str d\ne: [*x, *y]\n", `{a:"b" c:"d" e:["b" "d"]}`},
		{"directive", "%YAML 1.2\n---\na: b\n", `{a:"b"}`},
		{"text alone", "a\n", `"a"`},
		{"documents", "a: b\n---\nc: d\n", `{a:"b"} {c:"d"}`},
	} {
		documents, err := Parse([]byte(c.text))
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		var shown []string
		for _, d := range documents {
			shown = append(shown, show(d))
		}
		if got := strings.Join(shown, " "); got != c.want {
			t.Errorf("%s: read as %s, want %s", c.name, got, c.want)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	for _, c := range []struct {
		name, text string
		line       int
		want       string
	}{
		{"unknown alias", "a: b\nc: *.pem\n", 2, "alias *.pem: no anchor &.pem stands before it; put text that begins with * in quotes"},
		{"alias before its anchor", "a: *x\nb: &x c\n", 1, "no anchor &x stands before it"},
		{"alias within its anchor", "a: &x [*x]\n", 1, "no anchor &x stands before it"},
		{"alias of another document", "a: &x b\n---\nc: *x\n", 3, "no anchor &x stands before it"},
		{"anchor of nothing", "a: &x\n", 1, "not YAML"},
		{"merge key", "a: b\n<<: {c: d}\n", 2, `merge key "<<" is not read here: write the keys out`},
		{"binary", "a: b\nc: !!binary aGk=\n", 2, "tag !!binary is not read here: leave it out"},
		{"own tag", "a: !password secret\n", 1, "tag !password is not read here: leave it out; put text that begins with ! in quotes"},
		{"tag of a list", "a: !!str [b]\n", 1, "not YAML"},
		{"tag of a type", "a: !!int 5\n", 1, "tag !!int is not read here"},
		{"a list as a key", "? [a, b]\n: c\n", 2, "invalid key"},
		{"a mapping as a key", "? {a: b}\n: c\n", 2, "invalid key"},
		{"nothing as a key", "~: c\n", 1, "a key that is no text"},
		{"tab before a key", "a:\n\tb: c\n", 2, "indent by spaces"},
		{"tab before the first key", "\ta: b\n", 1, "indent by spaces"},
		{"not closed", "a: [b\n", 1, "not YAML"},
		{"twice", "a: b\na: c\n", 2, `"a" already defined`},
		{"two colons", "a: b: c\n", 1, "not YAML"},
		{"reserved", "a: @b\n", 1, "not YAML"},
		{"NUL", "a: b\nc: d\x00\n", 2, "control character 0x00: remove it"},
		{"escape", "a: \x1b[31m\n", 1, "control character 0x1b: remove it"},
		{"Latin-1", "a: b\nc: \xe4\n", 2, "it is not UTF-8: save the file as UTF-8"},
		{"UTF-16", "\xff\xfea\x00:\x00", 1, "it is in utf-16: save it as UTF-8"},
		{"UTF-16 without a mark", "a\x00:\x00 \x00b\x00", 1, "it is in utf-16le: save it as UTF-8"},
	} {
		documents, err := Parse([]byte(c.text))
		var refused *Error
		if !errors.As(err, &refused) || refused.Line != c.line || !strings.Contains(refused.Problem, c.want) || strings.Contains(refused.Problem, "\n") {
			t.Errorf("%s: %v, %v; want line %d: %s", c.name, documents, err, c.line, c.want)
		}
	}
}

// Each node knows its line, an alias its own.
// Columns are counted from 1, in characters; that of a mapping is its first key's.
func TestColumns(t *testing.T) {
	documents, err := Parse([]byte("a: 1\nå:   [x, 'y', {b: &n 2}]\nc:\n  - d: *n\n  - \"e\"\n"))
	if err != nil {
		t.Fatal(err)
	}
	m := documents[0].Map
	list, block := m[1].Value, m[2].Value
	for i, got := range []int{
		m[0].Column, m[0].Value.Column, m[1].Column, list.Column, list.List[0].Column, list.List[1].Column, list.List[2].Column, list.List[2].Map[0].Value.Column,
		block.List[0].Column, block.List[0].Map[0].Value.Column, block.List[1].Column,
	} {
		if want := []int{1, 4, 1, 6, 7, 10, 16, 22, 5, 8, 5}[i]; got != want {
			t.Errorf("column %d is %d, want %d", i, got, want)
		}
	}
}

func TestLines(t *testing.T) {
	documents, err := Parse([]byte("# first\na: &x\n  - b\n  - c\nd: *x\ne:\n\n  f: g\n"))
	if err != nil {
		t.Fatal(err)
	}
	m := documents[0].Map
	for i, want := range [][2]int{{2, 3}, {5, 5}, {6, 8}} {
		if got := [2]int{m[i].Line, m[i].Value.Line}; got != want {
			t.Errorf("key and value of %s are in lines %v, want %v", m[i].Key, got, want)
		}
	}
	if got := m[0].Value.List[1].Line; got != 4 {
		t.Errorf("the second element is in line %d, want 4", got)
	}
}

// FuzzParse checks that no file makes the reader panic, and that its errors name a line.
func FuzzParse(f *testing.F) {
	for _, text := range []string{"a: &x [*x]", "<<: {a: b}", "? a\n: !!str b", "%YAML 1.2\n---\n- a\n", "\xef\xbb\xbfa: b", "a: |\n x\n"} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		documents, err := Parse(text)
		var refused *Error
		if err != nil && (!errors.As(err, &refused) || refused.Line < 1) {
			t.Errorf("%q: %v names no line", text, err)
		}
		for _, d := range documents {
			show(d)
		}
	})
}
