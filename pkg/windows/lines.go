package windows

import (
	"strings"

	"sellerpulse/internal/varint"
	"sellerpulse/pkg/events"
)

// lineSums is sums by product line, then by channel: AFN, MFN.
type lineSums struct {
	byName   map[string]*[2]Sums
	measures int
	lines    [][2]Sums // what byName points to, allocated many at a time
	memory   []int32   // of their sums, likewise
}

// Lines adds up the buckets of the order dates from from to to by product line, then by channel: AFN, MFN. Orders without items are in no line.
func (s *Seller) Lines(from, to Date) map[string]*[2]Sums {
	l := lineSums{byName: map[string]*[2]Sums{}, measures: s.layout.program.Len()}
	for i := s.days.find(from); i < len(s.days.list) && s.days.list[i].date <= to; i++ {
		l.add(s.days.bucket(i))
	}
	return l.byName
}

// add adds a bucket that was checked. The cells of a line are side by side.
func (l *lineSums) add(b Bucket) {
	var line string
	var sum *[2]Sums
	var k key
	for r := varint.NewReader(b); r.More(); {
		readKey(&r, &k)
		if k.kind > lineKind {
			return
		}
		if k.kind == totalKind {
			skipSums(&r)
			continue
		}
		if sum == nil || line != k.value {
			line, sum = k.value, l.of(k.value)
		}
		addSums(&r, sum[k.channel-events.AFN])
	}
}

// of is the sum of a line, which is a part of a bucket whose bytes are going to change.
func (l *lineSums) of(line string) *[2]Sums {
	sum := l.byName[line]
	if sum == nil {
		if len(l.lines) == cap(l.lines) {
			n := min(4+2*cap(l.lines), 256)
			l.lines, l.memory = make([][2]Sums, 0, n), make([]int32, 2*n*l.measures)
		}
		l.lines = append(l.lines, [2]Sums{l.take(), l.take()})
		sum = &l.lines[len(l.lines)-1]
		l.byName[strings.Clone(line)] = sum
	}
	return sum
}

func (l *lineSums) take() Sums {
	s := l.memory[:l.measures:l.measures]
	l.memory = l.memory[l.measures:]
	return Sums(s)
}
