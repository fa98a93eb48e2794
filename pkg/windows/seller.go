package windows

import (
	"bytes"
	"cmp"
	"slices"

	"sellerpulse/pkg/events"
)

// Window is a number of days of order dates that ends a lag before the day it is looked at.
type Window struct {
	Days, Lag int32
}

// Range is the first and the last order date in the window on a day, both inclusive.
func (w Window) Range(today Date) (from, to Date) {
	to = today - Date(w.Lag)
	return to - Date(w.Days) + 1, to
}

// Layout is what the sellers of a task share: which windows are summed. It is not for concurrent use.
type Layout struct {
	windows []Window
	scratch []cell
}

// NewLayout sums the given windows, each of which a [Seller.Sum] names by its index.
func NewLayout(windows []Window) *Layout { return &Layout{windows: windows} }

// Seller is the day buckets of one seller and the sums of windows over them.
//
// Invariant: the sums are those of the buckets in each window on the day Today.
type Seller struct {
	layout *Layout
	today  Date
	sums   [][2]Counts // of each window, by channel: AFN, MFN
	days   []day       // sorted by date, then part
	dirty  bool
	fresh  int // bytes of the parts that changed since they were last asked for
}

// day is a part of a date's bucket. Lines beyond what one part takes make a second one.
type day struct {
	date   Date
	part   uint16
	dirty  bool
	bucket Bucket
}

// NewSeller makes a seller without orders.
func (l *Layout) NewSeller(today Date) *Seller {
	return &Seller{layout: l, today: today, sums: make([][2]Counts, len(l.windows))}
}

// Load adds a stored part of a bucket; parts come in ascending order of date and part.
func (s *Seller) Load(date Date, part uint16, bucket Bucket) {
	s.days = append(s.days, day{date: date, part: part, bucket: bucket})
	for i, w := range s.layout.windows {
		if part == 0 && w.contains(s.today, date) {
			bucket.totals(&s.sums[i], 1)
		}
	}
}

func (w Window) contains(today, date Date) bool {
	from, to := w.Range(today)
	return from <= date && date <= to
}

// Slide moves the windows to a later day.
func (s *Seller) Slide(today Date) {
	before := s.today
	if today == before {
		return
	}
	s.today = today
	for i, w := range s.layout.windows {
		from, to := w.Range(before)
		nowFrom, nowTo := w.Range(today)
		s.sumDates(i, from, min(to, nowFrom-1), -1)
		s.sumDates(i, max(nowFrom, to+1), nowTo, 1)
	}
}

// sumDates adds the totals of the dates from from to to, times sign, to a window.
func (s *Seller) sumDates(window int, from, to Date, sign int32) {
	if len(s.days) == 0 || from > s.days[len(s.days)-1].date || to < s.days[0].date {
		return
	}
	for i := s.find(from); i < len(s.days) && s.days[i].date <= to; i++ {
		if s.days[i].part == 0 { // It has the totals.
			s.days[i].bucket.totals(&s.sums[window], sign)
		}
	}
}

// Change adds delta to the bucket of a date: to the total of a channel and to each of the lines, which are sorted.
func (s *Seller) Change(date Date, channel events.Channel, lines []string, delta *Counts) {
	s.dirty = true
	l := s.layout
	l.scratch = append(l.scratch[:0], cell{channel: channel, total: true})
	for _, line := range lines {
		l.scratch = append(l.scratch, cell{channel: channel, line: line})
	}
	s.changeCells(date, l.scratch, delta)
	clear(l.scratch) // The lines need not be kept.
	for i, w := range s.layout.windows {
		if w.contains(s.today, date) {
			s.sums[i][channel-events.AFN].Add(delta)
		}
	}
}

// changeCells changes the parts of a date, one after the other: a line is in one of them, and a new one comes into the last.
func (s *Seller) changeCells(date Date, cells []cell, delta *Counts) {
	first := s.find(date)
	end := first
	for end < len(s.days) && s.days[end].date == date {
		end++
	}
	if end == first {
		s.days = slices.Insert(s.days, first, day{date: date})
		end++
	}
	for i := first; i < end && len(cells) > 0; i++ {
		d, isLast, most := &s.days[i], i+1 == end, len(cells)
		var bucket Bucket
		bucket, cells = d.bucket.change(cells, delta, isLast)
		if len(cells) == most {
			continue
		}
		if !d.dirty {
			s.fresh += len(bucket)
		}
		d.bucket, d.dirty = bucket, true
	}
	for i := first; i < end; i++ {
		s.split(i) // Further parts come behind all that there are.
	}
}

// TakeChanged is about how many bytes Flush will write more than when this was last called.
func (s *Seller) TakeChanged() (bytes int) {
	bytes, s.fresh = s.fresh, 0
	return bytes
}

// split moves what is too much for one part to further parts, behind those that its date has. What stays begins with the totals.
func (s *Seller) split(i int) {
	if len(s.days[i].bucket) <= MaxBucketBytes {
		return
	}
	stays, rest := s.days[i].bucket.cut(MaxBucketBytes / 2)
	s.days[i].bucket = stays
	last := i
	for last+1 < len(s.days) && s.days[last+1].date == s.days[i].date {
		last++
	}
	for ; len(rest) > 0; last++ {
		fresh := day{date: s.days[i].date, part: s.days[last].part + 1, dirty: true}
		fresh.bucket, rest = rest.cut(MaxBucketBytes / 2)
		s.days = slices.Insert(s.days, last+1, fresh)
	}
}

// find is the index of the first part of a date, or where it would be.
func (s *Seller) find(date Date) int {
	i, j := 0, len(s.days)
	for i < j {
		if h := (i + j) / 2; s.days[h].date < date {
			i = h + 1
		} else {
			j = h
		}
	}
	return i
}

// Sum is the sum of the window with an index, over AFN, MFN or, for 0, both channels.
func (s *Seller) Sum(window int, channel events.Channel, m Measure) int64 {
	sums := &s.sums[window]
	if channel == 0 {
		return int64(sums[0][m]) + int64(sums[1][m])
	}
	return int64(sums[channel-events.AFN][m])
}

// Totals adds up the buckets of the order dates from from to to, by channel: AFN, MFN.
func (s *Seller) Totals(from, to Date) (sums [2]Counts) {
	for i := s.find(from); i < len(s.days) && s.days[i].date <= to; i++ {
		s.days[i].bucket.totals(&sums, 1)
	}
	return sums
}

// Dates calls yield with each order date from to down to from and its totals by channel, until yield returns false.
func (s *Seller) Dates(from, to Date, yield func(Date, *[2]Counts) bool) {
	for i := s.find(to+1) - 1; i >= 0 && s.days[i].date >= from; i-- {
		if s.days[i].part > 0 {
			continue
		}
		var sums [2]Counts
		s.days[i].bucket.totals(&sums, 1)
		if !yield(s.days[i].date, &sums) {
			return
		}
	}
}

// Lines adds up the buckets of the order dates from from to to by product line, then by channel: AFN, MFN.
func (s *Seller) Lines(from, to Date) map[string]*[2]Counts {
	lines := map[string]*[2]Counts{}
	var c cell
	for i := s.find(from); i < len(s.days) && s.days[i].date <= to; i++ {
		for b := s.days[i].bucket; len(b) > 0; {
			b = b.mustNext(&c)
			if c.total {
				continue
			}
			if lines[c.line] == nil {
				lines[c.line] = new([2]Counts)
			}
			lines[c.line][c.channel-events.AFN].Add(&c.counts)
		}
	}
	return lines
}

// Newest is the newest order date that has a bucket.
func (s *Seller) Newest() (Date, bool) {
	if len(s.days) == 0 {
		return 0, false
	}
	return s.days[len(s.days)-1].date, true
}

// Size is about the bytes of memory that the seller takes.
func (s *Seller) Size() int {
	size := 256 + len(s.sums)*2*int(NumMeasures)*4
	for i := range s.days {
		size += 48 + len(s.days[i].bucket)
	}
	return size
}

// Expire forgets the buckets of a date. It must be in no window.
func (s *Seller) Expire(date Date) {
	for i := s.find(date); i < len(s.days) && s.days[i].date == date; i++ {
		s.days[i].bucket, s.days[i].dirty = nil, true
		s.dirty = true
	}
}

// Flush calls write with each part of a bucket that changed since the last Flush; an empty bucket is to be deleted.
func (s *Seller) Flush(write func(date Date, part uint16, bucket Bucket)) {
	if !s.dirty {
		return
	}
	s.dirty = false
	empty := false
	for i := range s.days {
		if d := &s.days[i]; d.dirty {
			write(d.date, d.part, d.bucket)
			d.dirty = false
			empty = empty || len(d.bucket) == 0
		}
	}
	if empty {
		s.days = slices.DeleteFunc(s.days, func(d day) bool { return len(d.bucket) == 0 })
	}
}

// Replace makes the buckets and sums those of another seller, as of the same day, which is not to be used any more. Parts that are the same
// need not be written.
func (s *Seller) Replace(with *Seller) (changed bool) {
	days := with.days
	for i := range s.days {
		was := &s.days[i]
		at, found := slices.BinarySearchFunc(days, *was, compareDays)
		if !found {
			days = slices.Insert(days, at, day{date: was.date, part: was.part}) // To be deleted.
		}
		days[at].dirty = was.dirty || !bytes.Equal(days[at].bucket, was.bucket)
	}
	for i := range days {
		changed = changed || days[i].dirty
	}
	s.today, s.sums, s.days, s.dirty = with.today, with.sums, days, s.dirty || changed
	return changed
}

func compareDays(a, b day) int {
	return cmp.Or(cmp.Compare(a.date, b.date), cmp.Compare(a.part, b.part))
}
