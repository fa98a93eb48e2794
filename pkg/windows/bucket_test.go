package windows

import (
	"bytes"
	"encoding/binary"
	"maps"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"sellerpulse/internal/varint"
	"sellerpulse/pkg/events"
)

// bucketOf writes cells as they are given.
func bucketOf(cells ...cell) (b Bucket) {
	for i := range cells {
		b = cells[i].sums.append(cells[i].key.append(b))
	}
	return b
}

// A bucket that no version writes is refused when it is read, and not when it is changed.
func TestCheckBucket(t *testing.T) {
	total := func(channel events.Channel) cell {
		return cell{key{channel: channel}, sumsOf(map[Measure]int32{Orders: 2})}
	}
	line := func(channel events.Channel, name string) cell {
		return cell{key{channel, lineKind, name}, sumsOf(map[Measure]int32{Orders: 1, ReturnsNegative: 300})}
	}
	other := func(k kind, value string) cell {
		return cell{key{events.AFN, k, value}, sumsOf(map[Measure]int32{Defective: 1})}
	}
	sound := bucketOf(total(events.AFN), total(events.MFN), line(events.AFN, ""), line(events.MFN, ""), line(events.AFN, "a"), line(events.MFN, "b"))
	for _, c := range []struct {
		name   string
		bucket Bucket
		sound  bool
	}{
		{"nothing", nil, true},
		{"all there is", sound, true},
		{"cells of each kind", bucketOf(total(events.AFN), line(events.MFN, "z"), other(linelessKind, ""), other(marketplaceKind, "A"), other(countryKind, "A")), true},
		{"kinds out of order", bucketOf(total(events.AFN), other(countryKind, "A"), other(marketplaceKind, "A")), false},
		{"the largest count", append(Bucket{}, 0, 2, 0xff, 0xff, 0xff, 0xff, 7), true},
		{"a larger count", append(Bucket{}, 0, 2, 0x80, 0x80, 0x80, 0x80, 8), false},
		{"a count of 0", append(Bucket{}, 0, 2, 0), false},
		{"no counts", append(Bucket{}, 0, 0), false},
		{"the last measure", append(binary.AppendUvarint([]byte{0}, 2<<15), 1), true},
		{"a measure that there is not, alone", binary.AppendUvarint([]byte{0}, 2<<16), false},
		{"a measure that there is not", append(binary.AppendUvarint([]byte{0}, 2<<16), 1), false},
		{"a word that tells of none", append(Bucket{}, 0, 3, 0, 1), false},
		{"a second word of measures that there are not", append(Bucket{}, 0, 3, 2, 1, 1), false},
		{"a word that does not come", append(Bucket{}, 0, 3), false},
		{"more words than there may be", append(append(Bucket{}, 0), bytes.Repeat([]byte{3}, 40)...), false},
		{"a line that is longer than the bucket", append(Bucket{}, 2*(4+100), 'a', 2, 1), false},
		{"a line of a length that is none", append(binary.AppendUvarint(nil, 1<<63), 'a', 2, 1), false},
		{"a marketplace that is longer than the bucket", append(Bucket{}, 4, 100, 'a', 2, 1), false},
		{"a number without an end", append(bytes.Repeat([]byte{0xff}, 11), 1), false},
		{"a total twice", bucketOf(total(events.MFN), total(events.MFN)), false},
		{"a total of AFN after one of MFN", bucketOf(total(events.MFN), total(events.AFN)), false},
		{"a total after a line", bucketOf(line(events.MFN, "a"), total(events.MFN)), false},
		{"lines out of order", bucketOf(line(events.MFN, "b"), line(events.MFN, "a")), false},
		{"a line twice", bucketOf(line(events.MFN, "a"), line(events.MFN, "a")), false},
		{"channels of a line out of order", bucketOf(line(events.MFN, "a"), line(events.AFN, "a")), false},
	} {
		if err := someProgram().CheckBucket(c.bucket); (err == nil) != c.sound {
			t.Errorf("%s: error %v", c.name, err)
		}
	}
	for n := 1; n < len(sound); n++ {
		whole := 0
		check := someProgram().CheckBucket(sound[:n])
		if err := someProgram().Cells(sound[:n], func(*Cell) { whole++ }); err == nil && check != nil {
			t.Errorf("the first %d bytes, %d cells, are refused", n, whole)
		} else if err != nil && check == nil {
			t.Errorf("the first %d bytes are accepted: %v", n, err)
		}
	}
}

// A bucket is cut before the last cell that begins in its first half, or right in the middle; never before the first cell.
func TestMiddle(t *testing.T) {
	total := cell{key{channel: events.MFN}, sumsOf(map[Measure]int32{Orders: 1})} // 3 bytes
	line := func(n int) cell {
		return cell{key{events.MFN, lineKind, strings.Repeat("x", n)}, sumsOf(map[Measure]int32{Orders: 1})} // 3 bytes and the line
	}
	for _, c := range []struct {
		name   string
		bucket Bucket
		want   int
	}{
		{"one cell", bucketOf(total), 3},
		{"two cells, the first larger", bucketOf(line(7), line(0)), 10},
		{"two cells, the second larger", bucketOf(total, line(7)), 3},
		{"three cells, the second beyond the middle", bucketOf(total, line(4), line(0)), 3},
		{"three cells, the second to the middle", bucketOf(total, line(0), line(3)), 6},
		{"three cells, the second short of the middle", bucketOf(total, line(0), line(4)), 6},
	} {
		if got := c.bucket.middle(); got != c.want {
			t.Errorf("%s: of %d bytes the middle is %d, want %d", c.name, len(c.bucket), got, c.want)
		}
	}
}

// FuzzBucket: whatever a stored bucket's bytes are, once CheckBucket accepts them nothing that is done with it panics; what is then written is
// accepted again, and has every cell that it had but for what was changed.
func FuzzBucket(f *testing.F) {
	f.Add([]byte(bucketOf(cell{key{channel: events.MFN}, sumsOf(map[Measure]int32{Orders: 1})}, cell{key{events.MFN, lineKind, "toys"}, sumsOf(map[Measure]int32{Orders: 1})})),
		"books", "toys", uint8(0), int32(1), int32(-1))
	f.Add([]byte(bucketOf(cell{key{events.AFN, lineKind, ""}, sumsOf(map[Measure]int32{Orders: 127, ReturnsNegative: 1})})), "", "a", uint8(15), int32(127), int32(1<<30))
	f.Add([]byte{0x80, 0, 1, 1}, "", "a", uint8(15), int32(127), int32(1<<30))
	f.Fuzz(func(t *testing.T, stored []byte, one, other string, measure uint8, n, m int32) {
		program := linesProgram()
		if program.CheckBucket(stored) != nil {
			return
		}
		s := NewLayout(program, wholeTerms()).NewSeller(100)
		s.Load(100, 0, bytes.Clone(stored))
		want := cellsOf(t, stored)
		wantTotals := [2]Sums{program.Sums(), program.Sums()}
		for k, sums := range want {
			if k.kind == totalKind {
				wantTotals[k.channel-events.AFN].Add(sums)
			}
		}
		if totals, err := program.Totals(stored); err != nil || !reflect.DeepEqual(totals, wantTotals) {
			t.Fatalf("the totals of %x are %v, %v; want %v", stored, totals, err, wantTotals)
		}
		lines := []string{one, other}
		switch {
		case one == other:
			lines = lines[:1]
		case one > other:
			lines[0], lines[1] = other, one
		}
		delta := program.Sums()
		delta[int(measure)%len(delta)] = n
		delta[Orders] += m
		s.Lines(0, 200)
		s.Slide(107)
		s.Size()
		keys := []key{{channel: events.MFN}}
		for _, line := range lines {
			keys = append(keys, key{events.MFN, lineKind, line})
		}
		possible := true
		for _, k := range keys {
			sums := want[k]
			if sums == nil {
				sums = program.Sums()
			}
			possible = addChecked(sums, delta) && possible
			if want[k] = sums; sums.Zero() {
				delete(want, k)
			}
		}
		if err := s.Change(100, &Attributes{Channel: events.MFN, Lines: lines}, delta); (err == nil) != possible {
			t.Fatalf("error %v, and possible is %v", err, possible)
		} else if err != nil {
			return
		}
		got := map[key]Sums{}
		s.Flush(func(_ Date, _ uint16, b Bucket) {
			if err := program.CheckBucket(b); err != nil {
				t.Fatalf("%x became %x: %v", stored, b, err)
			}
			maps.Copy(got, cellsOf(t, b))
		})
		if !delta.Zero() && !maps.EqualFunc(got, want, slices.Equal) {
			t.Fatalf("%x became %v, want %v", stored, got, want)
		}
	})
}

// addChecked adds as far as counts go from 0 to the largest, and tells whether all do.
func addChecked(sums, delta Sums) bool {
	for i, d := range delta {
		n := int64(sums[i]) + int64(d)
		if n < 0 || n > math.MaxInt32 {
			return false
		}
		sums[i] = int32(n)
	}
	return true
}

func cellsOf(t *testing.T, b Bucket) map[key]Sums {
	t.Helper()
	cells := map[key]Sums{}
	if err := linesProgram().Cells(b, func(c *Cell) { cells[keyOf(c)] = slices.Clone(c.Sums) }); err != nil {
		t.Fatal(err)
	}
	return cells
}

// Bitmaps have as many words as the measures that are not 0 need, and are read as they were written.
func TestSumsOfManyMeasures(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := make(Sums, rapid.SampledFrom([]int{1, 63, 64, 126, 127, 300, MaxMeasures}).Draw(t, "measures"))
		for range rapid.IntRange(1, 5).Draw(t, "not 0") {
			want[rapid.IntRange(0, len(want)-1).Draw(t, "measure")] = rapid.Int32Range(1, math.MaxInt32).Draw(t, "n")
		}
		written := append(want.append(nil), 0xee)
		got, added := make(Sums, len(want)), make(Sums, len(want))
		r := varint.NewReader(written)
		if readSums(&r, got); r.Err() != nil || r.Len() != 1 || !slices.Equal(got, want) {
			t.Fatalf("%v is read as %v with %d bytes left, %v", want, got, r.Len(), r.Err())
		}
		r = varint.NewReader(written)
		if addSums(&r, added); r.Len() != 1 || !slices.Equal(added, want) {
			t.Fatalf("%v adds %v with %d bytes left", want, added, r.Len())
		}
		r = varint.NewReader(written)
		if skipSums(&r); r.Len() != 1 {
			t.Fatalf("%v is passed over with %d bytes left", want, r.Len())
		}
	})
}
