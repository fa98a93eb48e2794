package rules

import (
	"fmt"
	"strings"
)

// Rule sets a target for a metric over a window.
type Rule struct {
	Name   string
	Metric Metric
	Window Window
	Target Target

	// Warn is the rate from which on the state is AT_RISK; nil stands for 80 % of the limit of a "<" target and for none of a ">" one.
	Warn *Decimal
	// Resolve is the limit that must be met before a breach ends; nil stands for the target's.
	Resolve *Decimal

	MinDenominator int32 // below it, or below 1, there is NO_DATA
	Class          Class
	Provisional    bool // defects are still coming in for orders of its window
}

// Target is what a rate is to be: less than a limit, or greater.
type Target struct {
	Less  bool
	Limit Decimal
}

// String is the target as rules, alerts and reports have it: "< 0.025".
func (t Target) String() string { return string(t.AppendTo(nil)) }

// AppendTo appends what String gives.
func (t Target) AppendTo(dst []byte) []byte {
	if t.Less {
		return t.Limit.AppendTo(append(dst, "< "...))
	}
	return t.Limit.AppendTo(append(dst, "> "...))
}

// Met is whether a rate is on the target's right side, for a denominator > 0.
func (t Target) Met(numerator, denominator int64) bool {
	sign := t.Limit.compare(numerator, denominator)
	return t.Less && sign < 0 || !t.Less && sign > 0
}

// Missed is whether counts of a numerator and a denominator are what the target does not want: a miss of a "<" target is in the numerator, one of
// a ">" target in the denominator alone.
func (t Target) Missed(numerator, denominator int64) bool {
	if t.Less {
		return numerator > 0
	}
	return denominator > numerator
}

// Class is whether the marketplace's contract holds a seller to a rule.
type Class uint8

// The classes, numbered as in the schemas.
const (
	Contractual Class = iota // decides the recommended account status
	Advisory
	NumClasses
)

var classNames = [NumClasses]string{Contractual: "CONTRACTUAL", Advisory: "ADVISORY"}

// String is the class as alerts and reports have it; rule files have it in lower case.
func (c Class) String() string { return classNames[c] }

// Channel is the channel whose orders the rule counts.
func (r *Rule) Channel() Channel { return r.Metric.Channel() }

// WarnAt is the rate from which on the state is AT_RISK; false where there is none.
func (r *Rule) WarnAt() (Decimal, bool) {
	switch {
	case r.Warn != nil:
		return *r.Warn, true
	case r.Target.Less:
		return Decimal{8 * r.Target.Limit.Number, 10 * r.Target.Limit.Scale}, true
	default:
		return Decimal{}, false
	}
}

// ResolveAt is the target that ends a breach.
func (r *Rule) ResolveAt() Target {
	if r.Resolve == nil {
		return r.Target
	}
	return Target{Less: r.Target.Less, Limit: *r.Resolve}
}

// Next is the state that follows from counts and from the state before them.
func (r *Rule) Next(numerator, denominator int64, before State) State {
	target := r.Target
	if before == Breached {
		target = r.ResolveAt()
	}
	switch {
	case denominator < max(1, int64(r.MinDenominator)):
		return NoData
	case !target.Met(numerator, denominator):
		return Breached
	case r.warned(numerator, denominator):
		return AtRisk
	default:
		return OK
	}
}

func (r *Rule) warned(numerator, denominator int64) bool {
	warn, ok := r.WarnAt()
	if !ok {
		return false
	}
	sign := warn.compare(numerator, denominator)
	return r.Target.Less && sign >= 0 || !r.Target.Less && sign <= 0
}

// Canonical is the rule's definition as one line of text. Two rules of the same line come to the same states.
func (r *Rule) Canonical() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s %v over %dd lag %dd", r.Name, r.Metric, r.Target, r.Window.Count, r.Window.Lag)
	if warn, ok := r.WarnAt(); ok {
		fmt.Fprintf(&b, " warn %v", warn)
	}
	fmt.Fprintf(&b, " resolve %v min %d %v", r.ResolveAt().Limit, max(1, r.MinDenominator), r.Class)
	if r.Provisional {
		b.WriteString(" provisional")
	}
	return b.String()
}
