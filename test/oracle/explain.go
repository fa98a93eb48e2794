package oracle

import (
	"cmp"
	"math/big"
	"slices"
)

const maxOrderIDs = 20

// components are the orders in a window with each kind of defect, as far as they are not excused.
func (r *Result) components(s *seller, of *rule, p part, window Window) *Components {
	c := &Components{}
	for _, o := range r.ordersOf(s, of, p, window) {
		f := r.at(o, of.reasons)
		if f.excused(of.metric.name) {
			continue
		}
		c.NegativeFeedback += oneIf(f.order.has(negativeFeedback))
		c.Claims += oneIf(f.order.has(claimCounts))
		c.Chargebacks += oneIf(f.order.has(chargebackCounts))
	}
	return c
}

// misses are the ids of the live orders behind the misses: newest order date first, then by id.
func (r *Result) misses(s *seller, of *rule, p part, window Window) []string {
	missed := slices.DeleteFunc(r.ordersOf(s, of, p, window), func(o *order) bool {
		return o.frozen != nil || of.metric.misses(of.metric.count(r.at(o, of.reasons))) == 0
	})
	slices.SortFunc(missed, func(a, b *order) int {
		return cmp.Or(cmp.Compare(b.date, a.date), cmp.Compare(a.id, b.id))
	})
	var ids []string
	for _, o := range missed[:min(maxOrderIDs, len(missed))] {
		ids = append(ids, o.id)
	}
	return ids
}

// defectsToBreach tries one miss more after the other at the same denominator, until that is a breach; nil where none ever is: also where there is too little for a
// state, and a state of before is told now.
func (r *rule) defectsToBreach(at standing, is figures) *int {
	if at.state == NoData || !r.canBreach() || at.state != Breached && is.denominator < max(1, r.MinDenominator) {
		return nil
	}
	for k := 0; ; k++ {
		n := is.numerator + k
		if r.metric.good {
			n = is.numerator - k
		}
		if at.state == Breached || r.next(at, n, is.denominator).state == Breached {
			return &k
		}
	}
}

func (r *rule) canBreach() bool {
	return r.levels == nil || slices.ContainsFunc(r.levels, func(l level) bool { return l.state == Breached })
}

// ordersToRecover tries one clean unit more after the other until the breach is over; nil if it never is.
func (r *rule) ordersToRecover(at standing, is figures) *int {
	if !r.canRecover(is) {
		return nil
	}
	for k := 0; ; k++ {
		n := is.numerator
		if r.metric.good {
			n += k
		}
		if r.next(at, n, is.denominator+k).state != Breached {
			return &k
		}
	}
}

// canRecover is whether ever more clean units reach what ends a breach: their rate nears 0 or 1, and gets there only without a miss.
func (r *rule) canRecover(is figures) bool {
	ends := r.aimed()
	if r.resolve != nil {
		ends = r.resolve
	}
	best := big.NewRat(int64(oneIf(r.metric.good)), 1)
	return ends.limit.Cmp(best) != 0 || r.metric.misses(is.numerator, is.denominator) == 0
}

// recoversOn slides the windows over today's counts, day by day, until the breach is over.
func (r *Result) recoversOn(s *seller, of *rule, p part) *Day {
	at := s.kept(of.name, p).standing
	for d := r.calendar.today(r.StreamTime) + 1; ; d++ {
		if !r.calendar.exists(d) || of.evaluates != nil && !of.evaluates(d) {
			continue
		}
		is := r.figures(s, of, p, d)
		if of.next(at, is.numerator, is.denominator).state != Breached {
			return &d
		}
	}
}
