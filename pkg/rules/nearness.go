package rules

import (
	"math"
	"math/bits"
)

// Nearness is how much of what a target allows has been used, in millionths, rounded down: of the limit itself for a "<" target, of the misses that
// are left below 1 for a ">" one. It orders sellers under rules of any metric and target by how near they are to a breach.
type Nearness int64

// AtLimit is the least nearness of a rate that misses its target.
const AtLimit Nearness = 1_000_000

// Nearness is how near counts are to a breach: AtLimit or more exactly when they do not meet the target. 2 of 400 against "< 0.01" have used half of the
// limit: 500,000; so have 390 of 400 against "> 0.95", 10 misses of the 20 at which it is missed. Where the limit itself is good enough it is just below
// AtLimit there. A target that allows nothing and is missed is the greatest there is. It is false without a denominator, and for no target.
func (t Target) Nearness(numerator, denominator int64) (Nearness, bool) {
	if denominator <= 0 || t.IsZero() {
		return 0, false
	}
	used, allowed := numerator, t.Limit.Number
	if t.Good() {
		used, allowed = max(0, denominator-numerator), t.Limit.Scale-t.Limit.Number
	}
	near := Nearness(math.MaxInt64)
	if allowed > 0 {
		near = portion(used, t.Limit.Scale, allowed, denominator)
	} else if used == 0 && t.Comparator != Less && t.Comparator != Greater {
		near = 0
	}
	if t.Met(numerator, denominator) {
		near = min(near, AtLimit-1)
	}
	return near, true
}

// portion is used × scale × AtLimit / (allowed × denominator): what is divided has up to 114 bits. Dividing twice and rounding down twice is dividing once.
func portion(used, scale, allowed, denominator int64) Nearness {
	high, low := bits.Mul64(uint64(used), uint64(scale)*uint64(AtLimit))
	high, low = divide(high, low, uint64(allowed))
	high, low = divide(high, low, uint64(denominator))
	if high > 0 || low > math.MaxInt64 {
		return math.MaxInt64
	}
	return Nearness(low)
}

// Nearness is how near counts are to a breach of the rule, whatever came before them: AtLimit or more exactly when there are data enough and they are one.
// Of rate and number of misses it is that of which less is used.
func (r *Rule) Nearness(numerator, denominator int64) (Nearness, bool) {
	near, ok := r.Target.Nearness(numerator, denominator)
	if !ok || denominator < r.MinDenominator {
		return 0, false
	}
	if r.MinMisses > 1 {
		near = min(near, portion(r.Misses(numerator, denominator), 1, r.MinMisses, 1))
	}
	return near, true
}

// divide is the quotient of a number of 128 bits.
func divide(high, low, by uint64) (quotientHigh, quotientLow uint64) {
	quotientLow, _ = bits.Div64(high%by, low, by)
	return high / by, quotientLow
}
