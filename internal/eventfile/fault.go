package eventfile

import "fmt"

// Place is where in a file something is, counted from 1: a line, or a record, of all in the file, and its block. The zero Place is the whole file.
type Place struct {
	Line, Block, Record int64
}

// Fault says what is wrong, and where. A File that is empty stands for all of them.
type Fault struct {
	File string
	Place
	Err error
}

// Error names the place.
func (f *Fault) Error() string {
	switch {
	case f.File == "":
		return f.Err.Error()
	case f.Line > 0:
		return fmt.Sprintf("%s:%d: %v", f.File, f.Line, f.Err)
	case f.Record > 0:
		return fmt.Sprintf("%s: record %d, in block %d: %v", f.File, f.Record, f.Block, f.Err)
	case f.Block > 0:
		return fmt.Sprintf("%s: block %d: %v", f.File, f.Block, f.Err)
	}
	return fmt.Sprintf("%s: %v", f.File, f.Err)
}

func (f *Fault) Unwrap() error { return f.Err }
