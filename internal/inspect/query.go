package inspect

import (
	"fmt"
	"slices"

	"sellerpulse/internal/state"
	"sellerpulse/pkg/events"
	"sellerpulse/pkg/plan"
	"sellerpulse/pkg/rules"
	"sellerpulse/pkg/windows"
)

// Part is which of a number's orders are asked for.
type Part string

// The parts.
const (
	Numerator   Part = "numerator"
	Denominator Part = "denominator"
	Miss        Part = "miss" // what the target does not want: in the numerator, or of a rate that is to be high, in the denominator alone
	All         Part = "all"  // every order of the dates, also one that is not counted
)

// ParsePart finds the part of a name.
func ParsePart(name string) (Part, error) {
	switch part := Part(name); part {
	case Numerator, Denominator, Miss, All:
		return part, nil
	}
	return "", &QueryError{"part", fmt.Sprintf("%q is none: use numerator, denominator, miss or all", name)}
}

// OrdersQuery asks for the orders behind a number.
type OrdersQuery struct {
	// Rule or Metric say which number; one of them, or, for Part All, neither.
	Rule   string
	Metric *rules.Metric
	Part   Part // default Miss; All where neither a rule nor a metric is given

	// Value says which of a rule's parts; it is given for a rule that has parts, and for no other.
	Value *string

	// From and To are order dates, both inclusive; default those of the rule's window today, else those of the first window over which a report gives
	// the metric, else all that are kept. With one of them given the other is as far as orders are kept.
	From, To    *windows.Date
	Channel     *rules.Channel // default the metric's
	ProductLine *string        // nil for all of them

	Limit  int    // orders of a page
	Cursor string // of the page before; empty for the first
}

// selection is what a query comes to.
type selection struct {
	rule   *plan.Version // nil where none is asked for
	metric *rules.Metric
	part   Part
	good   bool // a miss is in the denominator alone
	span   state.Span

	counter
	line  *string
	of    windows.Part // the rule's part
	limit int
}

// resolve finds out what is asked for.
func (p *Partition) resolve(head *Head, q *OrdersQuery) (s selection, err error) {
	s.part, s.metric, s.line = q.Part, q.Metric, q.ProductLine
	if s.limit = q.Limit; s.limit == 0 {
		s.limit = p.options.PageOrders
	}
	if s.limit < 1 || s.limit > p.options.MaxPage {
		return s, &QueryError{"limit", fmt.Sprintf("%d is not from 1 to %d", q.Limit, p.options.MaxPage)}
	}
	if err := p.resolveMetric(&s, q, head.Today); err != nil {
		return s, err
	}
	if s.metric != nil {
		if err := p.resolveCounter(&s, q.Value); err != nil {
			return s, err
		}
	}
	if q.Channel != nil {
		s.channel = *q.Channel
	}
	s.span, err = p.dates(&s, head, q)
	return s, err
}

// resolveCounter finds out what is counted.
func (p *Partition) resolveCounter(s *selection, value *string) error {
	if s.rule != nil {
		s.counter = counterOfRule(s.rule)
		return s.resolvePart(value)
	}
	var ok bool
	if s.counter, ok = p.counterOf(s.metric); !ok {
		return &QueryError{"metric", fmt.Sprintf("%q is none of those of the rules in force", s.metric)}
	}
	return nil
}

// resolvePart finds out which part of the rule is asked for.
func (s *selection) resolvePart(value *string) error {
	switch parts := s.rule.Field != windows.NoField; {
	case parts && value == nil:
		return &QueryError{"value", fmt.Sprintf("rule %q has a state for each value of %v: give one", s.rule.Name, s.rule.Field)}
	case !parts && value != nil:
		return &QueryError{"value", fmt.Sprintf("rule %q has no parts: give none", s.rule.Name)}
	case s.line != nil && !s.rule.Plain():
		return &QueryError{"product_line", fmt.Sprintf("rule %q is not counted by product line: ask for its metric", s.rule.Name)}
	case parts:
		s.of = windows.Part{Field: s.rule.Field, Value: *value}
	}
	return nil
}

func (p *Partition) resolveMetric(s *selection, q *OrdersQuery, today windows.Date) error {
	switch {
	case q.Rule != "" && q.Metric != nil:
		return &QueryError{"rule", "there is a metric too: give one of them"}
	case q.Rule != "":
		if s.rule = p.version(q.Rule, today); s.rule == nil {
			return &QueryError{"rule", fmt.Sprintf("%q is not in force: use one of those that the seller's rules list", q.Rule)}
		}
		s.metric, s.good = s.rule.Metric, s.rule.Good()
	case q.Metric != nil:
		s.good = q.Metric.Good
	}
	switch s.part {
	case "":
		if s.part = Miss; s.metric == nil {
			s.part = All
		}
	case All:
	default:
		if _, err := ParsePart(string(s.part)); err != nil {
			return err
		}
		if s.metric == nil {
			return &QueryError{"part", fmt.Sprintf("%q of what: give a metric or a rule, or ask for all", s.part)}
		}
	}
	return nil
}

// dates are those that are asked for.
func (p *Partition) dates(s *selection, head *Head, q *OrdersQuery) (state.Span, error) {
	span := head.everything()
	if q.From == nil && q.To == nil {
		switch {
		case s.rule != nil:
			span.From, span.To = s.rule.Window().Range(head.Today)
		case s.metric != nil:
			span.From, span.To = p.reported(s.metric).Range(head.Today)
		}
		return span, nil
	}
	if q.From != nil {
		span.From = *q.From
	}
	if q.To != nil {
		span.To = *q.To
	}
	return head.span(span.From, span.To)
}

// reported is the first window over which a report gives a metric.
func (p *Partition) reported(m *rules.Metric) windows.Window {
	i := slices.IndexFunc(p.plan.Metrics, func(r plan.Reported) bool { return r.Metric == m })
	return p.plan.Metrics[i].Over(p.options.RetentionDays)[0]
}

// miss is whether counts of a numerator and a denominator have a miss.
func (s *selection) miss(numerator, denominator int64) bool {
	if s.good {
		numerator = denominator - numerator
	}
	return numerator > 0
}

// has is whether counts have any of the part.
func (s *selection) has(numerator, denominator int64) bool {
	switch s.part {
	case Numerator:
		return numerator > 0
	case Denominator:
		return denominator > 0
	case Miss:
		return s.miss(numerator, denominator)
	default:
		return true
	}
}

// ofOrder is what an order that counts so much adds to the numerator and the denominator.
func (s *selection) ofOrder(sums windows.Sums) (numerator, denominator int64) {
	if s.metric == nil {
		return 0, 0
	}
	return int64(sums[s.numerator]), int64(sums[s.denominator])
}

// inChannel is whether orders of a channel are asked for.
func (s *selection) inChannel(c events.Channel) bool {
	return s.channel.Of() == 0 || s.channel.Of() == c
}

// inLine is whether an order is of the product line that is asked for.
func (s *selection) inLine(o *windows.Order) bool {
	if s.line == nil {
		return true
	}
	for i := range o.Items {
		if o.Items[i].ProductLine == *s.line {
			return true
		}
	}
	return false
}

// total is how many orders the part has of those that add up to totals; false where only the orders tell.
func (s *selection) total(numerator, denominator int64) (int64, bool) {
	if s.part == All || s.metric.Unit != windows.OrderUnit {
		return 0, false
	}
	switch {
	case s.part == Denominator:
		return denominator, true
	case s.part == Miss && s.good:
		return denominator - numerator, true
	default:
		return numerator, true
	}
}
