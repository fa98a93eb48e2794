package oracle

import (
	"math/big"
	"strings"
)

// target is a side of a limit: op is <, <=, > or >=.
type target struct {
	op    string
	limit *big.Rat
}

func targetOf(text Text) *target {
	limit := strings.TrimLeft(string(text), "<>= ")
	return &target{strings.TrimSpace(strings.TrimSuffix(string(text), limit)), decimal(Text(limit))}
}

func decimal(text Text) *big.Rat {
	r, ok := new(big.Rat).SetString(string(text))
	if !ok {
		panic("oracle: no such decimal: " + string(text))
	}
	return r
}

// with is the same side of another limit.
func (t *target) with(limit *big.Rat) *target { return &target{t.op, limit} }

// String is the contract's text of what is to be met, nothing without a target.
func (t *target) String() string {
	if t == nil {
		return ""
	}
	for digits := 0; ; digits++ {
		text := t.limit.FloatString(digits)
		if exact, _ := new(big.Rat).SetString(text); exact.Cmp(t.limit) == 0 || digits == 18 {
			return t.op + " " + text
		}
	}
}

// met is whether a rate is on the right side.
func (t *target) met(numerator, denominator int) bool {
	c := big.NewRat(int64(numerator), int64(denominator)).Cmp(t.limit)
	switch t.op {
	case "<":
		return c < 0
	case "<=":
		return c <= 0
	case ">":
		return c > 0
	case ">=":
		return c >= 0
	}
	panic("oracle: no such comparison: " + t.op)
}

// standing is where a seller stands with a rule.
type standing struct {
	state State
	level string // empty for none
}

// isAlert is whether a change is published: of state or level, while the old or the new state is a breach or a risk.
func isAlert(before, now standing) bool {
	matters := func(s standing) bool { return s.state == Breached || s.state == AtRisk }
	return before != now && (matters(before) || matters(now))
}

// next is the standing that follows a standing.
func (r *rule) next(before standing, numerator, denominator int) standing {
	misses := r.metric.misses(numerator, denominator)
	switch {
	case denominator < max(1, r.MinDenominator):
		return standing{state: NoData}
	case r.levels != nil:
		return r.levelOf(numerator, denominator, misses)
	case misses >= max(1, r.MinMisses) && !r.target.met(numerator, denominator),
		misses >= max(1, r.MinMisses) && before.state == Breached && !r.resolve.met(numerator, denominator):
		return standing{state: Breached}
	case r.warn != nil && !(r.warn.met(numerator, denominator) && r.target.met(numerator, denominator)):
		return standing{state: AtRisk}
	}
	return standing{state: OK}
}

// levelOf is the first level that is met; with few misses the last that is no breach, if that is a better one.
func (r *rule) levelOf(numerator, denominator, misses int) standing {
	i := 0
	for r.levels[i].target != nil && !r.levels[i].target.met(numerator, denominator) {
		i++
	}
	for misses < max(1, r.MinMisses) && r.levels[i].state == Breached {
		i--
	}
	return standing{r.levels[i].state, r.levels[i].name}
}

// aimed is what must be met not to be breached; nil where nothing is a breach.
func (r *rule) aimed() *target {
	if r.levels == nil {
		return r.target
	}
	var last *target
	for _, l := range r.levels {
		if l.state != Breached {
			last = l.target
		}
	}
	return last
}
