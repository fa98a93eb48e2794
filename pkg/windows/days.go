package windows

import (
	"slices"
	"unsafe"
)

// days is the parts of the day buckets of a seller, sorted by date, then part. There are many sellers and each has many days, so that what
// the collector would have to look at of each counts: the bytes of all buckets lie in one piece of memory, and days hold no pointers.
type days struct {
	list  []day
	bytes []byte
	used  int // of bytes; the rest was of buckets that moved or shrank
}

// day is a part of a date's bucket. Product lines beyond what one part takes are in further ones; the totals are in the first.
type day struct {
	at, size uint32 // in bytes
	date     Date
	part     uint16
	dirty    bool
}

// bucket is the bytes of a day, until one changes.
func (d *days) bucket(i int) Bucket {
	at, size := d.list[i].at, d.list[i].size
	return d.bytes[at : at+size : at+size]
}

// find is the index of the first part of a date, or where it would be.
func (d *days) find(date Date) int {
	i, j := 0, len(d.list)
	for i < j {
		if h := int(uint(i+j) >> 1); d.list[h].date < date {
			i = h + 1
		} else {
			j = h
		}
	}
	return i
}

// insert adds a part with the bytes of its bucket, which are copied.
func (d *days) insert(i int, date Date, part uint16, bucket Bucket) {
	d.list = slices.Insert(grown(d.list, 1), i, day{date: date, part: part})
	d.splice(i, 0, 0, bucket)
}

// splice puts bytes in the place of those from from to to of a day's bucket.
func (d *days) splice(i, from, to int, bytes []byte) {
	t := &d.list[i]
	at, size := int(t.at), int(t.size)
	more := len(bytes) - (to - from)
	d.used += more
	t.size = uint32(size + more)
	switch end := at + size; {
	case more <= 0:
		copy(d.bytes[at+from+len(bytes):end], d.bytes[at+to:end])
		copy(d.bytes[at+from:], bytes)
	case end == len(d.bytes):
		d.bytes = slices.Replace(grown(d.bytes, more), at+from, at+to, bytes...)
	default:
		t.at = uint32(len(d.bytes))
		d.bytes = grown(d.bytes, size+more)
		d.bytes = append(d.bytes, d.bytes[at:at+from]...)
		d.bytes = append(d.bytes, bytes...)
		d.bytes = append(d.bytes, d.bytes[at+to:end]...)
		d.tidy()
	}
}

// tidy lets go of what is not used when it is more than what is: so that costs no more than what was written in between.
func (d *days) tidy() {
	const little = 256
	if unused := len(d.bytes) - d.used; unused < little || unused < d.used {
		return
	}
	all := make([]byte, 0, d.used+d.used/4)
	for i := range d.list {
		at := len(all)
		all = append(all, d.bucket(i)...)
		d.list[i].at = uint32(at)
	}
	d.bytes = all
}

// forgetEmpty drops the parts without bytes.
func (d *days) forgetEmpty() {
	d.list = slices.DeleteFunc(d.list, func(t day) bool { return t.size == 0 })
	d.tidy()
}

// memory is the bytes that the days take.
func (d *days) memory() int { return cap(d.list)*int(unsafe.Sizeof(day{})) + cap(d.bytes) }

// grown makes room for more elements. There are many sellers: their slices grow by a quarter, not to the double.
func grown[T any](s []T, more int) []T {
	if n := len(s) + more; n > cap(s) {
		return append(make([]T, 0, n+n/4), s...)
	}
	return s
}
