package rules

import (
	"math"
	"math/bits"

	"sellerpulse/pkg/windows"
)

// DefectsToBreach is how many more misses, at the same denominator, make a breach: the least k ≥ 0 such that numerator + k, for a ">"
// target numerator − k, is breached. There is none without data.
func (r *Rule) DefectsToBreach(numerator, denominator int64, state State) (int64, bool) {
	switch limit := r.Target.Limit; {
	case state == NoData:
		return 0, false
	case state == Breached || !r.Target.Met(numerator, denominator):
		return 0, true
	case !r.Target.Good(): // the least n with n × scale ≥ limit × denominator
		n, rest, ok := mulDiv(limit.Number, denominator, limit.Scale)
		if rest > 0 {
			n++
		}
		return n - numerator, ok
	default: // the greatest n with n × scale ≤ limit × denominator
		n, _, ok := mulDiv(limit.Number, denominator, limit.Scale)
		return numerator - n, ok
	}
}

// OrdersToRecover is how many more clean orders, shipments or returns, as the metric counts, end a breach: the least k such that
// numerator/(denominator + k), for a ">" target (numerator + k)/(denominator + k), is not breached any more. There is none but for
// BREACHED, and where no number of them does it.
func (r *Rule) OrdersToRecover(numerator, denominator int64, state State) (int64, bool) {
	target := r.ResolveAt()
	number, scale := target.Limit.Number, target.Limit.Scale
	switch {
	case state != Breached:
		return 0, false
	case r.Next(numerator, denominator, Standing{State: Breached}).State != Breached:
		return 0, true
	case !target.Good(): // the least k with number × (denominator + k) > numerator × scale
		if number == 0 {
			return 0, false
		}
		n, _, ok := mulDiv(numerator, scale, number)
		return n + 1 - denominator, ok
	default: // the least k with k × (scale − number) > number × denominator − scale × numerator
		if scale <= number {
			return 0, false
		}
		hi1, lo1 := bits.Mul64(uint64(number), uint64(denominator))
		hi2, lo2 := bits.Mul64(uint64(scale), uint64(numerator))
		lo, borrow := bits.Sub64(lo1, lo2, 0)
		hi, _ := bits.Sub64(hi1, hi2, borrow)
		k, _, ok := div(hi, lo, uint64(scale-number))
		return k + 1, ok
	}
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

// MissesAllowed is how many misses the target allows among a denominator: the most with which it is met. There is none without data, nor where
// none do.
func (r *Rule) MissesAllowed(denominator int64) (int64, bool) {
	if denominator <= 0 {
		return 0, false
	}
	n, rest, ok := mulDiv(r.Target.Limit.Number, denominator, r.Target.Limit.Scale)
	if r.Target.Good() { // the greatest n with n × scale ≤ limit × denominator is one too few
		return denominator - n - 1, ok
	}
	if rest > 0 { // the least n with n × scale ≥ limit × denominator is one too many
		n++
	}
	return n - 1, ok
}

// RecoversOn is the first later day at whose start a breach of today would be over if only the window slid over today's counts. No data
// counts as over, so it is at the latest the day on which the last date with counts leaves the window. It is false where there is no
// breach to end.
//
// counts sums over order dates, both inclusive; last is the newest date that has any. It is called with today's window and with each
// date that moves, not with each window. A day that the zone leaves out has no start.
func (r *Rule) RecoversOn(zone *windows.Calendar, today, last windows.Date, counts func(from, to windows.Date) (numerator, denominator int64)) (windows.Date, bool) {
	day, ok := r.recoversOn(today, last, counts)
	for ok && !zone.Has(day) {
		day++
		if numerator, denominator := counts(r.Window().Range(day)); r.Next(numerator, denominator, Standing{State: Breached}).State == Breached {
			day, ok = r.recoversOn(day, last, counts)
		}
	}
	return day, ok
}

// recoversOn is RecoversOn where the zone leaves no day out.
func (r *Rule) recoversOn(today, last windows.Date, counts func(from, to windows.Date) (numerator, denominator int64)) (windows.Date, bool) {
	from, to := r.Window().Range(today)
	numerator, denominator := counts(from, to)
	if r.Next(numerator, denominator, Standing{State: Breached}).State != Breached {
		return 0, false
	}
	for today++; ; today++ {
		n, d := counts(from, from)
		numerator, denominator = numerator-n, denominator-d
		from, to = from+1, to+1
		if to <= last {
			n, d = counts(to, to)
			numerator, denominator = numerator+n, denominator+d
		}
		if r.Next(numerator, denominator, Standing{State: Breached}).State != Breached || from > last {
			return today, true
		}
	}
}
