package state

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"maps"
	"slices"
	"strings"

	"sellerpulse/pkg/rules"
	"sellerpulse/pkg/windows"
)

// Standings keeps where the sellers of another state stand: the records of its sellers, its settings, the columns of what is frozen and its clock, out of its
// changelog and without its orders. It is always as of a whole commit.
type Standings struct {
	p       *Partition
	waiting []Record // of the commit that is being read
	next    int64    // the offset behind the last whole commit that was taken in
	told    *Told
}

// NewStandings keeps standings in a partition that nothing else changes.
func NewStandings(p *Partition) *Standings { return &Standings{p: p} }

// Add takes in the next record of the changelog, and tells the clock of the commit that it ends, nil where it ends none. It keeps key and value.
func (s *Standings) Add(offset int64, key, value []byte) (*Clock, error) {
	if len(key) == 0 || value == nil && key[0] != tagSeller && key[0] != tagPart && key[0] != tagColumns {
		return nil, nil
	}
	switch key[0] {
	case tagSeller, tagPart, tagSettings, tagColumns:
		s.waiting = append(s.waiting, Record{key, value})
	case tagClock:
		clock, err := decodeClock(value)
		if err != nil {
			return nil, err
		}
		s.put(Record{key, value})
		s.next = offset + 1
		return &clock, nil
	}
	return nil, nil
}

// put makes a commit's records part of what Write writes.
func (s *Standings) put(clock Record) {
	for _, r := range append(s.waiting, clock) {
		s.p.Put(r.Key, r.Value)
	}
	clear(s.waiting)
	s.waiting = s.waiting[:0]
}

// Reset forgets what was taken in and not written.
func (s *Standings) Reset() {
	s.waiting, s.next = s.waiting[:0], 0
	s.p.Discard()
}

// Write makes what was taken in last, as far as it is of whole commits. Where it is, all is read up to the position given.
func (s *Standings) Write(saved Saved) error {
	if len(s.waiting) > 0 {
		if s.next <= s.p.Position() {
			return nil // The rest of the commit is to come.
		}
		saved.Position, saved.Partial = s.next, true
	}
	return s.p.Checkpoint(saved)
}

// Clock is how far the other state was as of the last Write; false for none.
func (s *Standings) Clock() (c Clock, ok bool, err error) {
	value, err := s.p.Get([]byte{tagClock})
	if err != nil || value == nil {
		return c, false, err
	}
	c, err = decodeClock(value)
	return c, err == nil, err
}

// Told says how far the standings go; nil for those of a changelog.
func (s *Standings) Told() *Told { return s.told }

// Settings is what the other state rests on as of the last Write; nil for none.
func (s *Standings) Settings() (*Settings, error) { return s.p.Settings() }

// Columns are those of what the other state has frozen as of the last Write; none where its counts are kept for as long as orders.
func (s *Standings) Columns() ([]Columns, error) { return s.p.Columns() }

// Standing is where a seller of a state stands: what its record says.
type Standing struct {
	SellerID  string
	ReportDue bool
	Reported  uint64 // Fingerprint of the last report

	rules []namedState // and of parts
	value []byte       // of the record, and behind it of the parts; nil for a seller that is not known
	whole int          // how much of the value is the record's
}

// Same is whether two sellers stand alike in everything.
func (s *Standing) Same(other *Standing) bool { return bytes.Equal(s.value, other.value) }

// Known is whether the state has a record of the seller.
func (s *Standing) Known() bool { return s.value != nil }

// Rule is where the seller stands with a rule, or by [PartName] with a part of one; zero for one of which nothing was said.
func (s *Standing) Rule(name string) RuleState {
	for i := range s.rules {
		if s.rules[i].name == name {
			return s.rules[i].RuleState
		}
	}
	return RuleState{}
}

// Told says how far standings go that are known by what was published of sellers alone ([Standings.Tell]).
type Told struct {
	Whole  bool // every alert there was is known, so that of which none is known none was published
	Shared bool // there may be sellers of other partitions among them, which this state does not know
}

// BeginTold forgets everything: what follows is told.
func (s *Standings) BeginTold(t Told) error {
	s.Reset()
	s.told = &t
	return s.p.Clear()
}

// Tell takes in what was published of a seller; rules of which nothing new is said stay. A seller may be told of once between two writes.
func (s *Standings) Tell(seller *ToldSeller) error {
	key := SellerRecord(seller.ID)
	was, err := s.p.Get(key)
	if err != nil {
		return err
	}
	value := binary.BigEndian.AppendUint64([]byte{sellerVersion, 0}, seller.Reported)
	if was != nil {
		err := eachRuleState(was, func(name string, r RuleState) {
			if now, told := seller.Rules[name]; !told || r.Transitions > now.Transitions {
				seller.Rules[strings.Clone(name)] = r
			}
		})
		if err != nil {
			return fmt.Errorf("decode seller %q: %w", seller.ID, err)
		}
		if _, reported := sellerReport(was); seller.Reported == 0 {
			binary.BigEndian.PutUint64(value[2:], reported)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(seller.Rules)) {
		value = appendRuleState(value, name, seller.Rules[name])
	}
	s.p.Put(key, value)
	return nil
}

// WriteTold makes what was told part of the standings, which are as of a clock from then on.
func (s *Standings) WriteTold(c *Clock) error {
	s.p.Put([]byte{tagClock}, c.append(nil))
	return s.p.Checkpoint(Saved{Position: 1})
}

// ToldSeller is what was published of a seller.
type ToldSeller struct {
	ID       string
	Rules    map[string]RuleState
	Reported uint64 // Fingerprint of the last report; 0 for none
}

// Stands says where the seller stands with a rule. The last alert counts; a report, which tells no number, where there is no alert.
func (t *ToldSeller) Stands(rule string, r RuleState) {
	if r.Transitions >= t.Rules[rule].Transitions {
		t.Rules[rule] = r
	}
}

// Behind lists up to a number of sellers whose ids are behind another, in order, as of the last Write; from the first where none is given.
func (s *Standings) Behind(id string, given bool, most int) ([]Standing, error) {
	return s.p.standingsBehind(id, given, most)
}

// StandingsBehind lists sellers of this state, as of the last Checkpoint, as [Standings.Behind] does of another.
func (s *Store) StandingsBehind(id string, given bool, most int) ([]Standing, error) {
	return s.Partition.standingsBehind(id, given, most)
}

func (p *Partition) standingsBehind(id string, given bool, most int) (all []Standing, err error) {
	from := []byte{tagSeller}
	if given {
		from = append(SellerRecord(id), 0)
	}
	err = p.ScanStored(from, []byte{tagSeller + 1}, func(key, value []byte) (bool, error) {
		one := Standing{SellerID: string(key[1:]), value: bytes.Clone(value)}
		err := eachRuleState(one.value, func(name string, r RuleState) { one.rules = append(one.rules, namedState{name, r}) })
		if err != nil {
			return false, fmt.Errorf("decode seller %q: %w", one.SellerID, err)
		}
		one.ReportDue, one.Reported = sellerReport(one.value)
		one.whole = len(one.value)
		all = append(all, one)
		return len(all) < most, nil
	})
	if err == nil {
		err = p.partsOf(all)
	}
	return all, err
}

// partsOf adds the parts of sellers, which are sorted, to their standings.
func (p *Partition) partsOf(all []Standing) error {
	if len(all) == 0 {
		return nil
	}
	from, to := partPrefix(all[0].SellerID), after(partPrefix(all[len(all)-1].SellerID))
	return p.ScanStored(from, to, func(key, value []byte) (bool, error) {
		seller, rest, err := cutText(key[1:])
		if err != nil {
			return false, err
		}
		for len(all) > 0 && all[0].SellerID < seller {
			all = all[1:]
		}
		if len(all) == 0 || all[0].SellerID != seller {
			return len(all) > 0, nil
		}
		rule, rest, err := cutText(rest)
		if err != nil {
			return false, err
		}
		part, err := decodePart(value)
		if err != nil {
			return false, fmt.Errorf("decode part %q of rule %q of seller %q: %w", rest, rule, seller, err)
		}
		one := &all[0]
		one.rules = append(one.rules, namedState{PartName(rule, string(rest)), part.RuleState})
		one.value = append(append(one.value, key...), value...)
		return true, nil
	})
}

// Succession is how a seller goes on from where it stood in another state.
type Succession struct {
	Is, Was *Standing // here, as of the last Checkpoint, and there; with an id alone where it is not known
	Told    *Told     // nil unless it is told alone how it stands there
	Today   windows.Date
	Whole   bool // the seller may be looked up again before the next Checkpoint; Succeed says where it may all the same
	// Changed is told of each rule of which people know otherwise; of a part of one with its index among the seller's, else with -1.
	Changed func(seller *Seller, rule, part int, from rules.Standing) error
	// Silenced is whether people are told nothing of a rule of the seller now; nil for no.
	Silenced func(rule int) bool
}

// Succeed makes a seller go on from where it stood in another state: rule by rule the count of transitions goes on from there, one more where the
// state is another of which people are told. The report is due, which is told, unless it is certain to be the same. Where no rule stands otherwise,
// the seller's record alone is read and changed: many sellers have many buckets.
func (s *Store) Succeed(c *Succession) (reportDue bool, err error) {
	seller, err := s.successor(c)
	if err != nil {
		return false, err
	}
	record := false
	for i, name := range s.options.Rules {
		st := &seller.Rules[i]
		before := c.before(name, *st)
		now := before.next(*st, c.silenced(i))
		record = record || now != *st
		*st = now
		if now.Known() != before.Known() {
			if err := c.Changed(seller, i, -1, before.Known()); err != nil {
				return false, err
			}
		}
		if err := s.succeedParts(c, seller, i); err != nil {
			return false, err
		}
	}
	if s.succeedRest(seller, c.Was) || record {
		seller.Known = true
		s.succeeded(seller, c.Whole)
	}
	return seller.ReportDue, nil
}

// succeedParts has the parts of a rule go on. One that has no place here goes on as it was there, and is silent.
func (s *Store) succeedParts(c *Succession, seller *Seller, rule int) error {
	for _, r := range c.Was.rules {
		name, value, part := CutPartName(r.name)
		if !part || name != s.options.Rules[rule] || seller.Part(rule, value) >= 0 {
			continue
		}
		s.addPart(seller, rule, PartState{Value: value})
	}
	if seller.Parts == nil {
		return nil
	}
	for i := range seller.Parts[rule] {
		p := &seller.Parts[rule][i]
		before := c.before(PartName(s.options.Rules[rule], p.Value), p.RuleState)
		now := before.next(p.RuleState, c.silenced(rule))
		if p.Place == windows.NoField {
			now = before
		}
		if now != p.RuleState {
			p.RuleState = now
			s.ChangedPart(seller, rule, i)
		}
		if now.Known() == before.Known() {
			continue
		}
		if err := c.Changed(seller, rule, i, before.Known()); err != nil {
			return err
		}
	}
	return nil
}

// successor is the seller of this state, without its buckets where its record is enough.
func (s *Store) successor(c *Succession) (*Seller, error) {
	id := c.Is.SellerID
	_, inMemory := s.sellers.get(hashText(id), func(s *Seller) bool { return s.ID == id })
	c.Whole = c.Whole || inMemory || c.Is.value == nil || len(c.Is.value) > c.Is.whole || c.Was.hasParts()
	for _, name := range s.options.Rules {
		is := c.Is.Rule(name)
		before := c.before(name, is)
		c.Whole = c.Whole || is.Standing() != before.Known()
	}
	if c.Whole {
		return s.Seller(id, c.Today)
	}
	seller := &Seller{ID: id, Rules: make([]RuleState, len(s.options.Rules))}
	return seller, s.decodeSeller(seller, c.Is.value)
}

// hasParts is whether the seller stands somewhere with a part of a rule.
func (s *Standing) hasParts() bool {
	return slices.ContainsFunc(s.rules, func(r namedState) bool { _, _, part := CutPartName(r.name); return part })
}

// before is how the seller stood with a rule in the other state. Where that is told alone, OK and NO_DATA, between which nobody is told anything, are
// taken to be what it is here; and where alerts may be gone, numbers go on behind those that they have here.
func (c *Succession) before(rule string, is RuleState) RuleState {
	was := c.Was.Rule(rule)
	if c.Told == nil {
		return was
	}
	if was.State != is.State && !rules.Alerts(was.Standing(), is.Standing()) {
		was.State, was.Level, was.Since = is.State, is.Level, is.Since
	}
	if was.Transitions == 0 && !c.Told.Whole {
		was.Transitions = is.Transitions
	}
	return was
}

func (c *Succession) silenced(rule int) bool { return c.Silenced != nil && c.Silenced(rule) }

// next is how a rule goes on that stood so in another state, and stands so now. Of one that is silenced people know what they knew.
func (r RuleState) next(now RuleState, silenced bool) RuleState {
	now.Transitions = r.Transitions
	if now.State == r.State {
		now.Since = r.Since
	}
	if silenced {
		now.Know(r.Known())
		return now
	}
	now.Know(now.Standing())
	if rules.Alerts(r.Known(), now.Standing()) {
		now.Transitions++
	}
	return now
}

// succeedRest has a seller go on from where it stood beside the rules in force, and tells whether that is otherwise.
func (s *Store) succeedRest(seller *Seller, was *Standing) (changed bool) {
	var gone []namedState
	for _, r := range was.rules {
		if _, _, part := CutPartName(r.name); !part && !s.inForce(r.name) {
			gone = append(gone, r)
		}
	}
	if len(gone)+len(seller.gone) > 0 {
		seller.gone, changed = gone, true
	}
	if due := seller.ReportDue || was.ReportDue || seller.Reported != was.Reported; due {
		changed = changed || !seller.ReportDue || seller.Reported != was.Reported
		seller.ReportDue, seller.Reported = true, was.Reported
	}
	return changed
}

// succeeded has what changed of a seller's record be part of the next commit and the next checkpoint.
func (s *Store) succeeded(seller *Seller, whole bool) {
	if whole {
		s.Changed(seller)
		return
	}
	s.key = appendSellerKey(s.key[:0], seller.ID)
	value := s.encodeSeller(seller)
	s.Partition.Put(s.key, value)
	s.logged(s.key, value)
}
