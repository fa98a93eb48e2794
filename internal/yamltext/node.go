package yamltext

import "fmt"

// Kind is what a node is.
type Kind uint8

// The kinds of nodes.
const (
	Null   Kind = iota // nothing, or ~ or null
	Scalar             // Text
	List               // List
	Map                // Map
)

// Node is a value. Aliases of one anchor share what is in it.
type Node struct {
	Kind   Kind
	Line   int
	Column int // of its first character, from 1
	Text   string
	List   []*Node
	Map    []Entry // in the order of the file; a key may be there twice
}

// Entry is a key of a mapping and its value.
type Entry struct {
	Key    string
	Line   int
	Column int
	Value  *Node
}

// Error is a place that cannot be read.
type Error struct {
	Line, Column int
	Problem      string
}

// Error names the line.
func (e *Error) Error() string { return fmt.Sprintf("line %d: %s", e.Line, e.Problem) }

func refused(line, column int, format string, args ...any) error {
	return &Error{Line: line, Column: column, Problem: fmt.Sprintf(format, args...)}
}
