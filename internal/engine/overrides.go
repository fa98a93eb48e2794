package engine

import (
	"slices"

	"sellerpulse/pkg/rules"
	"sellerpulse/pkg/windows"
)

// holding is what holds of a seller on a day.
type holding struct {
	rules  []*rule                    // by name; nil where none is in force for the seller
	always [windows.NumFields][]*rule // those of them that are evaluated after each event and instant, by their fields
	takers []taker                    // those of them that have parts
	absent []*rule                    // of names of which none is: the one from which the seller is exempt, or that was in force last
}

// of is what holds of a seller on a day. It is valid until another day is asked for.
func (y *policy) of(seller string, day windows.Date) *holding {
	inForce, overrides := y.on(day), y.set.OverridesOf(seller)
	h := y.held[overrides]
	if h == nil {
		h = &holding{}
		for name, r := range inForce {
			h.add(y, name, r, overrides, day)
		}
		y.held[overrides] = h
	}
	return h
}

func (h *holding) add(y *policy, name int, r *rule, overrides *rules.Overrides, day windows.Date) {
	exempt := false
	if r != nil {
		r, exempt = r.heldBy(overrides, day)
	} else if last := y.ended(name, day); last != nil {
		last, _ = last.heldBy(overrides, day)
		h.absent = append(h.absent, last)
	}
	if exempt {
		h.absent = append(h.absent, r)
		r = nil
	}
	if h.rules = append(h.rules, r); r == nil {
		return
	}
	if r.always {
		h.always[r.Field] = append(h.always[r.Field], r)
	}
	if r.Field != windows.NoField {
		h.addTaker(r)
	}
}

// heldBy is the version as it is for sellers of some overrides on a day: itself, or a copy that compares the same terms. It tells whether they are
// exempt from it.
func (r *rule) heldBy(overrides *rules.Overrides, day windows.Date) (held *rule, exempt bool) {
	of, exempt := overrides.Held(r.Rule, day)
	silence := overrides.Silence(r.Rule, day)
	if of == r.Rule && silence == nil && !exempt {
		return r, false
	}
	other := *r
	other.Version, other.silence, other.exempt = r.For(of), silence, exempt
	return &other, exempt
}

// ended is the version of a rule that was in force last before a day; nil where none was.
func (y *policy) ended(name int, day windows.Date) (last *rule) {
	for _, r := range y.versions[name] {
		if r.Until != nil && *r.Until < day {
			last = r
		}
	}
	return last
}

// find is the version of a rule that holds of a seller, or of which there may be something left to tell; nil for none.
func (h *holding) find(name int) *rule {
	if r := h.rules[name]; r != nil {
		return r
	}
	for _, r := range h.absent {
		if r.name == name {
			return r
		}
	}
	return nil
}

// turn is a day at whose start something is otherwise for sellers.
type turn struct {
	day     windows.Date
	sellers []string
}

// turnsOf are the days on which overrides begin and end, sorted.
func turnsOf(set *rules.Set) (all []turn) {
	for _, o := range set.Overrides() {
		for _, day := range o.Turns() {
			all = append(all, turn{day, o.Sellers})
		}
	}
	slices.SortStableFunc(all, func(a, b turn) int { return int(a.day) - int(b.day) })
	return all
}

// turnsAfter is the first day after one at whose start something is otherwise for some sellers.
func (y *policy) turnsAfter(day windows.Date) windows.Date {
	i := y.turn(day + 1)
	if i == len(y.turns) {
		return maxDate
	}
	return y.turns[i].day
}

// turn is the index of the first turn from a day on.
func (y *policy) turn(day windows.Date) int {
	i, _ := slices.BinarySearchFunc(y.turns, day, func(t turn, day windows.Date) int { return int(t.day) - int(day) })
	return i
}

// turning are the sellers for whom something is otherwise from the start of any of the days from one to another on, sorted.
func (y *policy) turning(first, last windows.Date) (sellers []string) {
	for i := y.turn(first); i < len(y.turns) && y.turns[i].day <= last; i++ {
		sellers = append(sellers, y.turns[i].sellers...)
	}
	slices.Sort(sellers)
	return slices.Compact(sellers)
}
