package rules

import (
	"fmt"
	"regexp"
	"strings"

	"sellerpulse/pkg/windows"
)

// Canonical is the rule's definition as one line of text. Two rules of the same line come to the same states. What is not said by a rule is not in it,
// so that the line of a rule stays what it was when rules can say more: states keep it.
func (r *Rule) Canonical() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s%s", r.Name, r.Metric, r.Metric.definition())
	if len(r.Levels) == 0 {
		fmt.Fprintf(&b, " %v", r.Target)
	}
	for i, c := range r.Windows {
		b.WriteString([]string{" over ", " else "}[min(i, 1)])
		fmt.Fprintf(&b, "%s lag %dd", lengthText(c.Window), c.Window.Lag)
		if c.MinTotal > 0 {
			fmt.Fprintf(&b, " from %d on", c.MinTotal)
		}
	}
	r.canonicalLimits(&b)
	fmt.Fprintf(&b, " min %d %v", max(1, r.MinDenominator), r.Class)
	if r.Provisional {
		b.WriteString(" provisional")
	}
	if r.MinMisses > 1 {
		fmt.Fprintf(&b, " misses %d", r.MinMisses)
	}
	r.canonicalScope(&b)
	return b.String()
}

func (r *Rule) canonicalLimits(b *strings.Builder) {
	for _, l := range r.Levels {
		fmt.Fprintf(b, " level %s %v %v", l.Name, l.Target, l.State)
	}
	if warn, ok := r.WarnAt(); ok {
		fmt.Fprintf(b, " warn %v", warn)
	}
	if len(r.Levels) == 0 {
		fmt.Fprintf(b, " resolve %v", r.ResolveAt().Limit)
	}
}

// canonicalScope is what the rule is about, and when.
func (r *Rule) canonicalScope(b *strings.Builder) {
	if !r.Where.IsZero() {
		fmt.Fprintf(b, " where %v", &r.Where)
	}
	if r.By != NoField {
		fmt.Fprintf(b, " by %v", r.By)
	}
	if !r.Evaluate.Always() {
		fmt.Fprintf(b, " evaluate %v", r.Evaluate)
	}
	if r.From != nil {
		fmt.Fprintf(b, " from %v", *r.From)
	}
	if r.Until != nil {
		fmt.Fprintf(b, " until %v", *r.Until)
	}
}

var (
	quotedText = regexp.MustCompile(`"(\\.|[^"\\])*"`)
	fromText   = regexp.MustCompile(` from (\d{4,}-\d\d-\d\d)`)
	untilText  = regexp.MustCompile(` until (\d{4,}-\d\d-\d\d)`)
)

// Scope tells of a rule by its canonical definition, which is all that a state keeps of it, whether a version is in force on a day, and whether the rule has
// parts.
func Scope(canonical string, day windows.Date) (inForce, parts bool) {
	for line := range strings.Lines(quotedText.ReplaceAllString(canonical, "")) {
		from, until := dateIn(line, fromText, minDate), dateIn(line, untilText, maxDate)
		inForce = inForce || from <= day && day <= until
		parts = parts || strings.Contains(line, " by ")
	}
	return inForce, parts
}

func dateIn(line string, after *regexp.Regexp, otherwise windows.Date) windows.Date {
	if found := after.FindStringSubmatch(line); found != nil {
		if date, err := windows.ParseDate(found[1]); err == nil {
			return date
		}
	}
	return otherwise
}

// definition is what a pack's metric counts, after its name; empty for a built-in one.
func (m *Metric) definition() string {
	if m == nil || FindMetric(m.Name) == m {
		return ""
	}
	unless := ""
	if m.Unless != 0 {
		unless = fmt.Sprintf(" unless %v", m.Unless)
	}
	return fmt.Sprintf(" (%s: %s %v%s of %v, %v)", m.Unit, m.numeratorKey(), m.Facts, unless, m.Total, m.Channel)
}

// numeratorKey is the key that names what the numerator counts.
func (m *Metric) numeratorKey() string {
	if m.Good {
		return "good"
	}
	return "bad"
}

// String is the filter in one line, as rule files have it: "channel [MFN], reason [NOT_RECEIVED]".
func (w *Where) String() string {
	var parts []string
	for _, key := range listKeys {
		if list := *w.list(key); list != nil {
			parts = append(parts, fmt.Sprintf("%s %q", key, list))
		}
	}
	if w.Reasons != 0 {
		parts = append(parts, fmt.Sprintf("reason %q", reasonsOf(w.Reasons)))
	}
	return strings.Join(parts, ", ")
}

// reasonsOf are the reasons of a set by name, in the order of their names; nil for one that is no restriction.
func reasonsOf(s windows.ReasonSet) (names []string) {
	for _, name := range reasonNames() {
		if s != 0 && s.Holds(reasonNamed(name)) {
			names = append(names, name)
		}
	}
	return names
}
