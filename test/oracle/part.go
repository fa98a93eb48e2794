package oracle

import (
	"maps"
	"slices"
)

// maxParts is for how many values of a field a seller has states of a rule.
const maxParts = 32

// part is a value of the field by which a rule tells orders apart; the zero value is that of a rule that does not.
type part struct {
	value string
	given bool
}

func (p part) suffix() string {
	if !p.given {
		return ""
	}
	return ":" + p.value
}

func (p part) optional() *string {
	if !p.given {
		return nil
	}
	return &p.value
}

// places are the parts of a rule that a seller has states of, in the order in which they were taken. They are never given back, unless
// the rule tells orders apart by another field.
type places struct {
	by    Text
	parts []part
}

// placesOf are a seller's parts of a rule that have a place. Only those of values are kept: without any there is one place, always.
func (s *seller) placesOf(of *rule) []part {
	if of.By == "" {
		return []part{{}}
	}
	if kept := s.places[of.name]; kept != nil && kept.by == of.By {
		return kept.parts
	}
	return nil
}

// takePlaces gives the parts that have orders a place, while there are any; of those that come at once by their bytes.
func (r *Result) takePlaces(s *seller, of *rule) {
	if of.By == "" {
		delete(s.places, of.name)
		return
	}
	if kept := s.places[of.name]; kept == nil || kept.by != of.By {
		s.places[of.name] = &places{by: of.By}
	}
	kept := s.places[of.name]
	for _, p := range r.waiting(s, of) {
		if len(kept.parts) < maxParts {
			kept.parts = append(kept.parts, p)
		}
	}
}

// waiting are the parts of a seller's live orders that have no place.
func (r *Result) waiting(s *seller, of *rule) []part {
	values := map[string]bool{}
	for _, o := range s.orders {
		f := r.at(o, of.reasons)
		if !f.order.has(counted) || !r.live(o) || !of.counts(f) {
			continue
		}
		for _, p := range of.partsOf(f) {
			if !slices.Contains(s.placesOf(of), p) {
				values[p.value] = true
			}
		}
	}
	var parts []part
	for _, value := range slices.Sorted(maps.Keys(values)) {
		parts = append(parts, part{value, true})
	}
	return parts
}
