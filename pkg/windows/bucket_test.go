package windows

import (
	"bytes"
	"encoding/binary"
	"maps"
	"strings"
	"testing"

	"sellerpulse/pkg/events"
)

// bucketOf writes cells as they are given.
func bucketOf(cells ...cell) (b Bucket) {
	for i := range cells {
		b = cells[i].counts.append(cells[i].key.append(b))
	}
	return b
}

// A bucket that no version writes is refused when it is read, and not when it is changed.
func TestCheckBucket(t *testing.T) {
	total := func(channel events.Channel) cell { return cell{key{channel: channel, total: true}, Counts{Orders: 2}} }
	line := func(channel events.Channel, name string) cell {
		return cell{key{channel: channel, line: name}, Counts{Orders: 1, ReturnsNegative: 300}}
	}
	sound := bucketOf(total(events.AFN), total(events.MFN), line(events.AFN, ""), line(events.MFN, ""), line(events.AFN, "a"), line(events.MFN, "b"))
	for _, c := range []struct {
		name   string
		bucket Bucket
		sound  bool
	}{
		{"nothing", nil, true},
		{"all there is", sound, true},
		{"the largest count", append(bucketOf(), 0, 1, 0xff, 0xff, 0xff, 0xff, 7), true},
		{"a larger count", append(bucketOf(), 0, 1, 0x80, 0x80, 0x80, 0x80, 8), false},
		{"a count of 0", append(bucketOf(), 0, 1, 0), false},
		{"no counts", append(bucketOf(), 0, 0), false},
		{"a measure that there is not, alone", append(binary.AppendUvarint(bucketOf(), 0), 0x80, 0x80, 4), false},
		{"a measure that there is not", append(binary.AppendUvarint(bucketOf(), 0), 0x80, 0x80, 4, 1), false},
		{"a line that is longer than the bucket", append(bucketOf(), 2+2*100, 'a', 1, 1), false},
		{"a line of a length that is none", append(binary.AppendUvarint(nil, 1<<63), 'a', 1, 1), false},
		{"a number without an end", append(bytes.Repeat([]byte{0xff}, 11), 1), false},
		{"a total twice", bucketOf(total(events.MFN), total(events.MFN)), false},
		{"a total of AFN after one of MFN", bucketOf(total(events.MFN), total(events.AFN)), false},
		{"a total after a line", bucketOf(line(events.MFN, "a"), total(events.MFN)), false},
		{"lines out of order", bucketOf(line(events.MFN, "b"), line(events.MFN, "a")), false},
		{"a line twice", bucketOf(line(events.MFN, "a"), line(events.MFN, "a")), false},
		{"channels of a line out of order", bucketOf(line(events.MFN, "a"), line(events.AFN, "a")), false},
	} {
		if err := CheckBucket(c.bucket); (err == nil) != c.sound {
			t.Errorf("%s: error %v", c.name, err)
		}
	}
	for n := 1; n < len(sound); n++ {
		whole := 0
		if err := sound[:n].Cells(func(events.Channel, bool, string, *Counts) { whole++ }); err == nil && CheckBucket(sound[:n]) != nil {
			t.Errorf("the first %d bytes, %d cells, are refused", n, whole)
		} else if err != nil && CheckBucket(sound[:n]) == nil {
			t.Errorf("the first %d bytes are accepted: %v", n, err)
		}
	}
}

// A bucket is cut before the last cell that begins in its first half, or right in the middle; never before the first cell.
func TestMiddle(t *testing.T) {
	total := cell{key{channel: events.MFN, total: true}, Counts{Orders: 1}} // 3 bytes
	line := func(n int) cell {
		return cell{key{channel: events.MFN, line: strings.Repeat("x", n)}, Counts{Orders: 1}} // 3 bytes and the line
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
	f.Add([]byte(bucketOf(cell{key{channel: events.MFN, total: true}, Counts{Orders: 1}}, cell{key{channel: events.MFN, line: "toys"}, Counts{Orders: 1}})),
		"books", "toys", uint8(0), int32(1), int32(-1))
	f.Add([]byte(bucketOf(cell{key{channel: events.AFN, line: ""}, Counts{Orders: 127, ReturnsNegative: 1}})), "", "a", uint8(15), int32(127), int32(1<<30))
	f.Add([]byte{0x80, 0, 1, 1}, "", "a", uint8(15), int32(127), int32(1<<30))
	f.Fuzz(func(t *testing.T, stored []byte, one, other string, measure uint8, n, m int32) {
		if CheckBucket(stored) != nil {
			return
		}
		s := NewLayout(someTerms).NewSeller(100)
		s.Load(100, 0, bytes.Clone(stored))
		want := cellsOf(t, stored)
		wantTotals := [2]Counts{want[key{channel: events.AFN, total: true}], want[key{channel: events.MFN, total: true}]}
		if totals, err := Bucket(stored).Totals(); err != nil || totals != wantTotals {
			t.Fatalf("the totals of %x are %v, %v; want %v", stored, totals, err, wantTotals)
		}
		lines := []string{one, other}
		switch {
		case one == other:
			lines = lines[:1]
		case one > other:
			lines[0], lines[1] = other, one
		}
		delta := Counts{}
		delta[int(measure)%int(NumMeasures)] = n
		delta[Orders] += m
		s.Lines(0, 200)
		s.Slide(107)
		s.Size()
		keys := []key{{channel: events.MFN, total: true}}
		for _, line := range lines {
			keys = append(keys, key{channel: events.MFN, line: line})
		}
		possible := true
		for _, k := range keys {
			counts := want[k]
			possible = counts.change(&delta, &k) == nil && possible
			if want[k] = counts; counts == (Counts{}) {
				delete(want, k)
			}
		}
		if err := s.Change(100, events.MFN, lines, &delta); (err == nil) != possible {
			t.Fatalf("error %v, and possible is %v", err, possible)
		} else if err != nil {
			return
		}
		got := map[key]Counts{}
		s.Flush(func(_ Date, _ uint16, b Bucket) {
			if err := CheckBucket(b); err != nil {
				t.Fatalf("%x became %x: %v", stored, b, err)
			}
			for k, counts := range cellsOf(t, b) {
				got[k] = counts
			}
		})
		if delta != (Counts{}) && !maps.Equal(got, want) {
			t.Fatalf("%x became %v, want %v", stored, got, want)
		}
	})
}

func cellsOf(t *testing.T, b Bucket) map[key]Counts {
	t.Helper()
	cells := map[key]Counts{}
	if err := b.Cells(func(channel events.Channel, total bool, line string, counts *Counts) {
		cells[key{channel, total, strings.Clone(line)}] = *counts
	}); err != nil {
		t.Fatal(err)
	}
	return cells
}
