package oracle

import (
	"fmt"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"time"
)

// rule is a version of a rule as it is evaluated.
type rule struct {
	Rule
	name      string // full
	pack      string
	metric    *metric
	choices   []choice
	target    *target // nil of a rule with levels
	warn      *target
	resolve   *target
	levels    []level
	where     []*Where // the pack's and its own: all must hold
	reasons   reasons
	from      Day
	until     Day
	evaluates func(Day) bool // nil: after each event and instant
	measure   string
}

type choice struct {
	span
	minTotal int
}

type level struct {
	name   string
	target *target // nil of the last
	state  State
}

func newRule(source Rule, pack string, m *metric, where *Where) *rule {
	r := &rule{Rule: source, name: fullName(pack, string(source.Name)), pack: pack, metric: m, from: -1 << 30, until: 1 << 30}
	lag := 0
	if source.Lag != "" {
		lag = spanOf(source.Lag, 0).count
	}
	for _, c := range source.Window {
		r.choices = append(r.choices, choice{spanOf(c.Days, lag), c.MinTotal})
	}
	r.where = []*Where{where, &r.Where}
	r.reasons = reasonsNamed(where.Reason).and(reasonsNamed(source.Where.Reason))
	if source.From != "" {
		r.from = dayNamed(source.From)
	}
	if source.Until != "" {
		r.until = dayNamed(source.Until)
	}
	r.evaluates = daysNamed(source.Evaluate)
	r.measure = measure(m, r.where, source.By)
	r.aim()
	return r
}

// aim reads what is to be met.
func (r *rule) aim() {
	for _, l := range r.Levels {
		read := level{name: string(l.Level), state: State(strings.ToUpper(string(l.State)))}
		if l.Target != "" {
			read.target = targetOf(l.Target)
		}
		r.levels = append(r.levels, read)
	}
	if r.Target == "" {
		return
	}
	t := targetOf(r.Target)
	r.target, r.resolve = t, t
	if r.Resolve != "" {
		r.resolve = t.with(decimal(r.Resolve))
	}
	// At the warning itself it warns: what does not warn is strictly better.
	switch {
	case r.Warn != "":
		r.warn = &target{t.op[:1], decimal(r.Warn)}
	case t.op[0] == '<' && t.limit.Sign() > 0:
		r.warn = &target{"<", new(big.Rat).Mul(t.limit, big.NewRat(8, 10))}
	}
}

func dayNamed(text Text) Day {
	at, err := time.Parse(time.DateOnly, string(text))
	if err != nil {
		panic("oracle: no such day: " + string(text))
	}
	return dayOf(at.Date())
}

// daysNamed are the days on which a rule moves: nil for all the time.
func daysNamed(text Text) func(Day) bool {
	every, day, _ := strings.Cut(string(text), " ")
	switch every {
	case "", "always":
		return nil
	case "weekly":
		return func(d Day) bool { return strings.ToLower(d.weekday().String()[:3]) == day }
	case "monthly":
		return func(d Day) bool { return strconv.Itoa(d.utc().Day()) == day }
	}
	panic("oracle: no such days: " + string(text))
}

// measure names what is counted for a rule, or for a metric in reports: a metric as it is defined, of some orders, by the values of a field.
func measure(m *metric, where []*Where, by Text) string {
	text := m.definition + " by " + string(by)
	for _, w := range where {
		if w.list("channel") != nil || w.list("marketplace") != nil || w.list("ship_country") != nil || w.list("product_line") != nil || w.Reason != nil {
			text += fmt.Sprintf(" where %+v", *w)
		}
	}
	return text
}

// counts is whether an order is one of those that count for the rule.
func (r *rule) counts(f *facts) bool {
	if !ofChannel(f, r.metric.channel) {
		return false
	}
	for _, w := range r.where {
		if !w.holds(f) {
			return false
		}
	}
	return true
}

// partsOf are the values for each of which the rule has a state that an order has.
func (r *rule) partsOf(f *facts) []part {
	if r.By == "" {
		return []part{{}}
	}
	var parts []part
	for _, value := range f.valuesOf(r.By) {
		listed := !slices.ContainsFunc(r.where, func(w *Where) bool { return w.list(r.By) != nil && !w.list(r.By).has(value) })
		if listed {
			parts = append(parts, part{value, true})
		}
	}
	return parts
}
