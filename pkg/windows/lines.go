package windows

import (
	"strings"

	"sellerpulse/pkg/events"
)

// Lines adds up the buckets of the order dates from from to to by product line, then by channel: AFN, MFN.
func (s *Seller) Lines(from, to Date) map[string]*[2]Counts {
	lines := map[string]*[2]Counts{}
	var memory [][2]Counts // What lines point to; it is allocated many at a time.
	var c key
	for i := s.find(from); i < len(s.days) && s.days[i].date <= to; i++ {
		var line *[2]Counts // that of the cell before
		name := ""
		for r := (reader{src: s.days[i].bucket}); r.more(); {
			r.key(&c)
			if c.total {
				r.skipCounts()
				continue
			}
			if line == nil || name != c.line {
				if line = lines[c.line]; line == nil {
					if len(memory) == cap(memory) {
						memory = make([][2]Counts, 0, min(4+2*cap(memory), 256))
					}
					memory = memory[:len(memory)+1]
					line = &memory[len(memory)-1]
					lines[strings.Clone(c.line)] = line // The bucket's bytes change.
				}
				name = c.line
			}
			r.addCounts(&line[c.channel-events.AFN])
		}
	}
	return lines
}
