package pages

import (
	"fmt"
	"slices"

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
	which   inspect.Which
}

// question reads it, for rules in force, which may be nil: a rule, or a metric; without either the rule that matters most.
func (q *request) question(report *outputs.Report, set *rules.Set) (a question, err error) {
	a.which = inspect.Miss
	if text := q.FormValue("which"); text != "" {
		if a.which, err = inspect.ParseWhich(text); err != nil {
			return a, err
		}
	}
	if text := q.FormValue("metric"); text != "" {
		if a.metric = set.Metric(text); a.metric == nil {
			return a, &inspect.QueryError{Field: "metric", Problem: fmt.Sprintf("%q is none of those of the rules in force", text)}
		}
	} else if a.rule = mattering(report, q.FormValue("rule"), q.part()); a.rule == nil {
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

// is is whether it is about a rule, and a part.
func (a *question) is(r *outputs.RuleReport) bool {
	return a.rule != nil && a.rule.Rule == r.Rule && inspect.SamePart(a.rule.Part, r.Part)
}

// part is the value of the part of a rule that is asked for; nil for none.
func (q *request) part() *string {
	if !q.Form.Has("part") {
		return nil
	}
	value := q.FormValue("part")
	return &value
}

// mattering is the rule of a name, of a part of it that is named, or else the one that is nearest to a breach, or in one; of a rule with parts that are not
// named the nearest of them.
func mattering(report *outputs.Report, name string, part *string) *outputs.RuleReport {
	named := slices.ContainsFunc(report.Rules, func(r outputs.RuleReport) bool { return r.Rule == name })
	var best *outputs.RuleReport
	nearest := rules.Nearness(-1)
	for i := range report.Rules {
		r := &report.Rules[i]
		if named && r.Rule != name {
			continue
		}
		if named && part != nil && inspect.SamePart(r.Part, part) {
			return r
		}
		near, ok := nearness(r)
		if ok && near > nearest || best == nil && named {
			best, nearest = r, max(near, nearest)
		}
	}
	return best
}

// nearness is how near a rule is to a breach by the numbers and the state that they make: one that is none is short of the limit, however few misses are enough
// for the rate to miss its target.
func nearness(r *outputs.RuleReport) (rules.Nearness, bool) {
	near, ok := r.Target.Nearness(r.Numerator, r.Denominator)
	if ok && r.ProjectedState != rules.Breached && r.State != rules.Breached {
		near = min(near, rules.AtLimit-1)
	}
	return near, ok && r.ProjectedState != rules.NoData
}

// history asks for the number day by day.
func (a *question) history() inspect.HistoryQuery {
	query := inspect.HistoryQuery{Channel: a.channel, ProductLine: a.line}
	if a.rule != nil {
		query.Rule, query.Part = a.rule.Rule, a.rule.Part
	} else {
		query.Metric = a.metric.FullName()
	}
	return query
}

// orders asks for a page of the orders behind the number.
func (a *question) orders(cursor string) inspect.OrdersQuery {
	query := inspect.OrdersQuery{Which: a.which, From: a.from, To: a.to, Channel: a.channel, ProductLine: a.line, Cursor: cursor, Limit: 25}
	if a.rule != nil {
		query.Rule, query.Part = a.rule.Rule, a.rule.Part
	} else {
		query.Metric = a.metric.FullName()
	}
	return query
}
