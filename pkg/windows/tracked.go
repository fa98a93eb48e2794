package windows

import (
	"maps"
	"slices"
	"strings"

	"sellerpulse/internal/varint"
	"sellerpulse/pkg/events"
)

// Track has the terms of a part's field be summed of it too, and tells its index among Parts. One that is tracked stays so.
func (s *Seller) Track(p Part) int {
	if i := s.find(p); i >= 0 {
		return i
	}
	p.Value = strings.Clone(p.Value)
	s.groups = append(s.groups, s.layout.newGroup(p))
	only := &s.groups[len(s.groups)-1]
	only.changed = allBits
	for i := range s.days.list {
		date := s.days.list[i].date
		s.each(s.days.bucket(i), func(g *group, channel events.Channel, sums Sums) {
			if g == only {
				s.layout.add(g, s.today, date, channel, sums)
			}
		})
	}
	return len(s.groups) - 1
}

// find is the index of a part that is tracked, or of the whole; -1 for another.
func (s *Seller) find(p Part) int {
	of := tagOf(p)
	for i := range s.groups {
		if g := &s.groups[i]; g.tag == of && g.part == p {
			return i
		}
	}
	return -1
}

// Sum is the sum of the term of the whole with an index.
func (s *Seller) Sum(term int) int64 { return int64(s.groups[0].sums[term]) }

// Tracked is the part, or the whole, with an index among Parts.
func (s *Seller) Tracked(i int) Part { return s.groups[i].part }

// Part is the index of a part that is tracked, or of the whole, among Parts; -1 for another.
func (s *Seller) Part(p Part) int {
	if p.Field == NoField {
		return 0
	}
	return s.find(p)
}

// SumOf is the sum of the term with an index of a part, which is named by its own.
func (s *Seller) SumOf(part, term int) int64 { return int64(s.groups[part].sums[term]) }

// Parts is how many parts there are, by whose indexes SumOf and TakeChanged go: the whole, which is the first, and those that are tracked.
func (s *Seller) Parts() int { return len(s.groups) }

// TakeChanged is the part with an index, and the bits of those of its terms whose sums may have changed since the last call, which are all bits at first.
func (s *Seller) TakeChanged(i int) (p Part, bits uint64) {
	g := &s.groups[i]
	bits = g.changed
	g.changed = 0
	return g.part, bits
}

// Values lists the values of a field, which is not NoField, of which a measure is not 0 on any of the order dates from from to to, of the orders of a
// channel or, for 0, of both; sorted.
func (s *Seller) Values(f Field, measure int, channel events.Channel, from, to Date) []string {
	found := map[string]bool{}
	var k key
	for i := s.days.find(from); i < len(s.days.list) && s.days.list[i].date <= to; i++ {
		for r := varint.NewReader(s.days.bucket(i)); r.More(); {
			readKey(&r, &k)
			value, of := k.valueOf(f)
			if !of || channel != 0 && channel != k.channel || found[value] {
				skipSums(&r)
				continue
			}
			clear(s.layout.cell)
			if addSums(&r, s.layout.cell); s.layout.cell[measure] != 0 {
				found[strings.Clone(value)] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(found))
}

// valueOf is the value of a field by which a cell counts; false for none.
func (k *key) valueOf(f Field) (string, bool) {
	if f == ChannelField {
		return k.channel.String(), k.kind == totalKind
	}
	return k.value, k.kind != totalKind && fieldOf[k.kind] == f
}

// Totals adds up the buckets of the order dates from from to to, by channel: AFN, MFN.
func (s *Seller) Totals(from, to Date) [2]Sums {
	sums := [2]Sums{s.layout.program.Sums(), s.layout.program.Sums()}
	s.sum(&sums, from, to, Part{})
	return sums
}

// Between adds up the buckets of the order dates from from to to of a part, whether it is tracked or not, by channel: AFN, MFN. The result is valid until the
// next call.
func (s *Seller) Between(from, to Date, p Part) *[2]Sums {
	sums := &s.layout.totals
	clear(sums[0])
	clear(sums[1])
	s.sum(sums, from, to, p)
	return sums
}

func (s *Seller) sum(sums *[2]Sums, from, to Date, p Part) {
	for i := s.days.find(from); i < len(s.days.list) && s.days.list[i].date <= to; i++ {
		s.days.bucket(i).sum(sums, &p)
	}
}

// sum adds what a bucket that was checked has of a part to sums by channel.
func (b Bucket) sum(sums *[2]Sums, p *Part) {
	totals := p.Field == NoField || p.Field == ChannelField
	var k key
	for r := varint.NewReader(b); r.More(); {
		readKey(&r, &k)
		switch {
		case k.of(p):
			addSums(&r, sums[k.channel-events.AFN])
		case totals && k.kind != totalKind:
			return // No total comes after others.
		default:
			skipSums(&r)
		}
	}
}

// Dates calls yield with each order date from to down to from that has a bucket, and with the sums of a part by channel, until yield returns false. They are
// valid during the call.
func (s *Seller) Dates(from, to Date, p Part, yield func(Date, *[2]Sums) bool) {
	for i := s.days.find(to+1) - 1; i >= 0 && s.days.list[i].date >= from; i-- {
		date := s.days.list[i].date
		if first := i == 0 || s.days.list[i-1].date != date; first && !yield(date, s.Between(date, date, p)) {
			return
		}
	}
}
