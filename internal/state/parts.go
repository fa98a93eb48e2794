package state

import (
	"fmt"
	"slices"
	"strings"

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

// TakePlace gives the part of a rule that has a value a place by a field. From then on its terms are summed.
func (s *Store) TakePlace(seller *Seller, rule int, field windows.Field, value string) {
	s.parts = true
	if seller.Parts == nil {
		seller.Parts = make([][]PartState, len(seller.Rules))
	}
	i := seller.Part(rule, value)
	if i < 0 {
		i = len(seller.Parts[rule])
		seller.Parts[rule] = append(seller.Parts[rule], PartState{Value: strings.Clone(value)})
	}
	seller.Parts[rule][i].Place = field
	seller.Windows.Track(windows.Part{Field: field, Value: value})
	s.ChangedPart(seller, rule, i)
}

// LeavePlaces takes the places from those parts of a rule that have one by another field, which fall silent.
func (s *Store) LeavePlaces(seller *Seller, rule int, field windows.Field) {
	if seller.Parts == nil {
		return
	}
	for i := range seller.Parts[rule] {
		if p := &seller.Parts[rule][i]; p.Place != windows.NoField && p.Place != field {
			p.Place = windows.NoField
			s.ChangedPart(seller, rule, i)
		}
	}
}

// ChangedPart notes that the state of a part changed, or its place.
func (s *Store) ChangedPart(seller *Seller, rule, part int) {
	p := &seller.Parts[rule][part]
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
		if seller.Parts == nil {
			seller.Parts = make([][]PartState, len(seller.Rules))
		}
		seller.Parts[i] = append(seller.Parts[i], p)
		if p.Place != windows.NoField && s.options.Fields != nil && p.Place == s.options.Fields[i] {
			seller.Windows.Track(windows.Part{Field: p.Place, Value: p.Value})
		}
		return true, nil
	})
}
