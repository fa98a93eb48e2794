package windows

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"sellerpulse/pkg/events"
)

// someDefinitions are measures, each of which may be in a program or not.
var someDefinitions = func() (all []Definition) {
	for i := range 70 { // More than a word of a bitmap has.
		all = append(all, Definition{Unit: OrderUnit, Rate: fmt.Sprint(i)})
	}
	return all
}()

// randomProgram counts some of someDefinitions, in some cells, in some order.
func randomProgram(r *rand.Rand) *Program {
	p := new(Program)
	for _, i := range r.Perm(len(someDefinitions)) {
		if r.IntN(4) > 0 {
			p.Add(someDefinitions[i], Cells(1+r.IntN(1<<numKinds-1)))
		}
	}
	return p
}

// Of a frozen bucket another program has just the counts of the measures, and in the cells, that both have.
func TestThaw(t *testing.T) {
	for seed := range uint64(300) {
		r := rand.New(rand.NewPCG(seed, 1))
		was, is := randomProgram(r), randomProgram(r)
		frozen := NewLayout(was, nil).NewSeller(0)
		for range r.IntN(6) {
			delta := was.Sums()
			for i := range delta {
				delta[i] = int32(r.IntN(3) * r.IntN(1<<r.IntN(20)))
			}
			of := &Attributes{Channel: events.AFN + events.Channel(r.IntN(2)), Marketplace: fmt.Sprint(r.IntN(3)), Country: fmt.Sprint(r.IntN(3))}
			for i := range r.IntN(3) {
				of.Lines = append(of.Lines, fmt.Sprint("line", i))
			}
			if err := frozen.Change(1, of, delta); err != nil {
				t.Fatal(err)
			}
		}
		columns, err := DecodeColumns(was.Columns().Append(nil))
		if err != nil || !columns.Equal(was.Columns()) {
			t.Fatalf("columns are read otherwise than they were written: %v", err)
		}
		frozen.Bucket(1, func(_ uint16, b Bucket) {
			thawed, err := is.Thaw(columns).Append(nil, b)
			if err != nil || is.CheckBucket(thawed) != nil {
				t.Fatalf("seed %d: thawed %x: %v, %v", seed, thawed, err, is.CheckBucket(thawed))
			}
			if got, want := cellTexts(t, is, is, thawed), cellTexts(t, was, is, b); !slices.Equal(got, want) {
				t.Fatalf("seed %d:\n got %q\nwant %q", seed, got, want)
			}
			if same, err := was.Thaw(columns).Append(nil, b); err != nil || !bytes.Equal(same, b) {
				t.Fatalf("seed %d: by its own program %x becomes %x: %v", seed, b, same, err)
			}
		})
	}
}

// cellTexts are the cells of a bucket of a program, with those of their counts that another program has in such cells, by the measures' names.
func cellTexts(t *testing.T, p, other *Program, b Bucket) (texts []string) {
	t.Helper()
	err := p.Cells(b, func(c *Cell) {
		var counts []string
		for i, n := range c.Sums {
			if to, ok := other.Find(p.Name(i)); ok && n != 0 && other.keeps(kindOf(c), to) {
				counts = append(counts, fmt.Sprint(p.Name(i), n))
			}
		}
		slices.Sort(counts)
		if counts != nil {
			texts = append(texts, fmt.Sprint(c.Channel, kindOf(c), c.Value, counts))
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	return texts
}

func kindOf(c *Cell) kind {
	switch {
	case c.Total:
		return totalKind
	case c.NoItems:
		return linelessKind
	default:
		return kind(slices.Index(fieldOf[:], c.Field))
	}
}

// Columns know a measure in the cells that had it, and in no others.
func TestColumnsHave(t *testing.T) {
	p := new(Program)
	p.Add(someDefinitions[0], TotalCells|LineCells)
	columns := p.Columns()
	for _, c := range []struct {
		measure int
		in      Cells
		want    bool
	}{{0, TotalCells, true}, {0, LineCells, true}, {0, LineCells | LinelessCells, false}, {0, CountryCells, false}, {1, TotalCells, false}} {
		if got := columns.Has(someDefinitions[c.measure].String(), c.in); got != c.want {
			t.Errorf("measure %d in %b: %v", c.measure, c.in, got)
		}
	}
}

// Whatever bytes are said to be a frozen bucket, thawing it ends, with an error or with a bucket.
func FuzzThaw(f *testing.F) {
	p := randomProgram(rand.New(rand.NewPCG(1, 1)))
	f.Add(p.Columns().Append(nil), []byte{0, 2, 1})
	f.Add([]byte{}, []byte{})
	f.Fuzz(func(t *testing.T, columns, bucket []byte) {
		c, err := DecodeColumns(columns)
		if err != nil {
			return
		}
		if thawed, err := p.Thaw(c).Append(nil, bucket); err == nil && p.CheckBucket(thawed) != nil {
			t.Errorf("%x becomes %x, which is no bucket", bucket, thawed)
		}
	})
}
