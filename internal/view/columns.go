package view

import (
	"bytes"
	"slices"

	"sellerpulse/pkg/rules"
)

// columns are what sellers are filtered by, side by side: to look through all of them is to read little memory in a row, where the sellers themselves lie anywhere.
// A seller has a slot, which it keeps as long as there is one of its id.
//
// Invariant: the chunks of a copy do not change. One that a copy may have is cloned before it is written to.
type columns struct {
	chunks []*chunk
	next   uint32   // slot that was never given
	free   []uint32 // slots that were given back
	copies uint64   // that were made
}

// chunkSize is how many slots a chunk has: few enough to clone one for a report, and enough for their text to be searched at once.
const chunkSize = 512

// chunk is the columns of some slots in a row.
type chunk struct {
	copies   uint64             // of the columns when it was made: later ones may have it
	sellers  [chunkSize]*seller // nil in slots that nobody has
	statuses [chunkSize]rules.Status
	states   [chunkSize]stateSet   // under any rule
	under    [chunkSize]underRules // under each of the first rules
	text     []byte                // ids in lower case, each with an end
	starts   [chunkSize + 1]uint32 // of the ids in the text; 0 of slots after the last
	used     int                   // slots that were ever given
}

// endOfID is after each id in a text. It is in no text that [fold] makes: those are UTF-8.
const endOfID = 0xff

// put takes a seller in the place of what it was before; either may be nil. The slot of the new one is set.
func (c *columns) put(old, s *seller) {
	switch {
	case s == nil && old == nil:
	case s == nil:
		chunk, i := c.writable(old.slot)
		chunk.sellers[i] = nil
		c.free = append(c.free, old.slot)
	case old == nil:
		c.add(s)
	default:
		s.slot = old.slot
		chunk, i := c.writable(s.slot)
		chunk.set(i, s)
	}
}

// add gives a seller a slot.
func (c *columns) add(s *seller) {
	if n := len(c.free); n > 0 {
		s.slot, c.free = c.free[n-1], c.free[:n-1]
		chunk, i := c.writable(s.slot)
		chunk.set(i, s)
		chunk.rewrite()
		return
	}
	s.slot = c.next
	c.next++
	if int(s.slot) == len(c.chunks)*chunkSize {
		c.chunks = append(c.chunks, &chunk{copies: c.copies})
	}
	chunk, i := c.writable(s.slot)
	chunk.set(i, s)
	chunk.write(s.id)
}

// writable is the chunk of a slot, which no copy has, and the place of the slot in it.
func (c *columns) writable(slot uint32) (*chunk, int) {
	at := slot / chunkSize
	if c.chunks[at].copies != c.copies {
		clone := *c.chunks[at]
		clone.copies = c.copies
		c.chunks[at] = &clone // Of the text it is what the copies have, which is only added to.
	}
	return c.chunks[at], int(slot % chunkSize)
}

// copy is the chunks as they are.
func (c *columns) copy() []*chunk {
	c.copies++
	return slices.Clone(c.chunks)
}

func (c *chunk) set(i int, s *seller) {
	c.sellers[i], c.statuses[i], c.states[i], c.under[i] = s, s.status, s.states, s.underFirst()
}

// write adds the id of the next slot to the text.
func (c *chunk) write(id string) {
	c.text = append(append(c.text, fold(id)...), endOfID)
	c.used++
	c.starts[c.used] = uint32(len(c.text))
}

// rewrite makes the text anew, since a slot has another id.
func (c *chunk) rewrite() {
	n := c.used
	c.text, c.used = make([]byte, 0, len(c.text)), 0
	for _, s := range c.sellers[:n] {
		id := ""
		if s != nil {
			id = s.id
		}
		c.write(id)
	}
}

// having marks the slots whose ids have a text in them, which was folded.
func (c *chunk) having(text []byte) (marks [chunkSize]bool) {
	for at, i := 0, 0; ; i++ {
		found := bytes.Index(c.text[at:], text)
		if found < 0 || at+found >= len(c.text) {
			return marks
		}
		for at += found; at >= int(c.starts[i+1]); {
			i++
		}
		marks[i], at = true, int(c.starts[i+1])
	}
}
