package inspect

import (
	"fmt"

	"sellerpulse/internal/state"
	"sellerpulse/pkg/events"
	"sellerpulse/pkg/plan"
	"sellerpulse/pkg/rules"
	"sellerpulse/pkg/windows"
)

// Which is which of a number's orders are asked for.
type Which string

// The orders of a number.
const (
	Numerator   Which = "numerator"
	Denominator Which = "denominator"
	Miss        Which = "miss" // what the target does not want: in the numerator, or of a rate that is to be high, in the denominator alone
	All         Which = "all"  // every order of the dates, also one that is not counted
)

// Whiches lists them.
func Whiches() []Which { return []Which{Numerator, Denominator, Miss, All} }

// ParseWhich finds which orders a name says.
func ParseWhich(name string) (Which, error) {
	for _, w := range Whiches() {
		if string(w) == name {
			return w, nil
		}
	}
	return "", &QueryError{"which", fmt.Sprintf("%q is none: use numerator, denominator, miss or all", name)}
}

// OrdersQuery asks for the orders behind a number.
type OrdersQuery struct {
	// Rule or Metric, full names, say which number; one of them, or, for All, neither.
	Rule   string
	Metric string
	Which  Which // default Miss; All where neither a rule nor a metric is given

	// Part is the value of the field by which the rule has parts; it is given for such a rule, and for no other.
	Part *string

	// From and To are order dates, both inclusive; default those of the window that the rule has today, else those of the first window over which a report
	// gives the metric, else all that are kept. With one of them given the other is as far as orders are kept.
	From, To    *windows.Date
	Channel     *rules.Channel // default the metric's
	ProductLine *string        // nil for all of them

	Limit  int    // orders of a page
	Cursor string // of the page before; empty for the first
}

// selection is what a query comes to.
type selection struct {
	number
	which Which
	span  state.Span
	line  *string
	limit int
}

// resolve finds out what is asked for.
func (p *Partition) resolve(head *Head, q *OrdersQuery) (s selection, err error) {
	s.which, s.line = q.Which, q.ProductLine
	if s.limit = q.Limit; s.limit == 0 {
		s.limit = p.options.PageOrders
	}
	if s.limit < 1 || s.limit > p.options.MaxPage {
		return s, &QueryError{"limit", fmt.Sprintf("%d is not from 1 to %d", q.Limit, p.options.MaxPage)}
	}
	if s.number, err = p.number(head, q.Rule, q.Part, q.Metric); err != nil {
		return s, err
	}
	if err := s.check(); err != nil {
		return s, err
	}
	if q.Channel != nil {
		s.channel = *q.Channel
	}
	s.span, err = p.dates(&s, head, q)
	return s, err
}

// check checks which orders are asked for, and takes the default for what is not given.
func (s *selection) check() error {
	if s.which == "" {
		if s.which = Miss; s.metric == nil {
			s.which = All
		}
	}
	if _, err := ParseWhich(string(s.which)); err != nil {
		return err
	}
	switch {
	case s.which != All && s.metric == nil:
		return &QueryError{"which", fmt.Sprintf("%q of what: give a metric or a rule, or ask for all", s.which)}
	case s.line != nil && s.rule != nil && !s.rule.Unfiltered():
		return &QueryError{"product_line", fmt.Sprintf("rule %q is not counted by product line: ask for its metric", s.rule.Name)}
	}
	return nil
}

// dates are those that are asked for.
func (p *Partition) dates(s *selection, head *Head, q *OrdersQuery) (state.Span, error) {
	span := head.everything()
	if q.From == nil && q.To == nil {
		switch {
		case s.rule != nil:
			return p.ruleDates(&s.number, head)
		case s.metric != nil:
			span.From, span.To = p.reported(s.metric).Over(p.options.RetentionDays)[0].Range(head.Today)
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

// ruleDates are those of the window that a rule, or a part of it, has today.
func (p *Partition) ruleDates(n *number, head *Head) (state.Span, error) {
	span := head.counted()
	counter := counterOfRule(n.rule)
	t, err := p.tallyOf(span, &counter, n.inPart())
	if err != nil {
		return span, err
	}
	window, _, _ := n.rule.Choose(func(w windows.Window) (int64, int64) { return t.between(w.Range(head.Today)) })
	span.From, span.To = window.Range(head.Today)
	return span, nil
}

// wants is whether the cells of a bucket are of the orders that are asked for, but for their channel.
func (s *selection) wants() func(*windows.Cell) bool {
	if s.of.Field != windows.NoField {
		return s.inPart()
	}
	return ofLine(s.line)
}

// isOf is whether an order, which is left in the attributes, is of those that are asked for.
func (s *selection) isOf(p *Partition, o *windows.Order) bool {
	p.attributes.Of(o)
	return s.inChannel(o.Channel) && s.inLine(o) && p.attributes.Has(s.of) && s.lists()
}

// has is whether counts have any of what is asked for.
func (s *selection) has(numerator, denominator int64) bool {
	switch s.which {
	case Numerator:
		return numerator > 0
	case Denominator:
		return denominator > 0
	case Miss:
		return s.misses(numerator, denominator) > 0
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

// total is how many orders are asked for of those that add up to totals; false where only the orders tell.
func (s *selection) total(numerator, denominator int64) (int64, bool) {
	if s.which == All || s.metric.Unit != windows.OrderUnit {
		return 0, false
	}
	switch s.which {
	case Denominator:
		return denominator, true
	case Miss:
		return s.misses(numerator, denominator), true
	default:
		return numerator, true
	}
}

// number is which number is asked for: that of a rule, of a part of one, or of a metric.
type number struct {
	rule   *plan.Version // in force today; nil where none is asked for
	metric *rules.Metric // nil where nothing is
	of     windows.Part  // the rule's part
	counter
}

// number finds the one that is asked for.
func (p *Partition) number(head *Head, rule string, part *string, metric string) (n number, err error) {
	switch {
	case rule != "" && metric != "":
		return n, &QueryError{"rule", "there is a metric too: give one of them"}
	case rule != "":
		return p.numberOfRule(head, rule, part)
	case part != nil:
		return n, &QueryError{"part", "it is that of a rule: give the rule too"}
	case metric != "":
		return p.numberOfMetric(metric)
	}
	return n, nil
}

func (p *Partition) numberOfMetric(name string) (n number, err error) {
	if n.metric = p.options.Rules.Metric(name); n.metric == nil {
		return n, &QueryError{"metric", fmt.Sprintf("%q is none of those of the rules in force: use %s", name, oneOf(p.metricNames()))}
	}
	n.counter, _ = p.counterOf(n.metric)
	return n, nil
}

func (p *Partition) numberOfRule(head *Head, name string, part *string) (n number, err error) {
	if n.rule = p.version(head.SellerID, name, head.Today); n.rule == nil {
		return n, &QueryError{"rule", fmt.Sprintf("%q is none of those in force on %v: use %s", name, head.Today, oneOf(p.ruleNames(head)))}
	}
	n.metric, n.counter = n.rule.Metric, counterOfRule(n.rule)
	switch parts := n.rule.Field != windows.NoField; {
	case !parts && part != nil:
		return n, &QueryError{"part", fmt.Sprintf("rule %q has no parts: give none", name)}
	case parts:
		n.of.Field = n.rule.Field
		return n, p.findPart(head, &n, part)
	}
	return n, nil
}

// lists is whether the rule counts the part.
func (n *number) lists() bool { return n.rule == nil || n.rule.Lists(n.of.Value) }

// inPart is whether a cell is of the orders of the rule's part.
func (n *number) inPart() func(*windows.Cell) bool {
	return func(c *windows.Cell) bool {
		value, of := valueOf(c, n.of.Field)
		return of && value == n.of.Value && n.lists()
	}
}

// misses is how many of counts are misses.
func (n *number) misses(numerator, denominator int64) int64 {
	if n.metric.Good {
		return denominator - numerator
	}
	return numerator
}

// reasons are those of the claims and returns that count.
func (n *number) reasons() windows.ReasonSet {
	if n.rule == nil {
		return 0
	}
	return n.rule.Where.Reasons
}

// inChannel is whether orders of a channel are asked for.
func (n *number) inChannel(c events.Channel) bool { return n.counts(c) }
