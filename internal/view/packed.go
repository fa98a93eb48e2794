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

// A packed rule is varints: the index of its definition, whether it has a beginning and more, and its state; the window's days and lag; how long before the
// report it began, if it has a beginning; numerator and denominator; what more there is.
const (
	stateBits = 2
	hasSince  = 1 << stateBits
	hasMore   = 2 << stateBits
	indexAt   = stateBits + 2
)

func appendRule(b []byte, index uint16, r *outputs.RuleReport, asOf events.Millis) []byte {
	head := uint64(index)<<indexAt | uint64(r.State)
	if r.Since != 0 {
		head |= hasSince
	}
	more := r.Part != nil || r.PartsOmitted != 0 || r.Level != "" || r.ProjectedState != r.State || r.CountsFrom != nil
	if more {
		head |= hasMore
	}
	b = binary.AppendUvarint(b, head)
	b = binary.AppendVarint(binary.AppendUvarint(b, uint64(r.Window.Count)), int64(r.Window.Lag))
	if r.Since != 0 {
		b = binary.AppendVarint(b, asOf-r.Since)
	}
	b = binary.AppendUvarint(binary.AppendUvarint(b, uint64(r.Numerator)), uint64(r.Denominator))
	if more {
		b = appendMore(b, r)
	}
	return b
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

// more is what appendMore appends.
type more struct {
	projected    rules.State
	level        uint64
	partsOmitted int64
	countsFrom   uint64
	part         *string
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
		for at := 0; at < len(s.rules); {
			next := func() uint64 {
				v, n := uvarint(s.rules[at:])
				at += n
				return v
			}
			head := next()
			r := standing{definition: uint16(head >> indexAt), state: rules.State(head & (hasSince - 1))}
			r.window = windows.Window{Count: int32(next()), Lag: int32(signed(next()))}
			if head&hasSince != 0 {
				r.since = s.asOf - signed(next())
			}
			r.numerator, r.denominator = int64(next()), int64(next())
			if head&hasMore != 0 {
				r.more = &more{projected: rules.State(next()), level: next(), partsOmitted: int64(next()), countsFrom: next()}
				if size := int(next()); size > 0 {
					part := s.rules[at : at+size-1]
					r.more.part = &part
					at += size - 1
				}
			}
			if !yield(r) {
				return
			}
		}
	}
}

// signed is a number that binary.AppendVarint wrote.
func signed(v uint64) int64 { return int64(v>>1) ^ -int64(v&1) }

// uvarint reads what binary.AppendUvarint wrote.
func uvarint(s string) (v uint64, n int) {
	for shift := 0; ; shift += 7 {
		b := s[n]
		n++
		v |= uint64(b&0x7f) << shift
		if b < 0x80 {
			return v, n
		}
	}
}
