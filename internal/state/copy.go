package state

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/cockroachdb/pebble/v2"
)

// copiedTags are what a successor takes over, in the order of keys: base, and where the orders are, which other counts do not change.
var copiedTags = [...]byte{tagClock, tagDate, tagFrozen, tagIndex, tagColumns, tagSettings, tagOrder, tagParked, tagPart, tagSeller}

// Whole is whether there is a state that only what is derived, and what was committed since, may be missing of.
func (p *Partition) Whole() bool { return p.saved.whole() }

// Partial is whether the state may be in the middle of a transaction, or of moments that only the changelog makes one.
func (p *Partition) Partial() bool { return p.saved.Partial }

// Orders is how many order rows a successor was begun with, about; 0 where that is not known.
func (p *Partition) Orders() int64 { return p.saved.Orders }

// Copy makes a successor of the view's state of a partition, but for what other counts change, which is to be rebuilt: all keys, so many bytes at a time. It
// goes on where it was interrupted, by copied's error or by a crash. That is called after each time, with how many orders are there.
//
// A copy that was interrupted is of two moments. What was changed between them is in the changelog behind its position, which is that of the first: it is
// Partial, and is to be read on as far as the second before it is rebuilt.
func (p *Partition) Copy(v *View, partition int32, bytes int, copied func(orders int64) error) error {
	of, err := v.Saved(partition)
	if err != nil {
		return err
	}
	c := &copying{p: p, from: v.reader, prefix: v.second.prefix(partition), at: p.saved, bytes: bytes, copied: copied}
	switch {
	case c.at.Copied == "":
		if err := p.Clear(); err != nil {
			return err
		}
		c.at = Saved{Position: of.Position, At: of.At, Partial: of.Partial, Underived: true, Counted: !of.Underived && sameButCounts(of.Basis, p.saved.Basis)}
	case c.at.Position != of.Position:
		c.at.Partial, c.at.Counted = true, false
	}
	for _, tag := range copiedTags {
		if err := c.keys(tag); err != nil {
			p.Discard()
			return fmt.Errorf("copy state of partition %d: %w", partition, err)
		}
	}
	c.at.Copied = ""
	return p.Checkpoint(c.at)
}

// copying is one pass.
type copying struct {
	p      *Partition
	from   pebble.Reader
	prefix []byte
	at     Saved
	bytes  int
	copied func(int64) error
}

// keys copies those of a kind that come after what is copied.
func (c *copying) keys(tag byte) error {
	from := []byte{tag}
	if last := c.at.Copied; last != "" {
		switch cmp.Compare(last[0], tag) {
		case 1:
			return nil
		case 0:
			from = append([]byte(last), 0)
		}
	}
	it, err := c.from.NewIter(&pebble.IterOptions{LowerBound: slices.Concat(c.prefix, from), UpperBound: slices.Concat(c.prefix, []byte{tag + 1})})
	if err != nil {
		return fmt.Errorf("read state: %w", err)
	}
	err = scan(it, func(key, value []byte) (bool, error) {
		if value == nil {
			value = []byte{}
		}
		c.p.Put(key, value)
		if tag == tagOrder {
			c.at.Orders++
		}
		if c.p.Bytes() < c.bytes {
			return true, nil
		}
		c.at.Copied = string(key)
		if err := c.p.Checkpoint(c.at); err != nil {
			return false, err
		}
		return true, c.copied(c.at.Orders)
	})
	if closed := it.Close(); err == nil {
		err = closed
	}
	return err
}
