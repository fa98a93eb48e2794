package pages

import (
	"fmt"

	"sellerpulse/internal/inspect"
	"sellerpulse/pkg/outputs"
	"sellerpulse/pkg/rules"
	"sellerpulse/pkg/windows"
)

// question is which number of a seller is asked for, by the address of the page.
type question struct {
	rule    *outputs.RuleReport // nil for a metric without one
	metric  *rules.Metric
	channel *rules.Channel
	line    *string
	from    *windows.Date
	to      *windows.Date
	part    inspect.Part
}

// question reads it, for rules in force, which may be nil: a rule, or a metric; without either the rule that matters most.
func (q *request) question(report *outputs.Report, set *rules.Set) (a question, err error) {
	a.part = inspect.Miss
	if text := q.FormValue("part"); text != "" {
		if a.part, err = inspect.ParsePart(text); err != nil {
			return a, err
		}
	}
	if text := q.FormValue("metric"); text != "" {
		if a.metric, err = rules.ParseMetric(text); err != nil {
			return a, &inspect.QueryError{Field: "metric", Problem: err.Error()}
		}
	} else if a.rule = mattering(report, q.FormValue("rule")); a.rule == nil {
		a.metric = rules.OrderDefectRate
	} else if a.metric = set.Metric(a.rule.Metric); a.metric == nil {
		return a, &inspect.QueryError{Field: "rule", Problem: fmt.Sprintf("no rule in force here has its metric, %q", a.rule.Metric)}
	}
	if text := q.FormValue("channel"); text != "" {
		channel, err := rules.ParseChannel(text)
		if err != nil {
			return a, &inspect.QueryError{Field: "channel", Problem: err.Error()}
		}
		a.channel = &channel
	}
	if line := q.FormValue("line"); line != "" {
		a.line = &line
	}
	for name, to := range map[string]**windows.Date{"from": &a.from, "to": &a.to} {
		if text := q.FormValue(name); text != "" {
			date, err := windows.ParseDate(text)
			if err != nil {
				return a, &inspect.QueryError{Field: name, Problem: "write it as 2026-01-31"}
			}
			*to = &date
		}
	}
	return a, nil
}

// name is that of the rule; empty for a metric without one.
func (a *question) name() string {
	if a.rule == nil {
		return ""
	}
	return a.rule.Rule
}

// mattering is the rule of a name, or else the one that is nearest to a breach, or in one.
func mattering(report *outputs.Report, name string) *outputs.RuleReport {
	best, nearest := -1, rules.Nearness(-1)
	for i := range report.Rules {
		r := &report.Rules[i]
		if r.Rule == name {
			return r
		}
		near, ok := r.Target.Nearness(r.Numerator, r.Denominator)
		if ok && near > nearest {
			best, nearest = i, near
		}
	}
	if best < 0 {
		return nil
	}
	return &report.Rules[best]
}

// orders asks for a page of the orders behind the number.
func (a *question) orders(cursor string) inspect.OrdersQuery {
	query := inspect.OrdersQuery{Part: a.part, From: a.from, To: a.to, Channel: a.channel, ProductLine: a.line, Cursor: cursor, Limit: 25}
	if a.rule != nil {
		query.Rule, query.Value = a.rule.Rule, a.rule.Part
	} else {
		query.Metric = a.metric
	}
	return query
}
