package engine

import (
	"sellerpulse/internal/state"
	"sellerpulse/pkg/outputs"
	"sellerpulse/pkg/rules"
	"sellerpulse/pkg/windows"
)

// evaluate compares the rules in force whose numbers changed with the seller's windows, at stream time; not those that are evaluated on some days.
func (e *Engine) evaluate(seller *state.Seller, cause outputs.Cause) error {
	inForce := e.policy.on(e.today)
	return seller.Windows.TakeChanged(func(part windows.Part, bits uint64) error {
		for _, r := range inForce {
			if r == nil || bits&r.watch == 0 || r.Field != part.Field || !r.Evaluate.Always() {
				continue
			}
			if s, ok := r.standing(seller, part); ok {
				if err := e.evaluateOne(s, cause); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

// evaluateAll compares all rules in force; of those that are evaluated on some days those of today, which begins, or none.
func (e *Engine) evaluateAll(seller *state.Seller, cause outputs.Cause, begins bool) error {
	for _, r := range e.policy.on(e.today) {
		if r == nil {
			continue
		}
		e.takeAllPlaces(seller, r)
		if !r.Evaluate.Always() && !(begins && r.Evaluate.Has(e.today)) {
			continue
		}
		for _, s := range r.standings(seller) {
			if err := e.evaluateOne(s, cause); err != nil {
				return err
			}
		}
	}
	return seller.Windows.TakeChanged(func(windows.Part, uint64) error { return nil })
}

// end ends the rules that were in force on a day and have no version that is today.
func (e *Engine) end(seller *state.Seller, yesterday windows.Date) error {
	for name, now := range e.policy.on(e.today) {
		was := e.policy.version(name, yesterday)
		if was == nil || now != nil {
			continue
		}
		for _, s := range was.standings(seller) {
			if err := e.move(s, rules.Standing{}, outputs.TimeCause()); err != nil {
				return err
			}
		}
	}
	return nil
}

// standing is where a seller stands with a rule, or a part of it.
type standing struct {
	seller *state.Seller
	rule   *rule
	part   windows.Part
	at     int // the index of the part among those that the seller has of the rule
}

// standing is that of a part, or of the whole; false where the part has no place.
func (r *rule) standing(seller *state.Seller, part windows.Part) (s standing, ok bool) {
	s = standing{seller: seller, rule: r, part: part}
	if r.Field == windows.NoField {
		return s, true
	}
	s.at = seller.Part(r.name, part.Value)
	return s, s.at >= 0 && seller.Parts[r.name][s.at].Place == r.Field
}

// standings are those of the whole, or of all parts that have a place.
func (r *rule) standings(seller *state.Seller) (all []standing) {
	if r.Field == windows.NoField {
		return []standing{{seller: seller, rule: r}}
	}
	if seller.Parts == nil {
		return nil
	}
	for i := range seller.Parts[r.name] {
		if p := &seller.Parts[r.name][i]; p.Place == r.Field {
			all = append(all, standing{seller, r, windows.Part{Field: r.Field, Value: p.Value}, i})
		}
	}
	return all
}

// state is what is kept of it.
func (s *standing) state() *state.RuleState {
	if s.rule.Field == windows.NoField {
		return &s.seller.Rules[s.rule.name]
	}
	return &s.seller.Parts[s.rule.name][s.at].RuleState
}

// numbers chooses the rule's window, and is the two numbers of the seller over it.
func (s *standing) numbers() (w windows.Window, numerator, denominator int64) {
	for i, choice := range s.rule.Windows {
		if w = choice.Window; !s.rule.Lists(s.part.Value) {
			continue
		}
		numerator, denominator = s.seller.Windows.SumOf(s.part, s.rule.terms[i].numerator), s.seller.Windows.SumOf(s.part, s.rule.terms[i].denominator)
		if denominator >= choice.MinTotal {
			break
		}
	}
	return w, numerator, denominator
}

// sums adds up the order dates from from to to. The part of a value that the rule does not list any more has none, whatever other product lines its
// orders have.
func (s *standing) sums(from, to windows.Date) *[2]windows.Sums {
	if !s.rule.Lists(s.part.Value) {
		to = from - 1
	}
	return s.seller.Windows.Between(from, to, s.part)
}

// published is a window as alerts and reports have it: one of weeks or months by the days that it has.
func published(w windows.Window, from, to windows.Date) windows.Window {
	if w.Every == windows.Day {
		return w
	}
	return windows.Window{Count: int32(to-from) + 1}
}

func (e *Engine) evaluateOne(s standing, cause outputs.Cause) error {
	_, numerator, denominator := s.numbers()
	return e.move(s, s.rule.Next(numerator, denominator, s.state().Standing()), cause)
}

// move has a seller stand otherwise with a rule, and publishes that if it matters.
func (e *Engine) move(s standing, to rules.Standing, cause outputs.Cause) error {
	st := s.state()
	before := st.Standing()
	if to == before {
		return nil
	}
	if to.State != before.State {
		st.Since = e.clock.StreamTime
	}
	st.State, st.Level = to.State, to.Level
	alerts := rules.Alerts(before, to)
	if alerts {
		st.Transitions++
	}
	if e.changed(s); !alerts {
		return nil
	}
	return e.alert(s, before, cause)
}

func (e *Engine) changed(s standing) {
	if s.rule.Field == windows.NoField {
		e.store.Changed(s.seller)
	} else {
		e.store.ChangedPart(s.seller, s.rule.name, s.at)
	}
}
