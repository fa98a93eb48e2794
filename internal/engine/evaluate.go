package engine

import (
	"sellerpulse/internal/state"
	"sellerpulse/pkg/outputs"
	"sellerpulse/pkg/rules"
	"sellerpulse/pkg/windows"
)

// evaluate compares the rules in force whose numbers changed with the seller's windows, at stream time; not those that are evaluated on some days.
func (e *Engine) evaluate(seller *state.Seller, cause *outputs.Cause) error {
	always := &e.policy.of(seller.ID, e.today).always
	s := standing{seller: seller}
	for i := range seller.Windows.Parts() {
		var bits uint64
		s.tracked = i
		if s.part, bits = seller.Windows.TakeChanged(i); bits == 0 {
			continue
		}
		for _, r := range always[s.part.Field] {
			if s.rule = r; bits&r.watch == 0 || !s.find() || s.stays() {
				continue
			}
			if err := e.evaluateOne(&s, cause); err != nil {
				return err
			}
		}
	}
	return nil
}

// evaluateAll compares all rules in force; of those that are evaluated on some days those of today, which begins, or none. What a silence that is over
// kept from people is told.
func (e *Engine) evaluateAll(seller *state.Seller, cause *outputs.Cause, begins bool) error {
	held := e.policy.of(seller.ID, e.today)
	for _, r := range held.rules {
		if r == nil {
			continue
		}
		e.takeAllPlaces(seller, r)
		do := e.evaluateOne
		if !r.Evaluate.Always() && !(begins && r.Evaluate.Has(e.today)) {
			do = e.tell
		}
		if err := each(r.standings(seller), cause, do); err != nil {
			return err
		}
	}
	for _, r := range held.absent {
		do := e.tell
		if r.exempt {
			do = e.leave
		}
		if err := each(r.standings(seller), cause, do); err != nil {
			return err
		}
	}
	for i := range seller.Windows.Parts() {
		seller.Windows.TakeChanged(i)
	}
	return nil
}

// each does with standings what is to be done for a cause.
func each(all []standing, cause *outputs.Cause, do func(*standing, *outputs.Cause) error) error {
	for i := range all {
		if err := do(&all[i], cause); err != nil {
			return err
		}
	}
	return nil
}

// tell has the seller stand as before, which people are told if they do not know.
func (e *Engine) tell(s *standing, cause *outputs.Cause) error {
	return e.move(s, s.state().Standing(), cause)
}

// leave ends a rule for a seller.
func (e *Engine) leave(s *standing, cause *outputs.Cause) error {
	return e.move(s, rules.Standing{}, cause)
}

// end ends the rules that were in force on a day and have no version that is today.
func (e *Engine) end(seller *state.Seller, yesterday windows.Date) error {
	cause, held := outputs.TimeCause(), e.policy.of(seller.ID, e.today)
	for name, now := range e.policy.on(e.today) {
		was := e.policy.version(name, yesterday)
		if was == nil || now != nil {
			continue
		}
		if err := each(held.find(name).standings(seller), &cause, e.leave); err != nil {
			return err
		}
	}
	return nil
}

// standing is where a seller stands with a rule, or a part of it.
type standing struct {
	seller *state.Seller
	rule   *rule
	part   windows.Part

	tracked int         // the index of the part among those that are tracked
	at      int         // the index of the part among those that the seller has of the rule
	known   rules.State // of the part, as far as find has found it
}

// find finds the part that is tracked among those that the seller has of the rule, and tells whether it has a place. The whole has one.
func (s *standing) find() bool {
	if s.rule.Field == windows.NoField {
		return true
	}
	s.at, s.known = s.seller.Place(s.rule.name, s.tracked)
	return s.at >= 0
}

// stays is whether a part of a rule without levels keeps its state, as nearly always: found out without the state itself, which is far away in memory.
func (s *standing) stays() bool {
	if s.rule.Field == windows.NoField || s.rule.Levels != nil {
		return false
	}
	_, numerator, denominator := s.numbers()
	return s.rule.Next(numerator, denominator, rules.Standing{State: s.known}).State == s.known
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
			part := windows.Part{Field: r.Field, Value: p.Value}
			all = append(all, standing{seller: seller, rule: r, part: part, tracked: seller.Windows.Part(part), at: i})
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
		terms := &s.rule.terms[i]
		numerator, denominator = s.seller.Windows.SumOf(s.tracked, terms.numerator), s.seller.Windows.SumOf(s.tracked, terms.denominator)
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

func (e *Engine) evaluateOne(s *standing, cause *outputs.Cause) error {
	_, numerator, denominator := s.numbers()
	st := s.state()
	to := s.rule.Next(numerator, denominator, st.Standing())
	if to.State == st.State && to.Level == st.Level && !st.Untold {
		return nil // As nearly always.
	}
	return e.move(s, to, cause)
}

// move has a seller stand otherwise with a rule, and publishes that if it matters and no silence keeps it: what people know is then another.
func (e *Engine) move(s *standing, to rules.Standing, cause *outputs.Cause) error {
	st := s.state()
	was, known := *st, st.Known()
	if to.State != st.State {
		st.Since = e.clock.StreamTime
	}
	st.State, st.Level = to.State, to.Level
	alerts := s.rule.silence == nil && rules.Alerts(known, to)
	switch {
	case s.rule.silence != nil:
		st.Know(known)
	case alerts:
		st.Transitions++
		fallthrough
	default:
		st.Know(to)
	}
	if *st == was {
		return nil
	}
	if e.changed(s); !alerts {
		return nil
	}
	return e.alert(s, known, cause)
}

func (e *Engine) changed(s *standing) {
	if s.rule.Field == windows.NoField {
		e.store.Changed(s.seller)
	} else {
		e.store.ChangedPart(s.seller, s.rule.name, s.at)
	}
}
