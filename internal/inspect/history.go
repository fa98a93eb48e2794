package inspect

import (
	"fmt"

	"sellerpulse/pkg/plan"
	"sellerpulse/pkg/rules"
	"sellerpulse/pkg/windows"
)

// HistoryQuery asks for a metric day by day.
type HistoryQuery struct {
	Metric      *rules.Metric
	Channel     *rules.Channel // default the metric's
	ProductLine *string        // nil for all of them
	From, To    *windows.Date  // order dates, both inclusive; default all that are kept, up to today
}

// History is a metric by order date, ready to draw. All of it is by what is known now: a defect that came late is on the date of its order.
type History struct {
	Head
	Metric      string        `json:"metric"`
	Channel     string        `json:"channel"`
	ProductLine *string       `json:"product_line"`
	From        windows.Date  `json:"from"`
	To          windows.Date  `json:"to"`
	Dates       []DateNumbers `json:"dates"` // every date, the oldest first
	Rules       []RuleHistory `json:"rules"` // of the metric and of all its orders, over days, in the order of the rules
}

// DateNumbers are the numbers of the orders of a date.
type DateNumbers struct {
	Date windows.Date `json:"date"`
	Numbers
}

// RuleHistory is the numbers of a rule's window as it slid.
type RuleHistory struct {
	Rule    string          `json:"rule"`
	Target  string          `json:"target"`
	Days    int32           `json:"days"`    // of the window
	Lag     int32           `json:"lag"`     // days
	Windows []WindowNumbers `json:"windows"` // one that ends on each date, the oldest first
}

// WindowNumbers are the numbers of the window that ends on a date, of the channel and product line that are asked for.
type WindowNumbers struct {
	Date  windows.Date `json:"date"`  // the last order date of the window
	AsOf  windows.Date `json:"as_of"` // the day on which it is the rule's: a lag later
	Whole bool         `json:"whole"` // all its dates are kept; else the numbers are of a part of it
	Numbers
}

// History tells a metric by order date, and with each rule of the metric the numbers of its window that ends on each.
func (p *Partition) History(seller string, q HistoryQuery) (*History, error) {
	head, _, err := p.seller(seller)
	if err != nil {
		return nil, err
	}
	if q.Metric == nil {
		return nil, &QueryError{"metric", "there is no such metric"}
	}
	from, to := head.KeptFrom, head.Today
	if q.From != nil {
		from = *q.From
	}
	if q.To != nil {
		to = *q.To
	}
	span, err := head.span(from, to)
	if err != nil {
		return nil, err
	}
	span.From = head.KeptFrom // Windows begin before the first date.
	all, err := p.days(span, q.ProductLine)
	if err != nil {
		return nil, fmt.Errorf("add up seller %q: %w", seller, err)
	}
	counter, ok := p.counterOf(q.Metric)
	if !ok {
		return nil, &QueryError{"metric", fmt.Sprintf("%q is none of those of the rules in force", q.Metric)}
	}
	if q.Channel != nil {
		counter.channel = *q.Channel
	}
	answer := &History{
		Head: head, Metric: q.Metric.String(), Channel: counter.channel.String(), ProductLine: q.ProductLine, From: from, To: to, Rules: []RuleHistory{},
	}
	for date := from; date <= to; date++ {
		answer.Dates = append(answer.Dates, DateNumbers{date, numbersOf(counter.between(all, date, date))})
	}
	for i := range p.plan.Versions {
		if rule := p.heldBy(&head, &p.plan.Versions[i]); rule != nil && rule.Metric == q.Metric && rule.Plain() {
			answer.Rules = append(answer.Rules, ruleHistory(&head, rule, &counter, all, from, to))
		}
	}
	return answer, nil
}

func ruleHistory(head *Head, rule *plan.Version, counter *counter, all days, from, to windows.Date) RuleHistory {
	h := RuleHistory{Rule: rule.Name, Target: rule.Target.String(), Days: rule.Window().Count, Lag: rule.Window().Lag}
	for date := from; date <= to; date++ {
		day := date + windows.Date(rule.Window().Lag)
		first, last := rule.Window().Range(day)
		h.Windows = append(h.Windows, WindowNumbers{date, day, first >= head.KeptFrom, numbersOf(counter.between(all, first, last))})
	}
	return h
}
