package oracle

import "slices"

// kept is all that is kept of a seller, a rule and a part of it.
type kept struct {
	standing
	told        standing // what people know, which is the standing but for silences
	transitions int
}

// ruleKey is what states are kept by.
type ruleKey struct {
	rule string // full name
	part part
}

func (s *seller) kept(rule string, p part) *kept {
	key := ruleKey{rule, p}
	if s.rules[key] == nil {
		s.rules[key] = &kept{standing: standing{state: NoData}, told: standing{state: NoData}}
	}
	return s.rules[key]
}

// evaluate finds where a seller stands with the rules in force at the present stream time, and publishes what changed. A rule that moves on
// certain days does so only as one of them begins.
func (r *Result) evaluate(s *seller, cause Cause, dayBegins bool) {
	today := r.calendar.today(r.StreamTime)
	for _, n := range r.policy.named {
		of := n.inForce(today)
		if of == nil {
			if of = n.ended(today); of != nil {
				r.tell(s, r.policy.spokenOf(s.name, of, today), cause)
			}
			continue
		}
		held := r.policy.heldBy(s.name, of, today)
		if held == nil {
			r.leave(s, of, cause)
			continue
		}
		r.takePlaces(s, held)
		if held.evaluates != nil && !(dayBegins && held.evaluates(today)) {
			r.tell(s, held, cause)
			continue
		}
		for _, p := range s.placesOf(held) {
			is := r.figures(s, held, p, today)
			r.move(s, held, p, held.next(s.kept(of.name, p).standing, is.numerator, is.denominator), is, cause)
		}
	}
}

// tell tells what a silence kept from people, if there is none any more.
func (r *Result) tell(s *seller, of *rule, cause Cause) {
	for _, p := range s.placesOf(of) {
		r.move(s, of, p, s.kept(of.name, p).standing, r.figures(s, of, p, r.calendar.today(r.StreamTime)), cause)
	}
}

// leave has a rule not be in force for a seller.
func (r *Result) leave(s *seller, of *rule, cause Cause) {
	for _, p := range s.placesOf(of) {
		r.move(s, of, p, standing{state: NoData}, r.figures(s, of, p, r.calendar.today(r.StreamTime)), cause)
	}
}

// end ends rules that were in force on a day and have no version that is now.
func (r *Result) end(s *seller, yesterday Day) {
	today := r.calendar.today(r.StreamTime)
	for _, n := range r.policy.named {
		if of := n.inForce(yesterday); of != nil && n.inForce(today) == nil {
			r.leave(s, r.policy.spokenOf(s.name, of, today), Cause{Kind: CauseTime})
		}
	}
}

// move gives a seller a standing with a rule, and publishes that if it matters and nothing silences it. An alert tells from what people know.
func (r *Result) move(s *seller, of *rule, p part, to standing, is figures, cause Cause) {
	kept := s.kept(of.name, p)
	kept.standing = to
	if r.policy.silence(s.name, of, r.calendar.today(r.StreamTime)) != nil {
		return
	}
	before := kept.told
	if kept.told = to; isAlert(before, to) {
		kept.transitions++
		r.Alerts = append(r.Alerts, r.alert(s, of, p, before, is, cause))
	}
}

// figures are a rule's numbers with its windows as they lie on a day: of the first window that has enough in it, else of the last.
func (r *Result) figures(s *seller, of *rule, p part, day Day) figures {
	for i, c := range of.choices {
		is := figures{Window: c.on(day)}
		for _, o := range r.ordersOf(s, of, p, is.Window) {
			n, d := of.metric.count(r.at(o, of.reasons))
			is.numerator, is.denominator = is.numerator+n, is.denominator+d
		}
		if i == len(of.choices)-1 || is.denominator >= c.minTotal {
			return is
		}
	}
	panic("oracle: a rule without a window: " + of.name)
}

// ordersOf are the orders in a window that count for a part of a rule, in no order.
func (r *Result) ordersOf(s *seller, of *rule, p part, window Window) []*order {
	return r.ordersIn(s, window, of.measure, of.reasons, func(f *facts) bool {
		return of.counts(f) && (of.By == "" || slices.Contains(of.partsOf(f), p))
	})
}

// ordersIn are the orders in a window that a measure counts, as far as they are of some sort, in no order: live ones, and those that it was
// counting when they expired.
func (r *Result) ordersIn(s *seller, window Window, measure string, of reasons, are func(*facts) bool) []*order {
	var in []*order
	add := func(o *order) {
		if o.date < window.From || window.To < o.date {
			return
		}
		if f := r.at(o, of); f.order.has(counted) && are(f) {
			in = append(in, o)
		}
	}
	for _, o := range s.orders {
		if r.live(o) {
			add(o)
		}
	}
	for _, o := range s.frozen {
		if o.frozen.policy.known[measure] {
			add(o)
		}
	}
	return in
}
