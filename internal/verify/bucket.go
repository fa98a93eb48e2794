package verify

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"sellerpulse/internal/state"
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
		err := c.plan.Program.Cells(windows.Bucket(e.Value), func(stored *windows.Cell) {
			c.compareCell(s, e, cell{stored.Channel, stored.Total, stored.NoItems, stored.Field, stored.Value}, stored.Sums)
		})
		if err != nil {
			d.Stored, d.Computed = fmt.Sprintf("part %d of %d bytes: %v", e.Part, len(e.Value), err), "a bucket that can be read"
			c.result.add(d)
		}
		return nil
	})
}

func (c *check) compareCell(s *seller, e *state.Entry, at cell, stored windows.Sums) {
	d := Difference{Kind: KindBucket, Seller: s.id, Date: e.Date.String(), Stored: c.text(at, stored)}
	computed := s.sums[e.Date][at]
	switch {
	case computed == nil:
		d.Computed = c.text(at, nil)
	case computed.stored:
		d.Computed = "the same cell once"
	case at.total && e.Part > 0:
		d.Stored, d.Computed = fmt.Sprintf("a total in part %d", e.Part), "totals in part 0"
	case !slices.Equal(computed.Sums, stored):
		d.Computed = c.text(at, computed.Sums)
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
			return cmp.Or(cmp.Compare(a.field, b.field), strings.Compare(a.value, b.value), cmp.Compare(a.channel, b.channel))
		})
		for _, at := range order {
			if !cells[at].stored {
				c.result.add(Difference{
					Kind: KindBucket, Seller: s.id, Date: date.String(), Stored: c.text(at, nil), Computed: c.text(at, cells[at].Sums),
				})
			}
		}
	}
}

// text is a cell with its counts that are not 0: "MFN total: orders 3, defective 1". No counts are 0.
func (c *check) text(at cell, sums windows.Sums) string {
	of := "total"
	switch {
	case at.noItems:
		of = "orders without items"
	case at.field == windows.LineField:
		of = fmt.Sprintf("line %q", at.value)
	case !at.total:
		of = fmt.Sprintf("%v %q", at.field, at.value)
	}
	var counts []string
	for i, n := range sums {
		if n != 0 {
			counts = append(counts, fmt.Sprintf("%s %d", c.nameOf(i), n))
		}
	}
	if counts == nil {
		counts = []string{"none"}
	}
	return fmt.Sprintf("%v %s: %s", at.channel, of, strings.Join(counts, ", "))
}

// nameOf is the name of a measure: of one beyond those by which orders are shown its definition.
func (c *check) nameOf(measure int) string {
	if measure < int(windows.NumMeasures) {
		return windows.Measure(measure).String()
	}
	return fmt.Sprintf("%q", c.plan.Program.Name(measure))
}

func sorted[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
