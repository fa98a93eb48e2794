package view

import (
	"encoding/binary"
	"iter"

	"sellerpulse/pkg/events"
	"sellerpulse/pkg/outputs"
	"sellerpulse/pkg/rules"
)

// Packed rules are varints: how many there are; the head of each, which is the index of its definition, whether it has a beginning, and its state; then the numbers
// of each: how long before the report it began, if it has a beginning, numerator and denominator. So a filter reads heads alone.
const (
	stateBits = 2
	hasSince  = 1 << stateBits
	indexAt   = stateBits + 1
)

func appendRule(heads, numbers []byte, index uint16, r *outputs.RuleReport, asOf events.Millis) (_, _ []byte) {
	head := uint64(index)<<indexAt | uint64(r.State)
	if r.Since != 0 {
		head |= hasSince
		numbers = binary.AppendVarint(numbers, asOf-r.Since)
	}
	numbers = binary.AppendUvarint(numbers, uint64(r.Numerator))
	return binary.AppendUvarint(heads, head), binary.AppendUvarint(numbers, uint64(r.Denominator))
}

// standing is a packed rule.
type standing struct {
	definition             uint16
	state                  rules.State
	since                  events.Millis
	numerator, denominator int64
}

func standingOf(head uint64) standing {
	return standing{definition: uint16(head >> indexAt), state: rules.State(head & (hasSince - 1))}
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
			if head&hasSince != 0 {
				ago := numbers.next()
				r.since = s.asOf - (int64(ago>>1) ^ -int64(ago&1))
			}
			r.numerator, r.denominator = int64(numbers.next()), int64(numbers.next())
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
		if r := standingOf(heads.next()); definitions[r.definition] {
			return states == 0 || states.has(r.state)
		}
	}
	return false
}

// underRules are the states under the rules of the first definitions, four bits each: 0 for a rule that the seller does not have, else the state and one.
type underRules uint64

const (
	firstDefinitions = 16
	underBits        = 4
)

func (s *seller) underFirst() (u underRules) {
	heads := packed(s.rules)
	for range heads.next() {
		if r := standingOf(heads.next()); r.definition < firstDefinitions {
			u |= underRules(r.state+1) << (r.definition * underBits)
		}
	}
	return u
}

// of is the state under the rule of one of the first definitions; false where the seller does not have it.
func (u underRules) of(definition uint16) (state rules.State, ok bool) {
	under := u >> (definition * underBits) & (1<<underBits - 1)
	return rules.State(under - 1), under > 0
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
