package oracle

import (
	"cmp"
	"math/big"
	"slices"
)

const maxOrderIDs = 20

var one = big.NewRat(1, 1)

// components are the orders in a window with each kind of defect.
func (r *Result) components(s *seller, rule *Rule, window Window) *Components {
	c := &Components{}
	for _, o := range r.ordersIn(s, window, rule.channel()) {
		f := r.at(o)
		c.NegativeFeedback += oneIf(f.negativeFeedback)
		c.Claims += oneIf(f.claimCounts)
		c.Chargebacks += oneIf(f.chargebackCounts)
	}
	return c
}

// misses are the ids of the orders behind the misses: newest order date first, then by id.
func (r *Result) misses(s *seller, rule *Rule, window Window) []string {
	m := metricNamed(rule.Metric)
	missed := slices.DeleteFunc(r.ordersIn(s, window, rule.channel()), func(o *order) bool {
		numerator, denominator := m.count(r.at(o))
		return rule.Op == '<' && numerator == 0 || rule.Op == '>' && denominator == numerator
	})
	slices.SortFunc(missed, func(a, b *order) int {
		return cmp.Or(cmp.Compare(r.at(b).date, r.at(a).date), cmp.Compare(a.id, b.id))
	})
	var ids []string
	for _, o := range missed[:min(maxOrderIDs, len(missed))] {
		ids = append(ids, o.id)
	}
	return ids
}

// defectsToBreach tries one defect more after the other at the same denominator, until the target is missed; nil if none does.
func (r *Rule) defectsToBreach(state State, numerator, denominator int) *int {
	if state == NoData {
		return nil
	}
	for k := 0; k <= denominator; k++ {
		n := numerator + k
		if r.Op == '>' {
			n = numerator - k
		}
		if state == Breached || n >= 0 && n <= denominator && !r.beats(n, denominator, r.Limit) {
			return &k
		}
	}
	return nil
}

// ordersToRecover tries one clean unit more after the other until the breach is over; nil if it never is.
func (r *Rule) ordersToRecover(numerator, denominator int) *int {
	if !r.canRecover() {
		return nil
	}
	for k := 0; ; k++ {
		n := numerator
		if r.Op == '>' {
			n += k
		}
		if r.over(n, denominator+k) {
			return &k
		}
	}
}

// canRecover is whether ever more clean units reach the target and the level that ends a breach: their rate nears 0 or 1.
func (r *Rule) canRecover() bool {
	if r.Op == '<' {
		return r.Limit.Sign() > 0 && r.resolve().Sign() > 0
	}
	return r.Limit.Cmp(one) < 0 && r.resolve().Cmp(one) < 0
}

// recoversOn slides the window over today's counts day by day until the breach is over.
func (r *Result) recoversOn(s *seller, rule *Rule) *Day {
	for d := r.calendar.today(r.StreamTime) + 1; ; d++ {
		if r.calendar.exists(d) && rule.over(r.count(s, rule, rule.window(d))) {
			return &d
		}
	}
}
