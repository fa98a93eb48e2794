package view

import (
	"slices"

	"sellerpulse/pkg/outputs"
	"sellerpulse/pkg/rules"
)

// snapshot is all sellers at a moment.
type snapshot struct {
	asOf        AsOf
	order       *order
	columns     []*chunk
	definitions []outputs.RuleReport
}

// snapshot is a copy of an order of the sellers, and what it takes to read it.
func (v *View) snapshot(q *Query) snapshot {
	v.mutex.Lock()
	defer v.mutex.Unlock()
	s := snapshot{asOf: v.asOf(), order: v.table.orders[q.Sort].Copy(), definitions: v.table.definitions.list}
	if q.filters() {
		s.columns = v.table.columns.copy()
	}
	return s
}

func (q *Query) filters() bool {
	return len(q.Status) > 0 || q.Rule != "" || len(q.States) > 0 || q.Text != ""
}

// find finds the first sellers after one, nil for the beginning, and counts all that there are.
func (q *Query) find(in *snapshot, after *seller, most int) (found []*seller, total int) {
	if !q.filters() {
		return in.ascend(q.Sort, after, most, func(*seller) bool { return true }), in.order.Len()
	}
	m := q.match(in)
	if m.total > len(m.few) {
		return in.ascend(q.Sort, after, most, m.has), m.total
	}
	compare := compares[q.Sort]
	found = slices.DeleteFunc(m.few, func(s *seller) bool { return after != nil && compare(after, s) >= 0 })
	slices.SortFunc(found, compare)
	return found[:min(most, len(found))], m.total
}

// ascend takes the first sellers after one that are in.
func (s *snapshot) ascend(by Sort, after *seller, most int, in func(*seller) bool) (found []*seller) {
	take := func(s *seller) bool {
		if in(s) && (after == nil || compares[by](after, s) != 0) {
			found = append(found, s)
		}
		return len(found) < most
	}
	if after == nil {
		s.order.Scan(take)
	} else {
		s.order.Ascend(after, take)
	}
	return found
}

// matches are the sellers that a filter finds.
type matches struct {
	marks []bool // by slot
	total int
	few   []*seller // all of them, or fewSellers
}

// fewSellers are sorted sooner than they are found in an order: there are some of them among so many others.
const fewSellers = 2048

func (m *matches) has(s *seller) bool { return m.marks[s.slot] }

// match looks through all sellers.
func (q *Query) match(in *snapshot) *matches {
	f, m := q.filter(in.definitions), &matches{marks: make([]bool, len(in.columns)*chunkSize)}
	for i, c := range in.columns {
		marks := m.marks[i*chunkSize:]
		f.mark(c, marks)
		for slot := range c.used {
			if marks[slot] {
				m.add(c.sellers[slot])
			}
		}
	}
	return m
}

func (m *matches) add(s *seller) {
	if m.total++; m.total <= fewSellers {
		m.few = append(m.few, s)
	}
}

// filter is what sellers must be.
type filter struct {
	statuses uint8 // a bit for each
	states   stateSet
	rule     bool
	named    []bool   // the definitions of the rule
	first    []uint16 // those of them that have columns
	others   bool     // there are some that do not
	text     []byte
}

func (q *Query) filter(definitions []outputs.RuleReport) *filter {
	f := &filter{states: setOf(q.States), rule: q.Rule != "", named: make([]bool, len(definitions)), text: []byte(fold(q.Text))}
	for _, status := range q.Status {
		f.statuses |= 1 << status
	}
	for i := range definitions {
		if f.named[i] = definitions[i].Rule == q.Rule; f.named[i] && i < firstDefinitions {
			f.first = append(f.first, uint16(i))
		} else if f.named[i] {
			f.others = true
		}
	}
	return f
}

// mark marks the slots of a chunk whose sellers are what they must be. A seller itself is looked at last, and of rules without columns alone.
func (f *filter) mark(c *chunk, marks []bool) {
	having := [chunkSize]bool{}
	if len(f.text) > 0 {
		having = c.having(f.text)
	}
	for i := range c.used {
		s := c.sellers[i]
		marks[i] = s != nil && (len(f.text) == 0 || having[i]) && (f.statuses == 0 || f.hasStatus(c.statuses[i])) && (f.states == 0 || c.states[i]&f.states != 0) &&
			(!f.rule || f.underRule(c.under[i], s))
	}
}

func (f *filter) underRule(u underRules, s *seller) bool {
	for _, definition := range f.first {
		if states := u.of(definition); states != 0 && (f.states == 0 || f.states&states != 0) {
			return true
		}
	}
	return f.others && s.underRule(f.named, f.states)
}

func (f *filter) hasStatus(s rules.Status) bool { return f.statuses>>s&1 > 0 }
