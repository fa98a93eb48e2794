package state

import (
	"fmt"
	"slices"
	"unsafe"

	"sellerpulse/pkg/rules"
	"sellerpulse/pkg/windows"
)

// partIndex is which of a seller's parts one is.
type partIndex struct{ rule, part int }

// Part is the index among a seller's parts of a rule of the one that has a value; -1 where it has none.
func (s *Seller) Part(rule int, value string) int {
	if s.Parts == nil {
		return -1
	}
	return slices.IndexFunc(s.Parts[rule], func(p PartState) bool { return p.Value == value })
}

// partPlace is where among its rule's a part is that has a place, from 1, and its state.
//
// Invariant: the state is that of the part, or rules.NumStates where people do not know of it. It is here too since rules are evaluated by what is tracked, and most have a state that stays.
type partPlace struct {
	at    uint16
	state rules.State
}

// Place is the index among a seller's parts of a rule of the one that has a place and is tracked under an index among the windows' parts, and its state, or
// rules.NumStates where people do not know of that; -1 where there is none. Unlike Part it compares no texts.
func (s *Seller) Place(rule, tracked int) (part int, state rules.State) {
	if i := tracked*len(s.Rules) + rule; i < len(s.places) {
		return int(s.places[i].at) - 1, s.places[i].state
	}
	return -1, 0
}

// placed is the state as partPlace has it.
func (p *PartState) placed() rules.State {
	if p.Untold {
		return rules.NumStates
	}
	return p.State
}

// setPlace notes where a part is that is tracked, and that it has a place.
func (s *Seller) setPlace(rule, at, tracked int) {
	if missing := (tracked+1)*len(s.Rules) - len(s.places); missing > 0 {
		s.places = append(s.places, make([]partPlace, missing)...)
		s.placed = append(s.placed, make([]uint16, tracked+1-len(s.placed))...)
	}
	p := &s.Parts[rule][at]
	p.tracked = tracked
	place := &s.places[tracked*len(s.Rules)+rule]
	if place.at == 0 {
		s.placed[tracked]++
	}
	*place = partPlace{uint16(at + 1), p.placed()}
}

// Placed is under how many rules a part has a place that is tracked under an index among the windows' parts.
func (s *Seller) Placed(tracked int) int {
	if tracked < len(s.placed) {
		return int(s.placed[tracked])
	}
	return 0
}

// Places is how many parts of a rule have a place by a field.
func (s *Seller) Places(rule int, field windows.Field) (n int) {
	if s.Parts == nil {
		return 0
	}
	for i := range s.Parts[rule] {
		if s.Parts[rule][i].Place == field {
			n++
		}
	}
	return n
}

// addPart adds a part to those of a rule.
func (s *Store) addPart(seller *Seller, rule int, p PartState) {
	s.parts = true
	if seller.Parts == nil {
		seller.setParts(make([][]PartState, len(seller.Rules)))
	}
	before := cap(seller.Parts[rule])
	seller.Parts[rule] = append(seller.Parts[rule], p)
	seller.partBytes += (cap(seller.Parts[rule])-before)*int(unsafe.Sizeof(p)) + len(p.Value)
}

// setParts gives a seller all of its parts.
func (s *Seller) setParts(all [][]PartState) {
	s.Parts, s.partBytes = all, len(all)*int(unsafe.Sizeof([]PartState{}))
	for _, parts := range all {
		s.partBytes += cap(parts) * int(unsafe.Sizeof(PartState{}))
		for i := range parts {
			s.partBytes += len(parts[i].Value)
		}
	}
}

// TakePlace gives the part of a rule that has a value a place by a field, and tells its index among the windows' parts: from now on its terms are summed.
func (s *Store) TakePlace(seller *Seller, rule int, field windows.Field, value string) (tracked int) {
	tracked = seller.Windows.Track(windows.Part{Field: field, Value: value})
	i := seller.Part(rule, value)
	if i < 0 {
		s.addPart(seller, rule, PartState{Value: seller.Windows.Tracked(tracked).Value})
		i = len(seller.Parts[rule]) - 1
	}
	seller.Parts[rule][i].Place = field
	seller.setPlace(rule, i, tracked)
	s.ChangedPart(seller, rule, i)
	return tracked
}

// LeavePlaces takes the places from those parts of a rule that have one by another field, which fall silent.
func (s *Store) LeavePlaces(seller *Seller, rule int, field windows.Field) {
	if seller.Parts == nil {
		return
	}
	for i := range seller.Parts[rule] {
		if p := &seller.Parts[rule][i]; p.Place != windows.NoField && p.Place != field {
			if p.tracked > 0 {
				seller.places[p.tracked*len(seller.Rules)+rule] = partPlace{}
				seller.placed[p.tracked]--
			}
			p.Place, p.tracked = windows.NoField, 0
			s.ChangedPart(seller, rule, i)
		}
	}
}

// ChangedPart notes that the state of a part changed, or its place.
func (s *Store) ChangedPart(seller *Seller, rule, part int) {
	p := &seller.Parts[rule][part]
	if p.tracked > 0 {
		seller.places[p.tracked*len(seller.Rules)+rule].state = p.placed()
	}
	if !p.changed {
		p.changed = true
		seller.changedParts = append(seller.changedParts, partIndex{rule, part})
		s.waiting++
		s.unloggedBytes += 64 + len(p.Value)
	}
	if !p.unsaved {
		p.unsaved = true
		seller.unsavedParts = append(seller.unsavedParts, partIndex{rule, part})
	}
	s.touch(seller)
}

// logParts adds what changed of a seller's parts to the changelog's records.
func (s *Store) logParts(seller *Seller) {
	for _, at := range seller.changedParts {
		p := &seller.Parts[at.rule][at.part]
		p.changed = false
		s.key, s.value = appendPartKey(s.key[:0], seller.ID, s.options.Rules[at.rule], p.Value), p.append(s.value[:0])
		s.log.put(s.key, s.value)
	}
	seller.changedParts = seller.changedParts[:0]
}

// saveParts writes what changed of a seller's parts.
func (s *Store) saveParts(seller *Seller) {
	for _, at := range seller.unsavedParts {
		p := &seller.Parts[at.rule][at.part]
		p.unsaved = false
		s.key, s.value = appendPartKey(s.key[:0], seller.ID, s.options.Rules[at.rule], p.Value), p.append(s.value[:0])
		s.Partition.Put(s.key, s.value)
	}
	seller.unsavedParts = seller.unsavedParts[:0]
}

// readParts reads the parts of those rules that are in force, and has those be summed that have places. Those of others stay where they are.
func (s *Store) readParts(seller *Seller) error {
	if !s.parts {
		return nil
	}
	from := partPrefix(seller.ID)
	return s.Partition.ScanStored(from, after(from), func(key, value []byte) (bool, error) {
		rule, rest, err := cutText(key[len(from):])
		if err != nil {
			return false, err
		}
		i := slices.Index(s.options.Rules, rule)
		if i < 0 {
			return true, nil
		}
		p, err := decodePart(value)
		if err != nil {
			return false, fmt.Errorf("decode part %q of rule %q of seller %q: %w", rest, rule, seller.ID, err)
		}
		p.Value = string(rest)
		s.addPart(seller, i, p)
		if at := len(seller.Parts[i]) - 1; p.Place != windows.NoField && s.options.Fields != nil && p.Place == s.options.Fields[i] {
			seller.setPlace(i, at, seller.Windows.Track(windows.Part{Field: p.Place, Value: p.Value}))
		}
		return true, nil
	})
}

// findPlaces notes where the parts are that have places, of a seller that was unpacked.
func (s *Store) findPlaces(seller *Seller) {
	for rule, parts := range seller.Parts {
		for at := range parts {
			p := &parts[at]
			if tracked := seller.Windows.Part(windows.Part{Field: p.Place, Value: p.Value}); tracked > 0 && p.Place == s.options.Fields[rule] {
				seller.setPlace(rule, at, tracked)
			}
		}
	}
}
