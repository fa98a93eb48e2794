package windows

import (
	"strings"
	"testing"
)

// What is replaced by as many bytes, or by fewer, stays where it is; what grows behind others moves to the end.
func TestSplice(t *testing.T) {
	for _, c := range []struct {
		name         string
		from, to     int
		by           string
		first, bytes string
		capacity     int
	}{
		{"as many", 1, 3, "BC", "aBCd", "aBCdxyz", 8},
		{"fewer", 1, 3, "B", "aBd", "aBddxyz", 8},
		{"more", 1, 3, "BCC", "aBCCd", "abcdxyzaBCCd", 15},
	} {
		var d days
		d.insert(0, 10, 0, Bucket("abcd"))
		d.insert(1, 11, 0, Bucket("xyz"))
		d.splice(0, c.from, c.to, []byte(c.by))
		if got := string(d.bucket(0)); got != c.first || string(d.bucket(1)) != "xyz" {
			t.Errorf("%s: buckets %q and %q, want %q and xyz", c.name, got, d.bucket(1), c.first)
		}
		if string(d.bytes) != c.bytes || cap(d.bytes) != c.capacity {
			t.Errorf("%s: the bytes are %q of %d, want %q of %d", c.name, d.bytes, cap(d.bytes), c.bytes, c.capacity)
		}
	}
}

// Memory that is not used is let go of when it is as much as what is used, but not for less than 256 bytes; there is room for a quarter more.
func TestTidy(t *testing.T) {
	for _, c := range []struct{ used, unused, capacity int }{
		{100, 255, 355},
		{100, 256, 125},
		{400, 399, 799},
		{400, 400, 500},
	} {
		bytes := strings.Repeat("-", c.unused) + strings.Repeat("x", c.used)
		d := days{list: []day{{at: uint32(c.unused), size: uint32(c.used)}}, bytes: []byte(bytes)[:len(bytes):len(bytes)], used: c.used}
		d.tidy()
		if cap(d.bytes) != c.capacity || string(d.bucket(0)) != strings.Repeat("x", c.used) {
			t.Errorf("with %d bytes used and %d not there is memory for %d, want %d", c.used, c.unused, cap(d.bytes), c.capacity)
		}
	}
}

// A slice that is full grows by a quarter, and no sooner.
func TestGrown(t *testing.T) {
	for _, c := range []struct{ length, capacity, more, want int }{
		{3, 4, 1, 4},
		{4, 4, 1, 6},
		{75, 75, 25, 125},
	} {
		if got := grown(make([]day, c.length, c.capacity), c.more); len(got) != c.length || cap(got) != c.want {
			t.Errorf("of %d elements with memory for %d, %d more: %d with memory for %d, want it for %d",
				c.length, c.capacity, c.more, len(got), cap(got), c.want)
		}
	}
}
