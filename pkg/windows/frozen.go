package windows

import (
	"crypto/sha256"
	"errors"
	"slices"
)

// Columns say what the counts of frozen buckets are of: of each measure which it is, and which cells have it. They outlive the program that counted. The
// text of a [Definition] is part of them: a measure whose text changes is another.
type Columns struct{ list []column }

// column is a measure, by a digest of its definition's text, since that of a filter may be long.
type column struct {
	measure [columnDigest]byte
	cells   Cells
}

const columnDigest = 16

func digestOf(name string) (d [columnDigest]byte) {
	sum := sha256.Sum256([]byte(name))
	copy(d[:], sum[:])
	return d
}

// Columns are those of the program's buckets.
func (p *Program) Columns() Columns {
	list := make([]column, len(p.names))
	for i, name := range p.names {
		list[i] = column{digestOf(name), p.in[i]}
	}
	return Columns{list}
}

// Equal is whether buckets of both are read alike.
func (c Columns) Equal(other Columns) bool { return slices.Equal(c.list, other.list) }

// Has is whether a measure with a name was counted in some cells.
func (c Columns) Has(name string, in Cells) bool {
	digest := digestOf(name)
	i := slices.IndexFunc(c.list, func(c column) bool { return c.measure == digest })
	return i >= 0 && c.list[i].cells&in == in
}

// Append writes of each measure its digest and its cells, a byte.
func (c Columns) Append(dst []byte) []byte {
	for _, column := range c.list {
		dst = append(append(dst, column.measure[:]...), byte(column.cells))
	}
	return dst
}

// DecodeColumns reads what Append wrote.
func DecodeColumns(b []byte) (Columns, error) {
	const size = columnDigest + 1
	if len(b)%size != 0 || len(b) > MaxMeasures*size {
		return Columns{}, errors.New("decode columns of frozen buckets: not as written by this version")
	}
	c := Columns{make([]column, len(b)/size)}
	for i := range c.list {
		copy(c.list[i].measure[:], b[i*size:])
		c.list[i].cells = Cells(b[i*size+columnDigest])
	}
	return c, nil
}

// Thaw makes buckets of a program of frozen ones with some columns. It is not for concurrent use.
type Thaw struct {
	program *Program
	to      []int // the measure of each column; -1 for none
	frozen  Sums  // scratch
	sums    Sums  // scratch
}

// Thaw reads frozen buckets with some columns.
func (p *Program) Thaw(c Columns) *Thaw {
	t := &Thaw{program: p, to: make([]int, len(c.list)), frozen: make(Sums, len(c.list)), sums: p.Sums()}
	measures := make(map[[columnDigest]byte]int, len(p.names))
	for i, name := range p.names {
		measures[digestOf(name)] = i
	}
	for i, column := range c.list {
		t.to[i] = -1
		if measure, ok := measures[column.measure]; ok {
			t.to[i] = measure
		}
	}
	return t
}

// Append appends what a frozen bucket, which may not be one, counts of the program's measures: nothing of those that were not counted then.
func (t *Thaw) Append(dst []byte, b Bucket) (Bucket, error) {
	c, before := cell{sums: t.frozen}, key{}
	for first := true; len(b) > 0; first = false {
		var err error
		if b, err = b.next(&c); err != nil {
			return nil, err
		}
		if !first && before.compare(&c.key) >= 0 {
			return nil, errBucket
		}
		if before = c.key; t.take(c.kind) {
			dst = t.sums.append(c.key.append(dst))
		}
	}
	return dst, nil
}

// take sets sums to what cells of a kind have of the frozen ones, and tells whether that is anything.
func (t *Thaw) take(kind kind) (some bool) {
	clear(t.sums)
	for i, n := range t.frozen {
		if to := t.to[i]; n != 0 && to >= 0 && t.program.keeps(kind, to) {
			t.sums[to] = n
			some = true
		}
	}
	return some
}
