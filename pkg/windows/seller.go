package windows

import (
	"bytes"
	"fmt"
	"iter"
	"unsafe"

	"sellerpulse/internal/varint"
	"sellerpulse/pkg/events"
)

// Seller is the day buckets of one seller and the sums of terms over them, of the whole and of those parts that are tracked.
//
// Invariant: the sums are those of the buckets in each term's window on the day today.
type Seller struct {
	layout *Layout
	groups []group // the whole, then the parts in the order in which they were tracked
	days   days
	dates  dateSet // the dates of days
	today  Date
	dirty  bool
}

// dateSet tells which of 128 dates in a row are there. Of more than that it may tell that a date is there when it is not.
type dateSet [2]uint64

func (d *dateSet) add(date Date) { d[date>>6&1] |= 1 << (date & 63) }

// none is whether none of the dates from from to to is there; it does not look at more than 64.
func (d *dateSet) none(from, to Date) bool {
	word, first := from>>6&1, from&63
	next64 := d[word]>>first | d[word^1]<<(64-first)
	return to < from || to-from < 64 && next64<<(63-(to-from)) == 0
}

// MaxBucketBytes is the size in bytes beyond which a part of a bucket is cut in two, unless it has but one cell: so that no stored value grows
// with the number of product lines that a seller makes up.
const MaxBucketBytes = 64 << 10

// NewSeller makes a seller without orders.
func (l *Layout) NewSeller(today Date) *Seller {
	s := &Seller{}
	l.Reset(s, today)
	return s
}

// Reset makes s a seller without orders, of whom no part is tracked, keeping its memory.
func (l *Layout) Reset(s *Seller, today Date) {
	if s.groups == nil {
		s.groups = []group{{sums: make([]int32, len(l.fields[NoField]))}}
	}
	whole := group{sums: s.groups[0].sums, changed: allBits}
	clear(whole.sums)
	clear(s.groups)
	s.groups[0] = whole
	*s = Seller{layout: l, today: today, groups: s.groups[:1], days: days{list: s.days.list[:0], bytes: s.days.bytes[:0]}}
}

// Load adds a stored part of a bucket, which was checked; parts come in ascending order of date and part.
func (s *Seller) Load(date Date, part uint16, bucket Bucket) {
	s.insert(len(s.days.list), date, part, bucket)
	s.each(bucket, func(g *group, channel events.Channel, sums Sums) { s.layout.add(g, s.today, date, channel, sums) })
}

// each calls do with the sums of each channel of the whole and of each part that is tracked, as far as a bucket that was checked has them; several
// times for one that has several cells.
func (s *Seller) each(b Bucket, do func(g *group, channel events.Channel, sums Sums)) {
	if len(s.groups) == 1 {
		s.eachTotal(b, do)
		return
	}
	var k key
	cell := s.layout.cell
	for r := varint.NewReader(b); r.More(); {
		readKey(&r, &k)
		if s.layout.summed>>k.kind&1 == 0 {
			skipSums(&r)
			continue
		}
		read := false
		for g := range s.of(&k) {
			if !read {
				read = true
				clear(cell)
				addSums(&r, cell)
			}
			do(g, k.channel, cell)
		}
		if !read {
			skipSums(&r)
		}
	}
}

// of are the whole and the parts that are tracked which have the orders of a cell.
func (s *Seller) of(k *key) iter.Seq[*group] {
	return func(yield func(*group) bool) {
		if k.kind == totalKind && !yield(&s.groups[0]) {
			return
		}
		of := tagOf(k.part())
		for i := 1; i < len(s.groups); i++ {
			if g := &s.groups[i]; g.tag == of && k.of(&g.part) && !yield(g) {
				return
			}
		}
	}
}

// eachTotal is each where no part is tracked.
func (s *Seller) eachTotal(b Bucket, do func(g *group, channel events.Channel, sums Sums)) {
	cell := s.layout.cell
	for r := varint.NewReader(b); r.More(); {
		head := r.Byte()
		if head > 1 {
			return // No total, and none comes after it: the head of a total is its channel, 0 or 1.
		}
		clear(cell)
		addSums(&r, cell)
		do(&s.groups[0], events.AFN+events.Channel(head), cell)
	}
}

// of is whether a cell counts orders of a part.
func (k *key) of(p *Part) bool {
	switch p.Field {
	case NoField:
		return k.kind == totalKind
	case ChannelField:
		return k.kind == totalKind && k.channel.String() == p.Value
	case LineField:
		return (k.kind == lineKind || k.kind == linelessKind) && k.value == p.Value
	case MarketplaceField:
		return k.kind == marketplaceKind && k.value == p.Value
	default:
		return k.kind == countryKind && k.value == p.Value
	}
}

func (s *Seller) insert(i int, date Date, part uint16, bucket Bucket) {
	s.days.insert(i, date, part, bucket)
	s.dates.add(date)
}

// Slide moves the windows to a later day: each date that passes an edge on the way enters or leaves windows.
func (s *Seller) Slide(today Date) {
	before := s.today
	if today == before {
		return
	}
	s.today = today
	for i := range s.layout.passes {
		p := &s.layout.passes[i]
		from, to := p.edge.Passed(before)+1, p.edge.Passed(today)
		if s.dates.none(from, to) {
			continue
		}
		for j := s.days.find(from); j < len(s.days.list) && s.days.list[j].date <= to; j++ {
			s.each(s.days.bucket(j), func(g *group, channel events.Channel, sums Sums) { s.layout.carry(g, p, channel, sums) })
		}
	}
}

// Move adds the difference of what some orders count to the bucket of a date, as Change does. No counts are 0.
func (s *Seller) Move(date Date, of *Attributes, before, after Sums) error {
	if before == nil {
		return s.Change(date, of, after)
	}
	delta := s.layout.delta
	clear(delta)
	copy(delta, after)
	delta.Sub(before)
	return s.Change(date, of, delta)
}

// Change adds delta to the bucket of a date: to the total of a channel and to each other cell in which orders of these attributes count. After an error,
// which says that the buckets are not those of the seller's orders, the seller must not be used any more.
func (s *Seller) Change(date Date, of *Attributes, delta Sums) error {
	l := s.layout
	if !l.edit.change(delta) {
		return nil
	}
	s.dirty = true
	first := s.days.find(date)
	if first == len(s.days.list) || s.days.list[first].date != date {
		s.insert(first, date, 0, nil)
	}
	keys := l.keysOf(of)
	for i := range keys {
		for g := range s.of(&keys[i]) {
			l.add(g, s.today, date, of.Channel, delta)
		}
	}
	for i := first; i < len(s.days.list) && s.days.list[i].date == date && len(keys) > 0; i++ {
		left, err := s.changePart(i, i == first, keys)
		if err != nil {
			return fmt.Errorf("change bucket of %v: %w", date, err)
		}
		keys = left
	}
	s.cut(first)
	return nil
}

// keysOf is the cells in which orders of some attributes count, in order, the total first. They are valid until the next call.
func (l *Layout) keysOf(of *Attributes) []key {
	l.keys = append(l.keys[:0], key{channel: of.Channel})
	for _, line := range of.Lines {
		l.keys = append(l.keys, key{of.Channel, lineKind, line})
	}
	if len(of.Lines) == 0 {
		l.keep(key{of.Channel, linelessKind, ""})
	}
	l.keep(key{of.Channel, marketplaceKind, of.Marketplace})
	l.keep(key{of.Channel, countryKind, of.Country})
	return l.keys
}

// keep adds a cell to keys if there are any of its kind.
func (l *Layout) keep(k key) {
	if l.program.cells>>k.kind&1 == 1 {
		l.keys = append(l.keys, k)
	}
}

// changePart adds the difference to the cells that a part has, and to all that are left if it is the date's last; to totals, which are in the first
// part. It tells what cells are left, in the memory of those that are given.
func (s *Seller) changePart(i int, first bool, keys []key) (left []key, err error) {
	d, e := &s.days.list[i], &s.layout.edit
	last := i+1 == len(s.days.list) || s.days.list[i+1].date != d.date
	e.begin(s.days.bucket(i))
	left = keys[:0]
	for _, k := range keys {
		done, err := e.add(&k, last || first && k.kind == totalKind)
		if err != nil {
			return nil, err
		}
		if !done {
			left = append(left, k)
		}
		d.dirty = d.dirty || done
	}
	if from, to, bytes, moves := e.end(); moves {
		s.days.splice(i, from, to, bytes)
	}
	return left, nil
}

// cut cuts the parts of a date, the first of which is given, until none is too large.
func (s *Seller) cut(first int) {
	date := s.days.list[first].date
	for i := first; i < len(s.days.list) && s.days.list[i].date == date; i++ {
		bucket := s.days.bucket(i)
		if len(bucket) <= MaxBucketBytes {
			continue
		}
		middle := bucket.middle()
		if middle == len(bucket) {
			continue
		}
		part := first // The lowest number that is free.
		for part < len(s.days.list) && s.days.list[part].date == date && int(s.days.list[part].part) == part-first {
			part++
		}
		upper := Bucket(bytes.Clone(bucket[middle:]))
		s.days.splice(i, middle, len(bucket), nil)
		s.days.list[i].dirty = true
		s.insert(part, date, uint16(part-first), upper)
		s.days.list[part].dirty = true
		i = first - 1
	}
}

// Bucket calls yield with each part of the bucket of a date, which is valid during the call.
func (s *Seller) Bucket(date Date, yield func(part uint16, bucket Bucket)) {
	for i := s.days.find(date); i < len(s.days.list) && s.days.list[i].date == date; i++ {
		if s.days.list[i].size > 0 {
			yield(s.days.list[i].part, s.days.bucket(i))
		}
	}
}

// Drop empties the bucket of a date that is in no window.
func (s *Seller) Drop(date Date) {
	for i := s.days.find(date); i < len(s.days.list) && s.days.list[i].date == date; i++ {
		s.days.splice(i, 0, int(s.days.list[i].size), nil)
		s.days.list[i].dirty, s.dirty = true, true
	}
}

// Newest is the newest order date that has a bucket.
func (s *Seller) Newest() (Date, bool) {
	if len(s.days.list) == 0 {
		return 0, false
	}
	return s.days.list[len(s.days.list)-1].date, true
}

// Size is the bytes of memory that the seller takes.
func (s *Seller) Size() int {
	size := int(unsafe.Sizeof(*s)) + cap(s.groups)*int(unsafe.Sizeof(group{})) + s.days.memory()
	for i := range s.groups {
		size += cap(s.groups[i].sums)*int(unsafe.Sizeof(int32(0))) + len(s.groups[i].part.Value)
	}
	return size
}

// Flush calls write with each part of a bucket that changed since the last Flush; an empty bucket is to be deleted. The bytes are valid during
// the call.
func (s *Seller) Flush(write func(date Date, part uint16, bucket Bucket)) {
	if !s.dirty {
		return
	}
	s.dirty = false
	empty := false
	for i := range s.days.list {
		if d := &s.days.list[i]; d.dirty {
			write(d.date, d.part, s.days.bucket(i))
			d.dirty = false
			empty = empty || d.size == 0
		}
	}
	if empty {
		s.forgetEmpty()
	}
}

func (s *Seller) forgetEmpty() {
	s.days.forgetEmpty()
	s.dates = dateSet{}
	for i := range s.days.list {
		s.dates.add(s.days.list[i].date)
	}
}
