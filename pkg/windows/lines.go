package windows

import (
	"strings"

	"sellerpulse/internal/varint"
	"sellerpulse/pkg/events"
)

// lineSums is sums by product line, then by channel: AFN, MFN.
type lineSums struct {
	byName map[string]*[2]Counts
	memory [][2]Counts // what byName points to, allocated many at a time
}

// Lines adds up the buckets of the order dates from from to to by product line, then by channel: AFN, MFN.
func (s *Seller) Lines(from, to Date) map[string]*[2]Counts {
	l := lineSums{byName: map[string]*[2]Counts{}}
	for i := s.days.find(from); i < len(s.days.list) && s.days.list[i].date <= to; i++ {
		l.add(s.days.bucket(i))
	}
	return l.byName
}

// add adds a bucket that was checked. The cells of a line are side by side.
func (l *lineSums) add(b Bucket) {
	var line string
	var sum *[2]Counts
	var k key
	for r := varint.NewReader(b); r.More(); {
		if readKey(&r, &k); k.total {
			skipCounts(&r)
			continue
		}
		if sum == nil || line != k.line {
			line, sum = k.line, l.of(k.line)
		}
		addCounts(&r, &sum[k.channel-events.AFN])
	}
}

// of is the sum of a line, which is a part of a bucket whose bytes are going to change.
func (l *lineSums) of(line string) *[2]Counts {
	sum := l.byName[line]
	if sum == nil {
		if len(l.memory) == cap(l.memory) {
			l.memory = make([][2]Counts, 0, min(4+2*cap(l.memory), 256))
		}
		l.memory = l.memory[:len(l.memory)+1]
		sum = &l.memory[len(l.memory)-1]
		l.byName[strings.Clone(line)] = sum
	}
	return sum
}
