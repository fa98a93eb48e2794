package view

import (
	"encoding/binary"
	"iter"
	"slices"

	"sellerpulse/pkg/events"
	"sellerpulse/pkg/outputs"
	"sellerpulse/pkg/rules"
	"sellerpulse/pkg/windows"
)

// Packed rules are varints: how many there are; the head of each, which is the index of its definition, whether it has a beginning and more, and its state; then
// the numbers of each: the window's days and lag; how long before the report it began, if it has a beginning; numerator and denominator; what more there is. So a
// filter reads heads alone.
const (
	stateBits = 2
	hasSince  = 1 << stateBits
	hasMore   = 2 << stateBits
	indexAt   = stateBits + 2
)

func appendRule(heads, numbers []byte, index uint16, r *outputs.RuleReport, asOf events.Millis) (_, _ []byte) {
	head := uint64(index)<<indexAt | uint64(r.State)
	numbers = binary.AppendVarint(binary.AppendUvarint(numbers, uint64(r.Window.Count)), int64(r.Window.Lag))
	if r.Since != 0 {
		head |= hasSince
		numbers = binary.AppendVarint(numbers, asOf-r.Since)
	}
	numbers = binary.AppendUvarint(binary.AppendUvarint(numbers, uint64(r.Numerator)), uint64(r.Denominator))
	if r.Part != nil || r.PartsOmitted != 0 || r.Level != "" || r.ProjectedState != r.State || r.CountsFrom != nil {
		head |= hasMore
		numbers = appendMore(numbers, r)
	}
	return binary.AppendUvarint(heads, head), numbers
}

// appendMore appends what rules have whose files say more than a target over days: varints of the projected state, of the place of the level, from 1, of how
// many parts are omitted, of the date from which it counts, with 0 for none; the length of the part, from 1, and the part.
func appendMore(b []byte, r *outputs.RuleReport) []byte {
	level := 1 + slices.IndexFunc(r.Levels, func(l rules.Level) bool { return l.Name == r.Level })
	b = binary.AppendUvarint(binary.AppendUvarint(b, uint64(r.ProjectedState)), uint64(level))
	b = binary.AppendUvarint(b, uint64(r.PartsOmitted))
	from := uint64(0)
	if r.CountsFrom != nil {
		from = 1 + uint64(uint32(*r.CountsFrom))
	}
	b = binary.AppendUvarint(b, from)
	if r.Part == nil {
		return binary.AppendUvarint(b, 0)
	}
	return append(binary.AppendUvarint(b, 1+uint64(len(*r.Part))), *r.Part...)
}

// standing is a packed rule.
type standing struct {
	definition             uint16
	state                  rules.State
	window                 windows.Window
	since                  events.Millis
	numerator, denominator int64
	more                   *more // nil where there is no more
}

// part is the part that it is of; nil of a rule without.
func (s *standing) part() *string {
	if s.more == nil {
		return nil
	}
	return s.more.part
}

// more is what appendMore appends.
type more struct {
	projected    rules.State
	level        uint64
	partsOmitted int64
	countsFrom   uint64
	part         *string
}

func standingOf(head uint64) standing {
	return standing{definition: uint16(head >> indexAt), state: rules.State(head & (hasSince - 1))}
}

// addMore completes a rule by what more there is.
func (s *standing) addMore(r *outputs.RuleReport) {
	m := s.more
	if m == nil {
		return
	}
	r.ProjectedState, r.PartsOmitted, r.Part = m.projected, m.partsOmitted, m.part
	if m.level > 0 {
		r.Level = r.Levels[m.level-1].Name
	}
	if m.countsFrom > 0 {
		from := windows.Date(int32(m.countsFrom - 1))
		r.CountsFrom = &from
	}
}

// standings are the rules of a seller, in the order of its report.
func (s *seller) standings() iter.Seq[standing] {
	return func(yield func(standing) bool) {
		heads := packed(s.rules)
		n := heads.next()
		numbers := heads
		for range n {
			numbers.next()
		}
		for range n {
			head := heads.next()
			r := standingOf(head)
			r.window = windows.Window{Count: int32(numbers.next()), Lag: int32(signed(numbers.next()))}
			if head&hasSince != 0 {
				r.since = s.asOf - signed(numbers.next())
			}
			r.numerator, r.denominator = int64(numbers.next()), int64(numbers.next())
			if head&hasMore != 0 {
				r.more = numbers.more()
			}
			if !yield(r) {
				return
			}
		}
	}
}

// underRule is whether the seller is in one of the states under a rule of those definitions; of none, in any state.
func (s *seller) underRule(definitions []bool, states stateSet) bool {
	heads := packed(s.rules)
	for range heads.next() {
		if r := standingOf(heads.next()); definitions[r.definition] && (states == 0 || states.has(r.state)) {
			return true // A rule may have several parts.
		}
	}
	return false
}

// underRules are the states under the rules of the first definitions, four bits each: one for each state, of which a rule has several where it has parts, and none
// where the seller does not have it.
type underRules uint64

const (
	firstDefinitions = 16
	underBits        = 4
)

func (s *seller) underFirst() (u underRules) {
	heads := packed(s.rules)
	for range heads.next() {
		if r := standingOf(heads.next()); r.definition < firstDefinitions {
			u |= 1 << underRules(r.state) << (r.definition * underBits)
		}
	}
	return u
}

// of is the states under the rule of one of the first definitions; none where the seller does not have it.
func (u underRules) of(definition uint16) stateSet {
	return stateSet(u >> (definition * underBits) & (1<<underBits - 1))
}

// packed is what is left to be read of varints.
type packed string

// next reads what binary.AppendUvarint wrote.
func (p *packed) next() (v uint64) {
	for i, shift := 0, 0; ; i, shift = i+1, shift+7 {
		b := (*p)[i]
		v |= uint64(b&0x7f) << shift
		if b < 0x80 {
			*p = (*p)[i+1:]
			return v
		}
	}
}

// more reads what appendMore appended.
func (p *packed) more() *more {
	m := &more{projected: rules.State(p.next()), level: p.next(), partsOmitted: int64(p.next()), countsFrom: p.next()}
	if size := p.next(); size > 0 {
		part := string((*p)[:size-1])
		m.part, *p = &part, (*p)[size-1:]
	}
	return m
}

// signed is a number that binary.AppendVarint wrote.
func signed(v uint64) int64 { return int64(v>>1) ^ -int64(v&1) }
