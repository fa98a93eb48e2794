package windows

import (
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"math/bits"
	"strings"

	"sellerpulse/internal/varint"
	"sellerpulse/pkg/events"
)

// Bucket is a part of what the orders of one seller and date add up to, in its compact form, which is also what is stored. The cells come
// in order: the totals of each channel, which have no line, then those of each product line. A cell without counts is not there, and a
// bucket without cells is empty.
//
//	cell: channel + 2 × (1 + length of the line, or 0 for a total), the line, a bitmap of the measures that are not 0, their values
//
// All numbers are unsigned varints.
type Bucket []byte

// cell is one entry of a bucket.
type cell struct {
	key
	counts Counts
}

// key is what a bucket counts by: a channel, and of it the total or a product line.
type key struct {
	channel events.Channel
	total   bool
	line    string
}

func (k *key) compare(other *key) int {
	if k.total != other.total {
		if k.total {
			return -1
		}
		return 1
	}
	return cmp.Or(strings.Compare(k.line, other.line), cmp.Compare(k.channel, other.channel))
}

func (k *key) String() string {
	if k.total {
		return fmt.Sprintf("the total of %v", k.channel)
	}
	return fmt.Sprintf("line %q of %v", k.line, k.channel)
}

func (k *key) append(dst []byte) []byte {
	head := uint64(0)
	if !k.total {
		head = 1 + uint64(len(k.line))
	}
	dst = binary.AppendUvarint(dst, head<<1|uint64(k.channel-events.AFN))
	return append(dst, k.line...)
}

func (c *Counts) append(dst []byte) []byte {
	mask := uint64(0)
	for i, n := range c {
		if n != 0 {
			mask |= 1 << i
		}
	}
	dst = binary.AppendUvarint(dst, mask)
	for m := mask; m != 0; m &= m - 1 {
		dst = binary.AppendUvarint(dst, uint64(c[bits.TrailingZeros64(m)]))
	}
	return dst
}

// readKey reads what a cell counts by. The line is valid for as long as the bucket's bytes stay.
func readKey(r *varint.Reader, k *key) {
	head := r.Uint()
	*k = key{channel: events.AFN + events.Channel(head&1), total: head>>1 == 0}
	if n := head >> 1; n > 1 {
		k.line = r.TakeText(n - 1)
	}
}

// readCounts reads the counts of a cell, of which there is at least one.
func readCounts(r *varint.Reader, c *Counts) {
	*c = Counts{}
	mask := r.Uint()
	if mask == 0 || mask >= 1<<NumMeasures {
		r.Fail(errBucket)
	}
	for m := mask & (1<<NumMeasures - 1); m != 0; m &= m - 1 {
		n := r.Uint()
		if n == 0 || n > math.MaxInt32 {
			r.Fail(errBucket)
		}
		c[bits.TrailingZeros64(m)] = int32(n)
	}
}

// addCounts adds the counts of a cell of a bucket that was checked to sum.
func addCounts(r *varint.Reader, sum *Counts) {
	for m := r.Uint() & (1<<NumMeasures - 1); m != 0; m &= m - 1 {
		sum[bits.TrailingZeros64(m)] += int32(r.Uint())
	}
}

// skipCounts passes over the counts of a cell of a bucket that was checked.
func skipCounts(r *varint.Reader) { r.SkipUints(bits.OnesCount64(r.Uint())) }

var errBucket = errors.New("decode day bucket: not as written by this version")

// next reads the first cell into c, and returns the rest of the bucket.
func (b Bucket) next(c *cell) (Bucket, error) {
	r := varint.NewReader(b)
	readKey(&r, &c.key)
	readCounts(&r, &c.counts)
	if r.Err() != nil {
		return nil, errBucket
	}
	return b[r.Offset():], nil
}

// CheckBucket tells whether a stored bucket can be read and changed: its cells are whole, and in order.
func CheckBucket(b Bucket) error {
	var c, before cell
	for rest := b; len(rest) > 0; before = c {
		first := len(rest) == len(b)
		var err error
		if rest, err = rest.next(&c); err != nil {
			return err
		}
		if !first && before.compare(&c.key) >= 0 {
			return errBucket
		}
	}
	return nil
}

// Cells calls yield with each cell of a part of a bucket that may not be one: the channel, the line or that it is a total, the counts. The
// line is valid for as long as the bucket is.
func (b Bucket) Cells(yield func(channel events.Channel, total bool, line string, counts *Counts)) error {
	var c cell
	for len(b) > 0 {
		var err error
		if b, err = b.next(&c); err != nil {
			return err
		}
		yield(c.channel, c.total, c.line, &c.counts)
	}
	return nil
}

// Totals is the totals of each channel, AFN and MFN, of a part of a bucket that may not be one. Of a bucket they are in its first part.
func (b Bucket) Totals() (sums [2]Counts, err error) {
	var c cell
	for len(b) > 0 {
		if b, err = b.next(&c); err != nil || !c.total {
			break // A product line, and no total after it.
		}
		sums[c.channel-events.AFN].Add(&c.counts)
	}
	return sums, err
}

// totals adds the totals of each channel of a bucket that was checked to sums.
func (b Bucket) totals(sums *[2]Counts) {
	r := varint.NewReader(b)
	for r.More() {
		head := r.Byte()
		if head > 1 {
			return // A product line, and no total after it: the head of a total is its channel, 0 or 1.
		}
		addCounts(&r, &sums[head])
	}
}

// middle is where the last cell begins that begins in the first half of a bucket that was checked, but for the first cell; or the end of
// a bucket of one cell.
func (b Bucket) middle() int {
	r := varint.NewReader(b)
	var k key
	for at := 0; r.More(); at = r.Offset() {
		readKey(&r, &k)
		skipCounts(&r)
		if at > 0 && r.Offset() > len(b)/2 {
			return at
		}
	}
	return len(b)
}
