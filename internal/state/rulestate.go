package state

import (
	"encoding/binary"
	"errors"
	"strings"

	"sellerpulse/internal/varint"
	"sellerpulse/pkg/events"
	"sellerpulse/pkg/rules"
	"sellerpulse/pkg/windows"
)

// RuleState is where a seller stands with a rule, or with a part of it.
type RuleState struct {
	State       rules.State
	Level       string        // of a rule with levels; empty for NO_DATA
	Transitions int64         // alerts published of this seller, rule and part
	Since       events.Millis // of the state, in stream time

	// Untold is whether a silence kept it from people that the seller stands so, and Told is what they know.
	Untold bool
	Told   rules.Standing
}

// Standing is the state and the level.
func (r *RuleState) Standing() rules.Standing { return rules.Standing{State: r.State, Level: r.Level} }

// Known is the standing of which people know.
func (r *RuleState) Known() rules.Standing {
	if r.Untold {
		return r.Told
	}
	return r.Standing()
}

// Know has people know of a standing, which may be another than it is.
func (r *RuleState) Know(known rules.Standing) {
	if r.Untold, r.Told = known != r.Standing(), known; !r.Untold {
		r.Told = rules.Standing{}
	}
}

// namedState is the state of a rule by its name; of a part of it by [PartName].
type namedState struct {
	name string
	RuleState
}

// PartName names a part of a rule among the states of a seller. No rule has a colon in its name.
func PartName(rule, value string) string { return rule + ":" + value }

// CutPartName takes a name apart that may be that of a part.
func CutPartName(name string) (rule, value string, part bool) { return strings.Cut(name, ":") }

// A state is written with what says that a level follows, and behind it the standing of which people know.
const (
	flagLevel  = 1 << 6
	flagUntold = 1 << 5
)

// appendRuleState writes the length of a name, the name, and the state, if there is anything to say of it.
func appendRuleState(b []byte, name string, r RuleState) []byte {
	if r == (RuleState{}) {
		return b
	}
	return r.append(varint.AppendText(b, name))
}

// append writes the state, the transitions, since when, the level if there is one, and what people know if that is another.
func (r *RuleState) append(b []byte) []byte {
	b = append(b, flagged(r.Standing(), r.Untold))
	b = binary.AppendUvarint(b, uint64(r.Transitions))
	b = binary.AppendVarint(b, r.Since)
	if r.Level != "" {
		b = varint.AppendText(b, r.Level)
	}
	if r.Untold {
		if b = append(b, flagged(r.Told, false)); r.Told.Level != "" {
			b = varint.AppendText(b, r.Told.Level)
		}
	}
	return b
}

func flagged(s rules.Standing, untold bool) byte {
	b := byte(s.State)
	if s.Level != "" {
		b |= flagLevel
	}
	if untold {
		b |= flagUntold
	}
	return b
}

func readRuleState(r *varint.Reader) RuleState {
	state := r.Byte()
	s := RuleState{State: rules.State(state &^ (flagLevel | flagUntold)), Transitions: int64(r.Uint()), Since: r.Int(), Untold: state&flagUntold != 0}
	if state&flagLevel != 0 {
		s.Level = string(r.Bytes())
	}
	if s.Untold {
		told := r.Byte()
		if s.Told.State = rules.State(told &^ flagLevel); told&flagLevel != 0 {
			s.Told.Level = string(r.Bytes())
		}
	}
	return s
}

var errSellerTruncated = errors.New("truncated")

// sellerHead is how many bytes of a seller's value come before the states of its rules.
const sellerHead = 10

// eachRuleState reads the value of a seller and calls yield with the state of each rule that it has, whose name aliases the value.
func eachRuleState(b []byte, yield func(name string, r RuleState)) error {
	if len(b) < sellerHead || b[0] != sellerVersion {
		return ErrMalformed
	}
	r := varint.NewReader(b[sellerHead:])
	for r.More() {
		name, state := r.Text(), readRuleState(&r)
		if r.Err() != nil {
			return errSellerTruncated
		}
		yield(name, state)
	}
	return nil
}

// PartState is where a seller stands with the part of a rule that has a value.
type PartState struct {
	Value string
	// Place is the field by whose values the rule has parts, if this is one of them: it has a place. Else it is silent, and says where the seller stood.
	Place windows.Field
	RuleState

	changed, unsaved bool // since the last commit; since the last checkpoint
	tracked          int  // its index among the windows' parts, of one with a place; 0 for none
}

// append writes the place and the state.
func (p *PartState) append(b []byte) []byte { return p.RuleState.append(append(b, byte(p.Place))) }

// decodePart reads what append wrote.
func decodePart(value []byte) (p PartState, err error) {
	r := varint.NewReader(value)
	p.Place = windows.Field(r.Byte())
	p.RuleState = readRuleState(&r)
	if r.End() != nil || p.Place >= windows.NumFields {
		return p, ErrMalformed
	}
	return p, nil
}
