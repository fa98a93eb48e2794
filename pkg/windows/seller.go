package windows

import (
	"bytes"
	"fmt"
	"unsafe"

	"sellerpulse/pkg/events"
)

// Seller is the day buckets of one seller and the sums of terms over them.
//
// Invariant: the sums are those of the buckets in each term's window on the day today.
type Seller struct {
	layout *Layout
	sums   []int32 // of each term
	days   days
	dates  dateSet // the dates of days
	today  Date
	dirty  bool

	changed TermSet // since TakeChanged
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

// Reset makes s a seller without orders, keeping its memory.
func (l *Layout) Reset(s *Seller, today Date) {
	if s.sums == nil {
		s.sums = make([]int32, len(l.terms))
	}
	clear(s.sums)
	*s = Seller{layout: l, today: today, sums: s.sums, changed: allTerms, days: days{list: s.days.list[:0], bytes: s.days.bytes[:0]}}
}

// Load adds a stored part of a bucket, which was checked; parts come in ascending order of date and part.
func (s *Seller) Load(date Date, part uint16, bucket Bucket) {
	s.insert(len(s.days.list), date, part, bucket)
	if part == 0 {
		var totals [2]Counts
		bucket.totals(&totals)
		s.layout.add(s.sums, &s.changed, s.today, date, &totals)
	}
}

func (s *Seller) insert(i int, date Date, part uint16, bucket Bucket) {
	s.days.insert(i, date, part, bucket)
	s.dates.add(date)
}

// TakeChanged is the terms whose sums may have changed since it was last called; all of them at first.
func (s *Seller) TakeChanged() TermSet {
	changed := s.changed
	s.changed = 0
	return changed
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
			if s.days.list[j].part == 0 {
				var totals [2]Counts
				s.days.bucket(j).totals(&totals)
				s.layout.carry(s.sums, &s.changed, p, &totals)
			}
		}
	}
}

// Change adds delta to the bucket of a date: to the total of a channel and to each of the lines, which are sorted, each once. After an error,
// which says that the buckets are not those of the seller's orders, the seller must not be used any more.
func (s *Seller) Change(date Date, channel events.Channel, lines []string, delta *Counts) error {
	if *delta == (Counts{}) {
		return nil
	}
	s.dirty = true
	first := s.days.find(date)
	if first == len(s.days.list) || s.days.list[first].date != date {
		s.insert(first, date, 0, nil)
	}
	for i := first; i < len(s.days.list) && s.days.list[i].date == date && (i == first || len(lines) > 0); i++ {
		left, err := s.changePart(i, i == first, channel, lines, delta)
		if err != nil {
			return fmt.Errorf("change bucket of %v: %w", date, err)
		}
		lines = left
	}
	s.cut(first)
	var totals [2]Counts
	totals[channel-events.AFN] = *delta
	s.layout.add(s.sums, &s.changed, s.today, date, &totals)
	return nil
}

// changePart adds delta to the cells that a part has, and to all that are left if it is the date's last. It tells what lines are left.
func (s *Seller) changePart(i int, total bool, channel events.Channel, lines []string, delta *Counts) (left []string, err error) {
	d, e := &s.days.list[i], &s.layout.edit
	last := i+1 == len(s.days.list) || s.days.list[i+1].date != d.date
	e.begin(s.days.bucket(i))
	if total {
		if _, err := e.add(&key{channel: channel, total: true}, delta, true); err != nil {
			return nil, err
		}
		d.dirty = true
	}
	for _, line := range lines {
		done, err := e.add(&key{channel: channel, line: line}, delta, last)
		if err != nil {
			return nil, err
		}
		if done {
			d.dirty = true
		} else {
			left = append(left, line)
		}
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

// Sum is the sum of the term with an index.
func (s *Seller) Sum(term int) int64 { return int64(s.sums[term]) }

// Totals adds up the buckets of the order dates from from to to, by channel: AFN, MFN.
func (s *Seller) Totals(from, to Date) (sums [2]Counts) {
	for i := s.days.find(from); i < len(s.days.list) && s.days.list[i].date <= to; i++ {
		s.days.bucket(i).totals(&sums)
	}
	return sums
}

// Dates calls yield with each order date from to down to from and its totals by channel, until yield returns false. They are valid during
// the call.
func (s *Seller) Dates(from, to Date, yield func(Date, *[2]Counts) bool) {
	var sums [2]Counts
	for i := s.days.find(to+1) - 1; i >= 0 && s.days.list[i].date >= from; i-- {
		if s.days.list[i].part > 0 {
			continue
		}
		sums = [2]Counts{}
		s.days.bucket(i).totals(&sums)
		if !yield(s.days.list[i].date, &sums) {
			return
		}
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
	return int(unsafe.Sizeof(*s)) + cap(s.sums)*int(unsafe.Sizeof(s.sums[0])) + s.days.memory()
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
