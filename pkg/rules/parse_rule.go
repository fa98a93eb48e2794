package rules

import (
	"errors"
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"

	"sellerpulse/internal/yamltext"
)

// ruleKeys are the keys of a rule, in the order in which they are read.
var ruleKeys = []string{"name", "metric", "window", "lag", "target", "class", "provisional", "warn", "resolve", "min_denominator"}

var required = []string{"name", "metric", "window", "target", "class"}

// readers read the value of a key. Those of warn and resolve need the target, which comes before them.
var readers = map[string]func(*Rule, string) error{
	"name":   readName,
	"metric": func(r *Rule, text string) (err error) { r.Metric, err = ParseMetric(text); return err },
	"window": func(r *Rule, text string) (err error) {
		r.Windows[0].Window.Count, err = parseDays(text, 1)
		return err
	},
	"lag":             func(r *Rule, text string) (err error) { r.Windows[0].Window.Lag, err = parseDays(text, 0); return err },
	"target":          func(r *Rule, text string) (err error) { r.Target, err = ParseTarget(text); return err },
	"class":           readClass,
	"provisional":     readProvisional,
	"warn":            readWarn,
	"resolve":         readResolve,
	"min_denominator": readMinDenominator,
}

func parseRule(node *yamltext.Node, retentionDays int) (*Rule, error) {
	fields, err := fieldsOf(node, ruleKeys)
	if err != nil {
		return nil, err
	}
	for _, key := range required {
		if fields[key] == nil {
			return nil, at(node.Line, fmt.Errorf("a rule without %s: add it", key))
		}
	}
	r := &Rule{Windows: make([]Choice, 1), MinDenominator: 1, MinMisses: 1}
	for _, key := range ruleKeys {
		if fields[key] == nil {
			continue
		}
		text, err := scalar(fields[key])
		if err == nil {
			err = readers[key](r, text)
		}
		if err != nil {
			return nil, at(fields[key].Line, fmt.Errorf("%s: %w", key, err))
		}
	}
	if err := r.checkRetention(retentionDays); err != nil {
		return nil, at(fields["window"].Line, err)
	}
	return r, nil
}

var namePattern = regexp.MustCompile(fmt.Sprintf(`^[a-z0-9-]{1,%d}$`, MaxNameBytes))

func readName(r *Rule, text string) error {
	if !namePattern.MatchString(text) {
		return fmt.Errorf("%q is no name of a rule: use 1 to %d of a-z, 0-9 and -", text, MaxNameBytes)
	}
	r.Name = text
	return nil
}

func parseDays(text string, least int32) (int32, error) {
	number, ok := strings.CutSuffix(text, "d")
	n, err := strconv.ParseUint(number, 10, 16)
	if !ok || err != nil || int32(n) < least {
		return 0, fmt.Errorf("%q is not a number of days from %d on: write it like 30d", text, least)
	}
	return int32(n), nil
}

// ParseTarget reads a target, such as "< 0.025". It must be one that can be met and missed.
func ParseTarget(text string) (Target, error) {
	limit := strings.TrimLeft(text, "<>=!~≤≥≠")
	comparison := strings.TrimSuffix(text, limit)
	switch comparison {
	case "<", ">":
	case "":
		return Target{}, fmt.Errorf(`%q is not a target: write it like "< 0.025" or "> 0.95"`, text)
	default:
		return Target{}, fmt.Errorf(`unknown comparison %q in %q: use "<" or ">"; where the limit itself is good enough, put it a little further: 0.025 meets "< 0.025000001"`,
			comparison, text)
	}
	t := Target{Comparator: Less}
	if comparison == ">" {
		t.Comparator = Greater
	}
	var err error
	if t.Limit, err = ParseDecimal(strings.TrimLeft(limit, " ")); err != nil {
		return t, fmt.Errorf("the limit of %q is %w", text, err)
	}
	return t, t.checkLimit()
}

func (t Target) checkLimit() error {
	switch {
	case !t.Good() && t.Limit.Number == 0:
		return errors.New("no rate is less than 0: use a greater limit")
	case t.Good() && t.Limit.Number == t.Limit.Scale:
		return errors.New("no rate is greater than 1: use a smaller limit")
	default:
		return nil
	}
}

func readClass(r *Rule, text string) error {
	for c := range NumClasses {
		if strings.ToLower(classNames[c]) == text {
			r.Class = c
			return nil
		}
	}
	return fmt.Errorf("%q is no class: use contractual or advisory", text)
}

func readProvisional(r *Rule, text string) error {
	switch text {
	case "true", "True", "TRUE": // as YAML has it
		r.Provisional = true
	case "false", "False", "FALSE":
		r.Provisional = false
	default:
		return fmt.Errorf("%q is neither true nor false", text)
	}
	return nil
}

func readWarn(r *Rule, text string) error {
	warn, err := ParseDecimal(text)
	switch {
	case err != nil:
		return fmt.Errorf("%q is %w", text, err)
	case !r.Target.Good() && (warn.compareTo(r.Target.Limit) > 0 || warn.Number == 0):
		return fmt.Errorf("%v warns too late or always: for %q use a rate above 0 and up to %v", warn, r.Target, r.Target.Limit)
	case r.Target.Good() && (warn.compareTo(r.Target.Limit) < 0 || warn.Number == warn.Scale):
		return fmt.Errorf("%v warns too late or always: for %q use a rate from %v on and below 1", warn, r.Target, r.Target.Limit)
	}
	r.Warn = &warn
	return nil
}

func readResolve(r *Rule, text string) error {
	resolve, err := ParseDecimal(text)
	if err != nil {
		return fmt.Errorf("%q is %w", text, err)
	}
	side := resolve.compareTo(r.Target.Limit)
	if !r.Target.Good() && side > 0 || r.Target.Good() && side < 0 {
		return fmt.Errorf("%v would end a breach while %q is missed: use the limit or what is harder to meet", resolve, r.Target)
	}
	if err := (Target{r.Target.Comparator, resolve}).checkLimit(); err != nil {
		return err
	}
	r.Resolve = &resolve
	return nil
}

func readMinDenominator(r *Rule, text string) error {
	n, err := strconv.ParseUint(text, 10, 31)
	if err != nil || n == 0 {
		return fmt.Errorf("%q is not a whole number from 1 to %d", text, math.MaxInt32)
	}
	r.MinDenominator = int64(n)
	return nil
}
