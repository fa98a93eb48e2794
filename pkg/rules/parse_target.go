package rules

import (
	"errors"
	"fmt"
	"strings"
)

// ParseTarget reads a target, such as "< 0.025" or ">= 0.9". It must be one that can be met and missed.
func ParseTarget(text string) (Target, error) {
	limit := strings.TrimLeft(text, "<>=!~≤≥≠")
	comparison := strings.TrimSuffix(text, limit)
	t := Target{}
	for c := Less; c <= AtLeast; c++ {
		if c.String() == comparison {
			t.Comparator = c
		}
	}
	switch {
	case comparison == "":
		return Target{}, fmt.Errorf(`%q is not a target: write it like "< 0.025" or ">= 0.9"`, text)
	case t.Comparator == 0:
		return Target{}, fmt.Errorf(`unknown comparison %q in %q: use "<", "<=", ">" or ">="`, comparison, text)
	}
	var err error
	if t.Limit, err = ParseDecimal(strings.TrimLeft(limit, " ")); err != nil {
		return t, fmt.Errorf("the limit of %q is %w", text, err)
	}
	return t, t.checkLimit()
}

func (t Target) checkLimit() error {
	none, all := t.Limit.Number == 0, t.Limit.Number == t.Limit.Scale
	switch {
	case t.Comparator == Less && none:
		return errors.New("no rate is less than 0: use a greater limit, or <=")
	case t.Comparator == Greater && all:
		return errors.New("no rate is greater than 1: use a smaller limit, or >=")
	case t.Comparator == AtMost && all:
		return errors.New("every rate is at most 1: use a smaller limit, or <")
	case t.Comparator == AtLeast && none:
		return errors.New("every rate is at least 0: use a greater limit, or >")
	default:
		return nil
	}
}

func (v value) target() (Target, error) {
	text, err := v.text()
	if err != nil {
		return Target{}, err
	}
	t, err := ParseTarget(text)
	if err != nil {
		return Target{}, v.wrong("%v", err)
	}
	return t, nil
}

func readTarget(r *ruleReader, v value) (err error) {
	if r.Target, err = v.target(); err != nil {
		return err
	}
	return r.checkSide(v, r.Target)
}

// checkSide checks that a target wants what the metric counts to be many, or few.
func (r *ruleReader) checkSide(v value, t Target) error {
	switch {
	case t.Good() == r.Metric.Good:
		return nil
	case r.Metric.Good:
		return v.wrong("metric %s counts what is good, so that the rate is to be high: use > or >= instead of %v", r.Metric.Name, t.Comparator)
	default:
		return v.wrong("metric %s counts what is bad, so that the rate is to be low: use < or <= instead of %v", r.Metric.Name, t.Comparator)
	}
}

func (v value) rate() (Decimal, error) {
	text, err := v.text()
	if err != nil {
		return Decimal{}, err
	}
	d, err := ParseDecimal(text)
	if err != nil {
		return Decimal{}, v.wrong("%q is %v", text, err)
	}
	return d, nil
}

func readWarn(r *ruleReader, v value) error {
	if r.Target.IsZero() {
		return nil // That is told of the rule.
	}
	warn, err := v.rate()
	if err != nil {
		return err
	}
	switch side := warn.compareTo(r.Target.Limit); {
	case !r.Target.Good() && (side > 0 || warn.Number == 0):
		return v.wrong("%v warns too late or always: for %q use a rate above 0 and up to %v", warn, r.Target, r.Target.Limit)
	case r.Target.Good() && (side < 0 || warn.Number == warn.Scale):
		return v.wrong("%v warns too late or always: for %q use a rate from %v on and below 1", warn, r.Target, r.Target.Limit)
	}
	r.Warn = &warn
	return nil
}

func readResolve(r *ruleReader, v value) error {
	if r.Target.IsZero() {
		return nil // That is told of the rule.
	}
	resolve, err := v.rate()
	if err != nil {
		return err
	}
	if harder := (Target{r.Target.Comparator, resolve}); r.Target.looser(harder) {
		if err := harder.checkLimit(); err != nil {
			return v.wrong("%v", err)
		}
	} else if resolve != r.Target.Limit {
		return v.wrong("%v would end a breach while %q is missed: use the limit or what is harder to meet", resolve, r.Target)
	}
	r.Resolve = &resolve
	return nil
}

// looser is whether a target is easier to meet than another of the same comparator.
func (t Target) looser(than Target) bool {
	side := t.Limit.compareTo(than.Limit)
	return t.Good() && side < 0 || !t.Good() && side > 0
}
