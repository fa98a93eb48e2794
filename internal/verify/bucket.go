package verify

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"sellerpulse/internal/state"
	"sellerpulse/pkg/events"
	"sellerpulse/pkg/windows"
)

// readBuckets compares the buckets of a seller, cell by cell, with the sums of its orders' facts.
func (c *check) readBuckets(s *seller) error {
	return c.each(byBucket, s.id, func(e *state.Entry) error {
		c.result.Buckets++
		d := Difference{Kind: KindBucket, Seller: s.id, Date: e.Date.String()}
		if len(e.Value) == 0 {
			d.Stored, d.Computed = fmt.Sprintf("part %d, empty", e.Part), "none"
			c.result.add(d)
		}
		err := windows.Bucket(e.Value).Cells(func(channel events.Channel, total bool, line string, counts *windows.Counts) {
			c.compareCell(s, e, cell{channel, total, line}, counts)
		})
		if err != nil {
			d.Stored, d.Computed = fmt.Sprintf("part %d of %d bytes: %v", e.Part, len(e.Value), err), "a bucket that can be read"
			c.result.add(d)
		}
		return nil
	})
}

func (c *check) compareCell(s *seller, e *state.Entry, at cell, stored *windows.Counts) {
	d := Difference{Kind: KindBucket, Seller: s.id, Date: e.Date.String(), Stored: at.text(stored)}
	computed := s.sums[e.Date][at]
	switch {
	case computed == nil:
		d.Computed = at.text(&windows.Counts{})
	case computed.stored:
		d.Computed = "the same cell once"
	case at.total && e.Part > 0:
		d.Stored, d.Computed = fmt.Sprintf("a total in part %d", e.Part), "totals in part 0"
	case computed.Counts != *stored:
		d.Computed = at.text(&computed.Counts)
	}
	if computed != nil {
		computed.stored = true
	}
	if d.Computed != "" {
		c.result.add(d)
	}
}

// checkMissing finds the cells that no bucket has.
func (c *check) checkMissing(s *seller) {
	for _, date := range slices.Sorted(maps.Keys(s.sums)) {
		cells := s.sums[date]
		order := slices.SortedFunc(maps.Keys(cells), func(a, b cell) int {
			return cmp.Or(strings.Compare(a.line, b.line), cmp.Compare(a.channel, b.channel))
		})
		for _, at := range order {
			if !cells[at].stored {
				c.result.add(Difference{
					Kind: KindBucket, Seller: s.id, Date: date.String(), Stored: at.text(&windows.Counts{}), Computed: at.text(&cells[at].Counts),
				})
			}
		}
	}
}

// text is a cell with its counts that are not 0: "MFN total: orders 3, defective 1".
func (at cell) text(counts *windows.Counts) string {
	of := "total"
	if !at.total {
		of = fmt.Sprintf("line %q", at.line)
	}
	channel := "AFN"
	if at.channel == events.MFN {
		channel = "MFN"
	}
	return fmt.Sprintf("%s %s: %v", channel, of, counts)
}

func sorted[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
