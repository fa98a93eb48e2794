package view

import (
	"github.com/cespare/xxhash/v2"

	"sellerpulse/pkg/events"
	"sellerpulse/pkg/rules"
)

// table is all sellers, in every order, and counts of them.
type table struct {
	most        int // sellers that take SellerBytes each
	bytes       int // of all sellers, about
	definitions definitions
	orders      [numSorts]*order
	columns     columns
	calm        *order                // by nearness, sellers that have data and no breach
	recoveries  map[string][]recovery // by seller, of those that are in no breach of the rule, or of the part of it, any more
	statuses    [rules.NumStatuses]int
	states      [][rules.NumStates]int // by definition
	omitted     map[uint64]struct{}    // hashes of the ids of sellers for which there is no room, up to most
	asOf        events.Millis          // the newest of any report
}

// recovery is when a rule, or a part of it, left BREACHED.
type recovery struct {
	rule string
	part *string
	at   events.Millis
}

func newTable(most int) *table {
	t := &table{most: most, recoveries: map[string][]recovery{}, omitted: map[uint64]struct{}{}, asOf: events.None}
	t.calm = newOrder(ByNearness)
	for by := range t.orders {
		t.orders[by] = newOrder(Sort(by))
	}
	return t
}

// find is a seller; nil where there is none of the id.
func (t *table) find(id string) *seller {
	s, _ := t.orders[ByID].Get(&seller{id: id})
	return s
}

// put takes a report, or a tombstone.
func (t *table) put(r *reported) {
	if r.gone {
		t.remove(r.report.SellerID, r.partition)
		return
	}
	t.asOf = max(t.asOf, r.report.AsOf)
	old := t.find(r.report.SellerID)
	if old != nil && old.partition != r.partition && old.asOf > r.report.AsOf {
		return // It is an earlier one, from before the topic had more partitions.
	}
	s, ok := newSeller(&r.report, r.today, &t.definitions)
	if !ok || t.bytes-old.bytes()+s.bytes() > t.most*SellerBytes {
		t.replace(old, nil)
		t.omit(r.report.SellerID)
		return
	}
	if old != nil {
		s.id = old.id
	}
	s.partition, s.offset = r.partition, r.offset
	t.recover(s)
	t.replace(old, s)
	delete(t.omitted, xxhash.Sum64String(s.id))
}

// omit notes a seller for which there is no room.
func (t *table) omit(id string) {
	if len(t.omitted) < t.most {
		t.omitted[xxhash.Sum64String(id)] = struct{}{}
	}
}

// remove takes a tombstone of a partition.
func (t *table) remove(id string, partition int32) {
	delete(t.omitted, xxhash.Sum64String(id))
	if old := t.find(id); old != nil && old.partition == partition {
		t.replace(old, nil)
	}
}

// replace puts a seller in the place of what it was before; either may be nil.
func (t *table) replace(old, s *seller) {
	t.columns.put(old, s)
	t.bytes += s.bytes() - old.bytes()
	for _, order := range t.orders {
		if old != nil {
			order.Delete(old)
		}
		if s != nil {
			order.Set(s)
		}
	}
	if old != nil && old.calm() {
		t.calm.Delete(old)
	}
	if s != nil && s.calm() {
		t.calm.Set(s)
	}
	t.count(old, -1)
	t.count(s, 1)
}

// bytes is what a seller takes in memory, about; 0 for none.
func (s *seller) bytes() int {
	if s == nil {
		return 0
	}
	const reckoned = 160 // of rules, in SellerBytes
	return SellerBytes + max(len(s.rules)-reckoned, 0)
}

// calm is whether a seller has data, and no breach.
func (s *seller) calm() bool { return s.nearness != none && !s.states.has(rules.Breached) }

func (t *table) count(s *seller, by int) {
	if s == nil {
		return
	}
	t.statuses[s.status] += by
	for len(t.states) < len(t.definitions.list) {
		t.states = append(t.states, [rules.NumStates]int{})
	}
	for r := range s.standings() {
		t.states[r.definition][r.state] += by
	}
}

// alert notes whether a rule left BREACHED or came back to it. An alert may come before the first report of its seller.
func (t *table) alert(a *alert) {
	left := a.previous == rules.Breached && a.state != rules.Breached
	if !left && a.state != rules.Breached {
		return
	}
	all, known := t.recoveries[a.seller]
	if left && !known && len(t.recoveries) >= t.most {
		return // As many sellers as may be have recovered: this one has no place among them either.
	}
	all = without(all, a)
	if left {
		all = append(all, recovery{a.rule, a.part, a.asOf})
	}
	if len(all) > 0 {
		t.recoveries[a.seller] = all
	} else {
		delete(t.recoveries, a.seller)
	}
	t.refresh(a.seller)
}

// without is a copy of the recoveries but for that which an alert is about.
func without(all []recovery, a *alert) (others []recovery) {
	for _, r := range all {
		if r.rule != a.rule || !samePart(r.part, a.part) {
			others = append(others, r)
		}
	}
	return others
}

// refresh has a seller show what its alerts told.
func (t *table) refresh(id string) {
	old := t.find(id)
	if old == nil {
		return
	}
	s := *old
	t.recover(&s)
	if s.recovered != old.recovered || s.recoveredRule != old.recoveredRule || !samePart(s.recoveredPart, old.recoveredPart) {
		t.replace(old, &s)
	}
}

// recover finds the latest recovery of a seller, of a rule, or a part of it, that its report has and does not have breached.
func (t *table) recover(s *seller) {
	s.recovered, s.recoveredRule, s.recoveredPart = events.None, 0, nil
	recoveries := t.recoveries[s.id]
	if len(recoveries) == 0 {
		return
	}
	for r := range s.standings() {
		if r.state == rules.Breached {
			continue
		}
		for _, left := range recoveries {
			if left.at > s.recovered && left.rule == t.definitions.list[r.definition].Rule && samePart(left.part, r.part()) {
				s.recovered, s.recoveredRule, s.recoveredPart = left.at, r.definition, left.part
			}
		}
	}
}
