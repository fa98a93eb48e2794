package rules

// Comparator is on which side of a limit a rate is to be, and whether the limit itself is good enough.
type Comparator uint8

// The comparators.
const (
	Less Comparator = iota + 1
	AtMost
	Greater
	AtLeast
)

var comparatorTexts = [...]string{Less: "<", AtMost: "<=", Greater: ">", AtLeast: ">="}

// String is the comparator as targets have it: "<=".
func (c Comparator) String() string { return comparatorTexts[c] }

// Good is whether a rate is to be great: it then counts what is wanted.
func (c Comparator) Good() bool { return c >= Greater }

// Target is what a rate is to be. The zero value is no target.
type Target struct {
	Comparator Comparator
	Limit      Decimal
}

// IsZero is whether there is no target.
func (t Target) IsZero() bool { return t == Target{} }

// Good is whether a greater rate is a better one.
func (t Target) Good() bool { return t.Comparator.Good() }

// String is the target as rules, alerts and reports have it: "<= 0.025". That of none is empty.
func (t Target) String() string { return string(t.AppendTo(nil)) }

// AppendTo appends what String gives.
func (t Target) AppendTo(dst []byte) []byte {
	if t.IsZero() {
		return dst
	}
	return t.Limit.AppendTo(append(append(dst, t.Comparator.String()...), ' '))
}

// Met is whether a rate is on the target's right side, for a denominator > 0. No target is always met.
func (t Target) Met(numerator, denominator int64) bool {
	sign := t.Limit.compare(numerator, denominator)
	switch t.Comparator {
	case Less:
		return sign < 0
	case AtMost:
		return sign <= 0
	case Greater:
		return sign > 0
	case AtLeast:
		return sign >= 0
	default:
		return true
	}
}

// Misses is how many misses counts of a numerator and a denominator are: the numerator, or for a target that counts what is wanted what the denominator
// has beside it.
func (t Target) Misses(numerator, denominator int64) int64 {
	if t.Good() {
		return denominator - numerator
	}
	return numerator
}

// Missed is whether counts of a numerator and a denominator have a miss.
func (t Target) Missed(numerator, denominator int64) bool {
	return t.Misses(numerator, denominator) > 0
}
