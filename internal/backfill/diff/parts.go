package diff

import (
	"cmp"
	"encoding/binary"
	"maps"
	"slices"

	"sellerpulse/internal/state"
	"sellerpulse/internal/varint"
	"sellerpulse/pkg/outputs"
	"sellerpulse/pkg/rules"
	"sellerpulse/pkg/windows"
)

// part is a part of a rule, by the number of the rule.
type part struct {
	rule  int
	value string
}

// appendPart packs a part of a rule as a report has it: the rule's number, the value, the state, days and lag of the window, numerator and denominator. Unlike
// rules parts have no numbers: each seller may have others.
func appendPart(b []byte, number int, r *outputs.RuleReport) []byte {
	b = varint.AppendText(binary.AppendUvarint(b, uint64(number)), *r.Part)
	b = append(b, byte(r.State))
	b = binary.AppendVarint(binary.AppendUvarint(b, uint64(r.Window.Count)), int64(r.Window.Lag))
	return binary.AppendUvarint(binary.AppendUvarint(b, uint64(r.Numerator)), uint64(r.Denominator))
}

// partsOf are the parts of a seller's report on a side, of the rules that are in force there.
func (t *table) partsOf(s *seller, side int) map[part]standing {
	d, all := &s.sides[side], map[part]standing{}
	r := varint.NewReader([]byte(d.parts))
	for d.known && r.More() {
		p := part{int(r.Uint()), string(r.Bytes())}
		is := standing{anywhere: true, reported: true, state: rules.State(r.Byte())}
		w := windows.Window{Count: int32(r.Uint()), Lag: int32(r.Int())}
		is.numbers = Numbers{Numerator: int64(r.Uint()), Denominator: int64(r.Uint()), Days: w.Count}
		if is.numbers.From, is.numbers.To = w.Range(d.today); t.inForce[side][p.rule] {
			all[p] = is
		}
	}
	return all
}

// partsThatDiffer lists the parts of rules with which a seller stands otherwise, by the names of the rules and their values. Nothing is said of a side that has
// no report.
func (t *table) partsThatDiffer(s *seller) (all []Rule) {
	l, c := &s.sides[live], &s.sides[candidate]
	if l.parts == c.parts && t.sameRules || l.known && l.reported == 0 || c.known && c.reported == 0 {
		return nil
	}
	ours, theirs := t.partsOf(s, live), t.partsOf(s, candidate)
	both := maps.Clone(ours)
	maps.Copy(both, theirs)
	byName := func(a, b part) int {
		return cmp.Or(cmp.Compare(t.rules[a.rule], t.rules[b.rule]), cmp.Compare(a.value, b.value))
	}
	for _, p := range slices.SortedFunc(maps.Keys(both), byName) {
		is, other := ours[p], theirs[p]
		if !is.same(&other) {
			all = append(all, Rule{Rule: state.PartName(t.rules[p.rule], p.value), Live: is.told(), Candidate: other.told()})
		}
	}
	return all
}
