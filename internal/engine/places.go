package engine

import (
	"slices"

	"sellerpulse/internal/state"
	"sellerpulse/pkg/events"
	"sellerpulse/pkg/outputs"
	"sellerpulse/pkg/windows"
)

// takePlaces gives the values of the order at hand, which changed, places under the rules in force that have parts by them.
func (e *Engine) takePlaces(seller *state.Seller) {
	if !e.policy.parts || e.after.Counts == nil {
		return
	}
	same := e.before.Counts != nil && e.before.Of.Equal(&e.after.Of)
	var known, full [windows.NumFields]bool
	for i, all := 0, e.policy.of(seller.ID, e.today).takers; i < len(all); i++ {
		t := &all[i]
		if e.after.Counts[t.placed] == 0 || same && e.before.Counts[t.placed] > 0 || t.channel != 0 && t.channel != e.after.Of.Channel {
			continue
		}
		if !known[t.field] {
			known[t.field], e.values = true, e.after.Of.Values(e.values[:0], t.field)
			e.held[t.field] = appendHeld(e.held[t.field][:0], seller, t.field, e.values)
			full[t.field] = e.allPlaced(seller, t.field)
		}
		for i := 0; i < len(t.rules) && !full[t.field]; i++ {
			e.take(seller, t.rules[i], e.held[t.field])
		}
	}
}

// allPlaced is whether all values of a field that the order at hand has have places under all rules that have parts by it, as nearly always.
func (e *Engine) allPlaced(seller *state.Seller, field windows.Field) bool {
	for i := range e.held[field] {
		if tracked := e.held[field][i].tracked; tracked < 0 || seller.Placed(tracked) < e.policy.parted[field] {
			return false
		}
	}
	return true
}

// taker is rules under which the values take places that a field has of the orders which a measure counts, of a channel or, for 0, of both.
type taker struct {
	field   windows.Field
	placed  int
	channel events.Channel
	rules   []*rule
}

// addTaker adds a rule with parts to those under which the same values take places.
func (h *holding) addTaker(r *rule) {
	i := slices.IndexFunc(h.takers, func(t taker) bool { return t.field == r.Field && t.placed == r.Placed && t.channel == r.Rate.Channel })
	if i < 0 {
		i = len(h.takers)
		h.takers = append(h.takers, taker{field: r.Field, placed: r.Placed, channel: r.Rate.Channel})
	}
	h.takers[i].rules = append(h.takers[i].rules, r)
}

// held is a value that orders of a seller have.
type held struct {
	value   string
	tracked int // the index of its part among those that are tracked; -1 for none
}

func appendHeld(dst []held, seller *state.Seller, field windows.Field, values []string) []held {
	for _, value := range values {
		dst = append(dst, held{value, seller.Windows.Part(windows.Part{Field: field, Value: value})})
	}
	return dst
}

func (h *held) hasPlace(seller *state.Seller, r *rule) bool {
	if h.tracked < 0 {
		return false
	}
	part, _ := seller.Place(r.name, h.tracked)
	return part >= 0
}

// takeAllPlaces gives the values of all live orders of a seller places under a rule that has parts by them.
func (e *Engine) takeAllPlaces(seller *state.Seller, r *rule) {
	if r.Field != windows.NoField {
		e.take(seller, r, appendHeld(nil, seller, r.Field, e.valuesOf(seller, r)))
	}
}

// valuesOf are the values that the live orders have which a rule counts, sorted.
func (e *Engine) valuesOf(seller *state.Seller, r *rule) []string {
	return seller.Windows.Values(r.Field, r.Placed, r.Rate.Channel, e.oldestLive(), maxDate)
}

// oldestLive is the oldest date whose orders have not expired.
func (e *Engine) oldestLive() windows.Date { return e.today - e.life.ExpiresAfter() + 1 }

// take gives values places that have none, as long as there are some.
func (e *Engine) take(seller *state.Seller, r *rule, values []held) {
	for i := range values {
		if v := &values[i]; !v.hasPlace(seller, r) && r.Lists(v.value) && seller.Places(r.name, r.Field) < outputs.MaxParts {
			v.tracked = e.store.TakePlace(seller, r.name, r.Field, v.value)
		}
	}
}

// omitted is how many values of live orders have no place.
func (e *Engine) omitted(seller *state.Seller, r *rule) (n int64) {
	for _, v := range appendHeld(nil, seller, r.Field, e.valuesOf(seller, r)) {
		if r.Lists(v.value) && !v.hasPlace(seller, r) {
			n++
		}
	}
	return n
}

// leavePlaces has the parts fall silent of rules that have none any more, or by another field.
func (e *Engine) leavePlaces(seller *state.Seller) {
	for name, field := range e.policy.fields {
		e.store.LeavePlaces(seller, name, field)
	}
}
