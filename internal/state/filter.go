package state

import (
	"bytes"
	"math/bits"
)

// filter tells, of an order that is in no cache, whether the database may have it. Most orders that are looked for there are new, and reading that
// there is no such key costs more than all else that is done for an event. It is a Bloom filter whose bits of one order are in one cache line:
// about one in a hundred new orders is looked for in vain.
//
// It is filled from the index, some keys at a time, and tells nothing until that is done. What is deleted stays in it until it is made anew,
// which happens when it is full.
type filter struct {
	blocks []block
	count  int    // orders
	next   []byte // the index key to go on with; nil once all are in
}

// block is the bits of some orders: a cache line.
type block [8]uint64

const (
	ordersPerBlock = 42 // 12 bits an order
	filterBits     = 6  // that are set of each
	leastFilter    = 1 << 16
)

// newFilter makes a filter for so many orders.
func newFilter(orders int) filter {
	return filter{blocks: make([]block, orders/ordersPerBlock+1), next: []byte{tagIndex}}
}

// each calls do with the words and bits of an order's hash until it returns false.
func (f *filter) each(hash uint64, do func(word *uint64, bit uint64) bool) bool {
	high, _ := bits.Mul64(hash, uint64(len(f.blocks)))
	b := &f.blocks[high]
	hash *= 0x9E3779B97F4A7C15 // The block was chosen by the high bits.
	for range filterBits {
		if !do(&b[hash>>61], 1<<(hash>>55&63)) {
			return false
		}
		hash = bits.RotateLeft64(hash, 9)
	}
	return true
}

func (f *filter) add(hash uint64) {
	f.count++
	f.each(hash, func(word *uint64, bit uint64) bool { *word |= bit; return true })
}

// has is whether the database may have an order.
func (f *filter) has(hash uint64) bool {
	return f.next != nil || f.each(hash, func(word *uint64, bit uint64) bool { return *word&bit != 0 })
}

// filledAtOnce is how many keys are read at a time.
const filledAtOnce = 200_000

// fillFilter reads on, if the filter has not all yet, after it has made a larger one if this is full.
func (s *Store) fillFilter() error {
	f := &s.filter
	if f.count > len(f.blocks)*ordersPerBlock {
		*f = newFilter(2 * f.count)
	}
	if f.next == nil {
		return nil
	}
	read := 0
	from := f.next
	f.next = nil
	return s.Partition.ScanStored(from, []byte{tagIndex + 1}, func(key, _ []byte) (bool, error) {
		if read++; read > filledAtOnce {
			f.next = bytes.Clone(key)
			return false, nil
		}
		seller, rest, err := cutText(key[1:])
		if err != nil {
			return false, err
		}
		f.add(hashOf(hashText(seller), string(rest)))
		return true, nil
	})
}
