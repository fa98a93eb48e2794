package rules

import (
	"math"
	"math/bits"
)

// DefectsToBreach is how many more misses, at the same denominator, make a breach: the least k ≥ 0 such that numerator + k, where the numerator
// counts what is wanted numerator − k, is breached. There is none without data, and where no level is BREACHED. k may be more than there are units.
func (r *Rule) DefectsToBreach(numerator, denominator int64, state State) (int64, bool) {
	switch {
	case state == NoData || r.Target.IsZero():
		return 0, false
	case state == Breached:
		return 0, true
	case denominator < max(1, r.MinDenominator):
		return 0, false // A state of before, which is told now.
	}
	byRate := int64(0)
	if r.Target.Met(numerator, denominator) {
		worst, ok := r.Target.firstMissed(denominator)
		if !ok {
			return 0, false
		}
		byRate = worst - numerator
		if r.Target.Good() {
			byRate = -byRate
		}
	}
	return max(byRate, r.MinMisses-r.Misses(numerator, denominator)), true
}

// firstMissed is the numerator nearest to those that meet the target that does not: the least of a rate that is to be low, the greatest of one that is
// to be high, which may be −1. It is false where that is beyond counting.
func (t Target) firstMissed(denominator int64) (int64, bool) {
	n, rest, ok := mulDiv(t.Limit.Number, denominator, t.Limit.Scale)
	switch {
	case t.Comparator == Less && rest > 0: // n × scale ≥ number × denominator
		n++
	case t.Comparator == AtMost: // n × scale > number × denominator
		n++
	case t.Comparator == AtLeast && rest == 0: // n × scale < number × denominator
		n--
	}
	return n, ok
}

// OrdersToRecover is how many more clean orders, shipments or returns, as the metric counts, end a breach: the least k such that
// numerator/(denominator + k), where the numerator counts what is wanted (numerator + k)/(denominator + k), is not breached any more. There is none but
// for BREACHED, and where no number of them does it.
func (r *Rule) OrdersToRecover(numerator, denominator int64, state State) (int64, bool) {
	target := r.ResolveAt()
	switch {
	case state != Breached:
		return 0, false
	case r.Next(numerator, denominator, Standing{State: Breached}).State != Breached:
		return 0, true
	case target.Good():
		return target.moreGood(numerator, denominator)
	default:
		return target.moreUnits(numerator, denominator)
	}
}

// moreUnits is the least k with which numerator/(denominator + k) meets a target that it misses.
func (t Target) moreUnits(numerator, denominator int64) (int64, bool) {
	if t.Limit.Number == 0 {
		return 0, false
	}
	n, rest, ok := mulDiv(numerator, t.Limit.Scale, t.Limit.Number)
	if t.Comparator == Less || rest > 0 { // number × (denominator + k) > numerator × scale, or at least as great
		n++
	}
	return n - denominator, ok
}

// moreGood is the least k with which (numerator + k)/(denominator + k) meets a target that it misses.
func (t Target) moreGood(numerator, denominator int64) (int64, bool) {
	number, scale := uint64(t.Limit.Number), uint64(t.Limit.Scale)
	if scale <= number {
		return 0, false
	}
	hi1, lo1 := bits.Mul64(number, uint64(denominator))
	hi2, lo2 := bits.Mul64(scale, uint64(numerator))
	lo, borrow := bits.Sub64(lo1, lo2, 0)
	hi, _ := bits.Sub64(hi1, hi2, borrow)
	k, rest, ok := div(hi, lo, scale-number)
	if t.Comparator == Greater || rest > 0 { // k × (scale − number) > number × denominator − scale × numerator, or at least as great
		k++
	}
	return k, ok
}

// mulDiv is a × b / c and the remainder, for numbers that are not negative and c > 0; false where the quotient is beyond counting.
func mulDiv(a, b, c int64) (quotient, rest int64, ok bool) {
	hi, lo := bits.Mul64(uint64(a), uint64(b))
	return div(hi, lo, uint64(c))
}

func div(hi, lo, by uint64) (quotient, rest int64, ok bool) {
	if hi >= by {
		return 0, 0, false
	}
	q, r := bits.Div64(hi, lo, by)
	return int64(q), int64(r), q < math.MaxInt64
}

// MissesAllowed is how many misses the target allows among a denominator: the most with which it is met. There is none without data or a target.
func (r *Rule) MissesAllowed(denominator int64) (int64, bool) {
	if denominator <= 0 || r.Target.IsZero() {
		return 0, false
	}
	n, ok := r.Target.firstMissed(denominator)
	if r.Target.Good() {
		n = denominator - n
	}
	return n - 1, ok
}
