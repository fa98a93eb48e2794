package engine

import (
	"cmp"
	"fmt"
	"slices"

	"sellerpulse/internal/state"
	"sellerpulse/pkg/outputs"
	"sellerpulse/pkg/plan"
	"sellerpulse/pkg/windows"
)

// missedRules are the versions of rules of which an order has a miss, by their bits.
func (e *Engine) missedRules(d *state.Derived) (bits uint64) {
	if d.Counts == nil {
		return 0
	}
	for i := range e.policy.missed {
		if m := &e.policy.missed[i]; m.in(d) {
			bits |= m.rules
		}
	}
	return bits
}

// miss is what an order has a miss by, and the bits of the versions of rules that ask for it.
type miss struct {
	plan.Rate
	good  bool // the numerator counts what is wanted
	rules uint64
}

// in is whether an order has the miss.
func (m *miss) in(d *state.Derived) bool {
	if m.Channel != 0 && m.Channel != d.Of.Channel {
		return false
	}
	if m.good {
		return d.Counts[m.Denominator] > d.Counts[m.Numerator]
	}
	return d.Counts[m.Numerator] > 0
}

// miss is that of a rule.
func (r *rule) miss() miss { return miss{Rate: r.Rate, good: r.Good()} }

// addMiss notes that a version asks for its miss, as others may.
func (y *policy) addMiss(r *rule) {
	of := r.miss()
	i := slices.IndexFunc(y.missed, func(m miss) bool { return m.Rate == of.Rate && m.good == of.good })
	if i < 0 {
		i = len(y.missed)
		y.missed = append(y.missed, of)
	}
	y.missed[i].rules |= r.watch
}

// followMisses takes over the difference of an order's counts.
func (e *Engine) followMisses(seller *state.Seller, order *state.Order) {
	if !seller.Misses.Known() {
		return
	}
	was, is := e.missedRules(&e.before), e.missedRules(&e.after)
	if was != is || was != 0 && e.before.Date != e.after.Date {
		seller.Misses.Set(e.after.Date, order.ID, is)
	}
}

// ordersBehind lists the orders behind the number of a rule: by order date, newest first, then by id.
func (e *Engine) ordersBehind(s *standing, from, to windows.Date) (ids []string, err error) {
	m := &s.seller.Misses
	if !m.Known() && !m.TooMany() {
		if err := e.readMisses(s.seller); err != nil {
			return nil, err
		}
	}
	if from = max(from, e.oldestLive()); !m.Known() {
		return e.scanFor(s, from, to)
	}
	type found struct {
		date windows.Date
		id   string
	}
	var all []found
	m.Forget(e.oldest())
	m.Each(func(date windows.Date, id []byte, rules uint64) {
		if rules&s.rule.watch != 0 && from <= date && date <= to {
			all = append(all, found{date, string(id)})
		}
	})
	slices.SortFunc(all, func(a, b found) int { return cmp.Or(cmp.Compare(b.date, a.date), cmp.Compare(a.id, b.id)) })
	for _, f := range all {
		if len(ids) == outputs.MaxOrderIDs {
			break
		}
		behind, err := e.isBehind(s, f.date, f.id)
		if err != nil {
			return nil, err
		}
		if behind {
			ids = append(ids, f.id)
		}
	}
	return ids, nil
}

// isBehind is whether an order that has a miss of a rule with a version's bits has one of this version, and is of the part. Its row need not be read
// where the bits tell.
func (e *Engine) isBehind(s *standing, date windows.Date, id string) (bool, error) {
	if s.rule.Field == windows.NoField && s.rule.index < lastBit {
		return true, nil
	}
	order, err := e.store.Order(s.seller, id)
	if err != nil {
		return false, err
	}
	if err := e.order.Decode(order.Row); err != nil {
		return false, unreadable(s.seller, order, err)
	}
	e.missed.Derive(e.tally, &e.order, date, e.clock.StreamTime)
	return s.has(&e.missed), nil
}

// has is whether an order has a miss of the rule, and is of the part.
func (s *standing) has(d *state.Derived) bool {
	m := s.rule.miss()
	return s.rule.Lists(s.part.Value) && m.in(d) && d.Of.Has(s.part)
}

// scanFor reads the orders behind the number of a rule, of a seller who has many: of dates of which any misses it, until they are enough.
func (e *Engine) scanFor(s *standing, from, to windows.Date) (ids []string, err error) {
	s.seller.Windows.Dates(from, to, s.part, func(date windows.Date, totals *[2]windows.Sums) bool {
		if s.rule.Misses(s.rule.Rate.Of(totals)) == 0 {
			return true
		}
		err = e.eachMiss(s.seller, date, date, func(_ windows.Date, id string, _ uint64) bool {
			if s.has(&e.missed) {
				ids = append(ids, id)
			}
			return len(ids) < outputs.MaxOrderIDs
		})
		return err == nil && len(ids) < outputs.MaxOrderIDs
	})
	return ids, err
}

// oldest is the first date that is in any window, of those whose orders have not expired.
func (e *Engine) oldest() windows.Date {
	oldest := e.today
	for _, edge := range e.policy.edges {
		oldest = min(oldest, edge.Passed(e.today)+1)
	}
	return max(oldest, e.oldestLive())
}

// readMisses has a seller know its misses, if they are not too many.
func (e *Engine) readMisses(seller *state.Seller) error {
	seller.Misses.Reset()
	return e.eachMiss(seller, e.oldest(), maxDate-1, func(date windows.Date, id string, rules uint64) bool {
		seller.Misses.Set(date, id, rules)
		return !seller.Misses.TooMany()
	})
}

// eachMiss reads a seller's orders of some dates for those that miss what any rule asks for, until yield returns false.
func (e *Engine) eachMiss(seller *state.Seller, first, last windows.Date, yield func(date windows.Date, id string, rules uint64) bool) error {
	return e.store.OrdersBetween(seller, first, last, false, func(date windows.Date, id string, row []byte) (bool, error) {
		if err := e.order.Decode(row); err != nil {
			return false, fmt.Errorf("order %q: %w: %w", id, state.ErrMalformed, err)
		}
		e.missed.Derive(e.tally, &e.order, date, e.clock.StreamTime)
		rules := e.missedRules(&e.missed)
		return rules == 0 || yield(date, id, rules), nil
	})
}
