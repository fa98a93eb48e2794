package windows

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"math/bits"
	"strings"
	"unsafe"

	"sellerpulse/pkg/events"
)

// Bucket is a part of what the orders of one seller and date add up to, in its compact form, which is also what is stored; it is
// never changed in place. The cells come in order: the totals of each channel, which have no line, then those of each product line.
// A cell without counts is not there, and a bucket without cells is empty.
//
//	cell: channel + 2 × (1 + length of the line, or 0 for a total), the line, a bitmap of the measures that are not 0, their values
//
// All numbers are unsigned varints.
type Bucket []byte

// MaxBucketBytes bounds a part of a bucket. One that would become larger, by another product line or by the counts of those that it has,
// is split, so that no stored value grows with the number of lines that a seller makes up.
const MaxBucketBytes = 64 << 10

// cell is one entry of a bucket.
type cell struct {
	channel events.Channel
	total   bool
	line    string
	counts  Counts
}

func (c *cell) compare(other *cell) int {
	if c.total != other.total {
		if c.total {
			return -1
		}
		return 1
	}
	return cmp.Or(strings.Compare(c.line, other.line), cmp.Compare(c.channel, other.channel))
}

func (b Bucket) appendCell(c *cell) Bucket {
	head := uint64(0)
	if !c.total {
		head = 1 + uint64(len(c.line))
	}
	b = binary.AppendUvarint(b, head<<1|uint64(c.channel-events.AFN))
	b = append(b, c.line...)
	mask := uint64(0)
	for i, n := range c.counts {
		if n < 0 {
			panic(fmt.Sprintf("windows: bucket count %d of line %q is below zero: %d", i, c.line, n))
		}
		if n != 0 {
			mask |= 1 << i
		}
	}
	b = binary.AppendUvarint(b, mask)
	for m := mask; m != 0; m &= m - 1 {
		b = binary.AppendUvarint(b, uint64(c.counts[bits.TrailingZeros64(m)]))
	}
	return b
}

// next reads the first cell into c, and returns the rest of the bucket.
func (b Bucket) next(c *cell) (Bucket, error) {
	r := reader{src: b}
	head := r.uint()
	c.channel = events.AFN + events.Channel(head&1)
	c.total, c.line = head>>1 == 0, ""
	if n := int(head >> 1); n > 1 {
		if n-1 > len(r.src) {
			return nil, errBucket
		}
		c.line = unsafe.String(&r.src[0], n-1)
		r.src = r.src[n-1:]
	}
	c.counts = Counts{}
	mask := r.uint()
	if mask >= 1<<NumMeasures {
		return nil, errBucket
	}
	for m := mask; m != 0; m &= m - 1 {
		c.counts[bits.TrailingZeros64(m)] = int32(r.uint())
	}
	if r.bad {
		return nil, errBucket
	}
	return r.src, nil
}

var errBucket = fmt.Errorf("decode day bucket: not as written by this version")

// CheckBucket tells whether a stored bucket can be read.
func CheckBucket(b Bucket) error {
	var c cell
	var err error
	for len(b) > 0 && err == nil {
		b, err = b.next(&c)
	}
	return err
}

// mustNext is next of a bucket that was checked when it was read, or made here.
func (b Bucket) mustNext(c *cell) Bucket {
	rest, err := b.next(c)
	if err != nil {
		panic("windows: " + err.Error())
	}
	return rest
}

// totals adds the bucket's totals of each channel, times sign, to sums.
func (b Bucket) totals(sums *[2]Counts, sign int32) {
	for len(b) > 0 {
		if b[0] > 1 {
			return // A product line, and no total after it: the head of a total is its channel, 0 or 1.
		}
		sum := &sums[b[0]]
		b = b[1:]
		mask, n := binary.Uvarint(b)
		b = b[n:]
		for m := mask; m != 0; m &= m - 1 {
			v, n := binary.Uvarint(b)
			b = b[n:]
			sum[bits.TrailingZeros64(m)] += sign * int32(v)
		}
	}
}

// change adds delta to those of the sorted cells that the bucket has, in one pass however many they are. Of the others it inserts totals,
// and lines if it is to; it gives back the rest. Where there is nothing to do the bucket is the same.
func (b Bucket) change(at []cell, delta *Counts, insert bool) (fresh Bucket, missing []cell) {
	fresh = make(Bucket, 0, len(b)+16)
	touched := false
	add := func(c *cell) {
		touched = true
		if c.counts.Add(delta); c.counts != (Counts{}) {
			fresh = fresh.appendCell(c)
		}
	}
	absent := func(c *cell) {
		if !c.total && !insert {
			missing = append(missing, *c)
			return
		}
		c.counts = Counts{}
		add(c)
	}
	var c cell
	for rest := b; len(rest) > 0; {
		from := rest
		rest = rest.mustNext(&c)
		for len(at) > 0 && at[0].compare(&c) < 0 {
			absent(&at[0])
			at = at[1:]
		}
		if len(at) > 0 && at[0].compare(&c) == 0 {
			add(&c)
			at = at[1:]
			continue
		}
		fresh = append(fresh, from[:len(from)-len(rest)]...)
	}
	for i := range at {
		absent(&at[i])
	}
	if !touched {
		return b, missing
	}
	return fresh, missing
}

// cut takes as many whole cells as fit into a size, and one at least.
func (b Bucket) cut(size int) (first, rest Bucket) {
	var c cell
	rest = b.mustNext(&c)
	for len(rest) > 0 {
		next := rest.mustNext(&c)
		if len(b)-len(next) > size {
			break
		}
		rest = next
	}
	n := len(b) - len(rest)
	return b[:n:n], rest
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
