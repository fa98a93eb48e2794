package engine

import (
	"sellerpulse/internal/state"
	"sellerpulse/pkg/windows"
)

// maxPlaces is for how many values of a field a seller has states of a rule.
const maxPlaces = 32

// takePlaces gives the values of the order at hand, which changed, places under the rules in force that have parts by them.
func (e *Engine) takePlaces(seller *state.Seller) {
	if !e.policy.parts || e.after.Counts == nil {
		return
	}
	same := e.before.Counts != nil && e.before.Of.Equal(&e.after.Of)
	for _, r := range e.policy.of(seller.ID, e.today).rules {
		if r == nil || r.Field == windows.NoField || e.after.Counts[r.Placed] == 0 || same && e.before.Counts[r.Placed] > 0 {
			continue
		}
		if c := r.Rate.Channel; c == 0 || c == e.after.Of.Channel {
			e.values = e.after.Of.Values(e.values[:0], r.Field)
			e.take(seller, r, e.values)
		}
	}
}

// takeAllPlaces gives the values of all live orders of a seller places under a rule that has parts by them.
func (e *Engine) takeAllPlaces(seller *state.Seller, r *rule) {
	if r.Field != windows.NoField {
		e.take(seller, r, e.valuesOf(seller, r))
	}
}

// valuesOf are the values that the live orders have which a rule counts, sorted.
func (e *Engine) valuesOf(seller *state.Seller, r *rule) []string {
	return seller.Windows.Values(r.Field, r.Placed, r.Rate.Channel, e.oldestLive(), maxDate)
}

// oldestLive is the oldest date whose orders have not expired.
func (e *Engine) oldestLive() windows.Date { return e.today - e.life.ExpiresAfter() + 1 }

func (e *Engine) take(seller *state.Seller, r *rule, values []string) {
	for _, value := range values {
		if !r.Lists(value) {
			continue
		}
		if _, has := r.standing(seller, windows.Part{Field: r.Field, Value: value}); !has && seller.Places(r.name, r.Field) < maxPlaces {
			e.store.TakePlace(seller, r.name, r.Field, value)
		}
	}
}

// omitted is how many values of live orders have no place.
func (e *Engine) omitted(seller *state.Seller, r *rule) (n int64) {
	for _, value := range e.valuesOf(seller, r) {
		if _, has := r.standing(seller, windows.Part{Field: r.Field, Value: value}); !has && r.Lists(value) {
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
