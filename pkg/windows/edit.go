package windows

import (
	"fmt"
	"math"

	"sellerpulse/internal/varint"
)

// edit changes cells of a part of a bucket that was checked, in one pass from its beginning to its end. As long as no cell changes its
// length the bytes are changed in place. From the first that does on, what is to take the place of bucket[from:to] is gathered, for
// the end of the pass: so a pass costs the length of the part, however many cells it changes.
type edit struct {
	bucket   Bucket
	read     varint.Reader // of bucket, at the beginning of a cell
	gathered []byte        // kept as scratch
	from, to int
	moves    bool // a cell changed its length
}

func (e *edit) begin(b Bucket) {
	e.bucket, e.read, e.moves = b, varint.NewReader(b), false
}

// add adds delta to the cell of a key, which comes after that of the last call. With insert false it does so only if the bucket has the
// cell, and tells whether it has.
func (e *edit) add(k *key, delta *Counts, insert bool) (bool, error) {
	found, begin := e.seek(k)
	if !found && !insert {
		return false, nil
	}
	var counts Counts
	body := e.read.Offset()
	if found {
		readCounts(&e.read, &counts)
	}
	if err := counts.change(delta, k); err != nil {
		return false, err
	}
	switch {
	case !found:
		e.replace(begin, begin, k, &counts)
	case counts == Counts{}:
		e.replace(begin, e.read.Offset(), nil, nil)
	default:
		e.replace(body, e.read.Offset(), nil, &counts)
	}
	return true, nil
}

// seek passes over the cells before that of a key, and if the bucket has that, over its key. It tells where the next cell begins.
func (e *edit) seek(k *key) (found bool, begin int) {
	var at key
	for e.read.More() {
		begin = e.read.Offset()
		readKey(&e.read, &at)
		if n := at.compare(k); n == 0 {
			return true, begin
		} else if n > 0 {
			e.read.Seek(begin)
			return false, begin
		}
		skipCounts(&e.read)
	}
	return false, e.read.Offset()
}

// change adds delta to the counts of a cell.
func (c *Counts) change(delta *Counts, k *key) error {
	for i, d := range delta {
		n := int64(c[i]) + int64(d)
		if n < 0 || n > math.MaxInt32 {
			return fmt.Errorf("measure %d of %s would be %d: the bucket is not the sum of its orders", i, k.String(), n)
		}
		c[i] = int32(n)
	}
	return nil
}

// replace puts a key and counts, where they are given, in the place of bucket[from:to].
func (e *edit) replace(from, to int, k *key, counts *Counts) {
	if e.moves {
		e.gathered = append(e.gathered, e.bucket[e.to:from]...)
	} else {
		e.gathered = e.gathered[:0]
	}
	if k != nil {
		e.gathered = k.append(e.gathered)
	}
	if counts != nil {
		e.gathered = counts.append(e.gathered)
	}
	if !e.moves && len(e.gathered) == to-from {
		copy(e.bucket[from:to], e.gathered)
		return
	}
	if !e.moves {
		e.moves, e.from = true, from
	}
	e.to = to
}

// end tells which bytes of the bucket are to be replaced by which, if any still are. They are valid until the next begin.
func (e *edit) end() (from, to int, bytes []byte, moves bool) {
	e.bucket, e.read = nil, varint.Reader{}
	return e.from, e.to, e.gathered, e.moves
}
