package inspect

import (
	"fmt"
	"strconv"
	"strings"

	"sellerpulse/pkg/plan"
	"sellerpulse/pkg/rules"
	"sellerpulse/pkg/windows"
)

// HistoryQuery asks for a number day by day: that of a rule, of a part of one, or of a metric.
type HistoryQuery struct {
	Rule        string         // full name; this or a metric
	Part        *string        // of a rule that has parts, the value of the field by which it has them
	Metric      string         // full name
	Channel     *rules.Channel // default the metric's
	ProductLine *string        // nil for all of them
	From, To    *windows.Date  // order dates, both inclusive; default all of which counts are kept, up to today
}

// History is a number by order date, ready to draw. All of it is by what is known now: a defect that came late is on the date of its order.
type History struct {
	Head
	Rule        *string       `json:"rule"` // null where a metric is asked for, as is part
	Part        *string       `json:"part"`
	Metric      string        `json:"metric"`
	Channel     string        `json:"channel"`
	ProductLine *string       `json:"product_line"`
	From        windows.Date  `json:"from"`
	To          windows.Date  `json:"to"`
	Dates       []DateNumbers `json:"dates"` // every date, the oldest first
	Rules       []RuleHistory `json:"rules"` // the rule that is asked for; or those of the metric that count all its orders, in their order
}

// DateNumbers are the numbers of the orders of a date.
type DateNumbers struct {
	Date windows.Date `json:"date"`
	Numbers
}

// RuleHistory is the numbers of a rule's window as it slid, by what the rule says today.
type RuleHistory struct {
	Rule    string          `json:"rule"`
	Target  *string         `json:"target"`  // null where no level is BREACHED
	Days    int32           `json:"days"`    // of today's window
	Window  string          `json:"window"`  // as rule files have it, such as 30d or 3mo; several with commas between them
	Lag     int32           `json:"lag"`     // days
	Windows []WindowNumbers `json:"windows"` // one for each date, the oldest first
}

// WindowNumbers are the numbers of the window that a rule has a lag after a date, of the channel and product line that are asked for. One of days ends on the date.
type WindowNumbers struct {
	Date  windows.Date `json:"date"`
	AsOf  windows.Date `json:"as_of"` // the day on which it is the rule's: a lag later
	From  windows.Date `json:"from"`  // order dates of the window, both inclusive
	To    windows.Date `json:"to"`
	Whole bool         `json:"whole"` // all its dates are kept; else the numbers are of a part of it
	Numbers
}

// History tells a number by order date, and with each rule that it is of the numbers of its window.
func (p *Partition) History(seller string, q HistoryQuery) (*History, error) {
	head, _, err := p.seller(seller)
	if err != nil {
		return nil, err
	}
	s, err := p.historyOf(&head, &q)
	if err != nil {
		return nil, err
	}
	answer := &History{Head: head, Metric: s.metric.FullName(), Channel: s.channel.String(), ProductLine: q.ProductLine, From: s.span.From, To: s.span.To, Rules: []RuleHistory{}}
	s.span.From = head.CountedFrom // Windows begin before the first date.
	t, err := p.tallyOf(s.span, &s.counter, s.wants())
	if err != nil {
		return nil, fmt.Errorf("add up seller %q: %w", seller, err)
	}
	for date := answer.From; date <= answer.To; date++ {
		answer.Dates = append(answer.Dates, DateNumbers{date, numbersOf(t.between(date, date))})
	}
	if s.rule != nil {
		answer.Rule, answer.Part = &s.rule.Name, optional(s.of.Value, s.of.Field != windows.NoField)
		answer.Rules = append(answer.Rules, ruleHistory(answer, s.rule, t))
		return answer, nil
	}
	for i := range p.plan.Versions {
		if v := p.heldBy(seller, &p.plan.Versions[i], head.Today); v != nil && v.Metric == s.metric && v.Unfiltered() {
			answer.Rules = append(answer.Rules, ruleHistory(answer, v, t))
		}
	}
	return answer, nil
}

// historyOf finds out what is asked for.
func (p *Partition) historyOf(head *Head, q *HistoryQuery) (s selection, err error) {
	if s.number, err = p.number(head, q.Rule, q.Part, q.Metric); err != nil {
		return s, err
	}
	if s.metric == nil {
		return s, &QueryError{"metric", "of what: give a metric or a rule"}
	}
	s.which, s.line = Denominator, q.ProductLine
	if err := s.check(); err != nil {
		return s, err
	}
	if q.Channel != nil {
		s.channel = *q.Channel
	}
	from, to := head.CountedFrom, head.Today
	if q.From != nil {
		from = *q.From
	}
	if q.To != nil {
		to = *q.To
	}
	s.span, err = head.countedSpan(from, to)
	return s, err
}

func ruleHistory(h *History, v *plan.Version, t tally) RuleHistory {
	chosen := func(day windows.Date) windows.Window {
		w, _, _ := v.Choose(func(w windows.Window) (int64, int64) { return t.between(w.Range(day)) })
		return w
	}
	lag := v.Window().Lag
	r := RuleHistory{Rule: v.Name, Target: targetText(v.Target), Days: windowOf(chosen(h.Today), h.Today).Days, Window: lengths(v.Windows), Lag: lag}
	for date := h.From; date <= h.To; date++ {
		day := date + windows.Date(lag)
		from, to := chosen(day).Range(day)
		r.Windows = append(r.Windows, WindowNumbers{date, day, from, to, from >= h.CountedFrom, numbersOf(t.between(from, to))})
	}
	return r
}

// lengths are those of the windows of which a rule chooses, as rule files have them.
func lengths(choices []rules.Choice) string {
	texts := make([]string, len(choices))
	for i, c := range choices {
		texts[i] = strconv.Itoa(int(c.Window.Count)) + c.Window.Every.String()
	}
	return strings.Join(texts, ", ")
}
