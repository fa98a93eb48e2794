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
	program  *Program
	delta    Sums  // what is added to each cell
	changed  []int // the measures of delta that are not 0
	kinds    Cells // that have any of these
	sums     Sums  // scratch
	bucket   Bucket
	read     varint.Reader // of bucket, at the beginning of a cell
	gathered []byte        // kept as scratch
	from, to int
	moves    bool // a cell changed its length
}

// change begins adding a difference to buckets, and tells whether there is any.
func (e *edit) change(delta Sums) bool {
	e.delta, e.changed, e.kinds = delta, e.changed[:0], 0
	for i, d := range delta {
		if d != 0 {
			e.changed = append(e.changed, i)
			e.kinds |= e.program.in[i]
		}
	}
	return len(e.changed) > 0
}

func (e *edit) begin(b Bucket) {
	e.bucket, e.read, e.moves = b, varint.NewReader(b), false
}

// add adds the difference, of the measures that cells of the kind have, to the cell of a key, which comes after that of the last call. With insert
// false it does so only if the bucket has the cell, and tells whether it is done.
func (e *edit) add(k *key, insert bool) (bool, error) {
	if e.kinds>>k.kind&1 == 0 {
		return true, nil
	}
	found, begin := e.seek(k)
	if !found && !insert {
		return false, nil
	}
	body := e.read.Offset()
	if found {
		readSums(&e.read, e.sums)
	} else {
		clear(e.sums)
	}
	if err := e.addTo(k); err != nil {
		return false, err
	}
	switch {
	case !found:
		e.replace(begin, begin, k, e.sums)
	case e.sums.Zero():
		e.replace(begin, e.read.Offset(), nil, nil)
	default:
		e.replace(body, e.read.Offset(), nil, e.sums)
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
		skipSums(&e.read)
	}
	return false, e.read.Offset()
}

// addTo adds the difference to the counts of a cell.
func (e *edit) addTo(k *key) error {
	for _, i := range e.changed {
		if !e.program.keeps(k.kind, i) {
			continue
		}
		n := int64(e.sums[i]) + int64(e.delta[i])
		if n < 0 || n > math.MaxInt32 {
			return fmt.Errorf("measure %d of %s would be %d: the bucket is not the sum of its orders", i, k.String(), n)
		}
		e.sums[i] = int32(n)
	}
	return nil
}

// replace puts a key and sums, where they are given, in the place of bucket[from:to].
func (e *edit) replace(from, to int, k *key, sums Sums) {
	if e.moves {
		e.gathered = append(e.gathered, e.bucket[e.to:from]...)
	} else {
		e.gathered = e.gathered[:0]
	}
	if k != nil {
		e.gathered = k.append(e.gathered)
	}
	if sums != nil {
		e.gathered = sums.append(e.gathered)
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
