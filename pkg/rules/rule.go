package rules

import "sellerpulse/pkg/windows"

// Rule sets a target, or levels, for a metric over a window, on some days. A Rule is one version of those of its name.
type Rule struct {
	Name   string // full: with that of its pack and a slash before it
	Pack   string
	Metric *Metric

	// Windows are those to choose from, of which there is at least one.
	Windows []Choice

	// Target is what must be met not to be breached; none for levels of which none is BREACHED.
	Target Target
	// Warn is the rate from which on the state is AT_RISK; nil stands for 80 % of the limit of a "<" or "<=" target and for none of others.
	Warn *Decimal
	// Resolve is the limit that must be met before a breach ends; nil stands for the target's.
	Resolve *Decimal
	// Levels are from the best down; none for a rule that has a target and what belongs to it.
	Levels []Level

	MinDenominator int64 // below it, or below 1, there is NO_DATA
	MinMisses      int64 // below it, or below 1, nothing is BREACHED
	Class          Class
	Provisional    bool // defects are still coming in for orders of its window

	Where    Where // the orders, claims and returns that count
	By       Field // a state for each value of it
	Evaluate Schedule

	From, Until *windows.Date // the first and the last day on which it is in force; nil for no such bound
}

// Choice is a window, and how great the denominator over it must be to choose it.
type Choice struct {
	Window   windows.Window
	MinTotal int64 // 0 for the last choice
}

// Window is the window of a rule that has but one; of others it is the last choice.
func (r *Rule) Window() windows.Window { return r.Windows[len(r.Windows)-1].Window }

// Choose is the first of the rule's windows whose denominator is great enough, and its counts, which are asked for window by window.
func (r *Rule) Choose(counts func(windows.Window) (numerator, denominator int64)) (w windows.Window, numerator, denominator int64) {
	for _, c := range r.Windows {
		w = c.Window
		if numerator, denominator = counts(w); denominator >= c.MinTotal {
			break
		}
	}
	return w, numerator, denominator
}

// InForce is whether the rule is in force on a day.
func (r *Rule) InForce(day windows.Date) bool {
	return within(r.From, r.Until, day)
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
func (r *Rule) Channel() Channel { return r.Metric.Channel }

// WarnAt is the rate from which on the state is AT_RISK; false where there is none.
func (r *Rule) WarnAt() (Decimal, bool) {
	switch {
	case r.Warn != nil:
		return *r.Warn, true
	case len(r.Levels) == 0 && !r.Target.Good() && r.Target.Limit.Number > 0:
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
	return Target{r.Target.Comparator, *r.Resolve}
}

// Next is where a seller stands by counts and by where it stood before them.
func (r *Rule) Next(numerator, denominator int64, before Standing) Standing {
	switch {
	case denominator < max(1, r.MinDenominator):
		return Standing{State: NoData}
	case len(r.Levels) > 0:
		return r.level(numerator, denominator)
	case r.breached(numerator, denominator, before.State):
		return Standing{State: Breached}
	case r.warned(numerator, denominator):
		return Standing{State: AtRisk}
	default:
		return Standing{State: OK}
	}
}

// level is the first level that the rate meets; with too few misses for a breach the last that is none.
func (r *Rule) level(numerator, denominator int64) Standing {
	enough := r.enoughMisses(numerator, denominator)
	var reached Standing
	for _, l := range r.Levels {
		if l.State == Breached && !enough {
			break
		}
		if reached = (Standing{l.State, l.Name}); l.Target.Met(numerator, denominator) {
			break
		}
	}
	return reached
}

func (r *Rule) breached(numerator, denominator int64, before State) bool {
	target := r.Target
	if before == Breached {
		target = r.ResolveAt()
	}
	return !target.Met(numerator, denominator) && r.enoughMisses(numerator, denominator)
}

func (r *Rule) enoughMisses(numerator, denominator int64) bool {
	return r.Misses(numerator, denominator) >= r.MinMisses
}

// Good is whether the numerator counts what is wanted.
func (r *Rule) Good() bool {
	if len(r.Levels) > 0 {
		return r.Levels[0].Target.Good()
	}
	return r.Target.Good()
}

// Misses is how many misses counts of a numerator and a denominator are.
func (r *Rule) Misses(numerator, denominator int64) int64 {
	if r.Good() {
		return denominator - numerator
	}
	return numerator
}

// warned is whether a rate reaches what warns; it does where it misses the target.
func (r *Rule) warned(numerator, denominator int64) bool {
	warn, ok := r.WarnAt()
	if !ok {
		return false
	}
	sign := warn.compare(numerator, denominator)
	if r.Target.Good() {
		return sign <= 0
	}
	return sign >= 0
}
