package pages

import (
	"sellerpulse/internal/inspect"
	"sellerpulse/pkg/outputs"
	"sellerpulse/pkg/rules"
)

// chart is a metric by order date, as the script draws it.
type chart struct {
	Dates  []string   `json:"dates"`
	Units  []int64    `json:"units"` // orders, shipments or returns of each date
	Misses []int64    `json:"misses"`
	Rates  []*float64 `json:"rates"`  // in percent: of the rule's window that ends on the date, or without a rule of the date; null without a denominator
	Target *float64   `json:"target"` // in percent; null without a rule
	High   bool       `json:"high"`   // the rate is to be high
	From   string     `json:"from"`   // the period that is looked at, both inclusive
	To     string     `json:"to"`
}

// dayRow is an order date of a chart, as words.
type dayRow struct{ Date, Misses, Denominator, Rate string }

// misses are what a target does not want.
func misses(m *rules.Metric, numerator, denominator int64) int64 {
	if m.Good {
		return denominator - numerator
	}
	return numerator
}

// windowsOf are the numbers of a rule's windows; nil for no rule.
func windowsOf(h *inspect.History, rule *outputs.RuleReport) []inspect.WindowNumbers {
	for i := range h.Rules {
		if rule != nil && h.Rules[i].Rule == rule.Rule {
			return h.Rules[i].Windows
		}
	}
	return nil
}

// chartOf is what there is to draw.
func chartOf(h *inspect.History, a *question, orders *inspect.Orders) *chart {
	c := &chart{High: a.metric.Good, From: orders.From.String(), To: orders.To.String()}
	windows := windowsOf(h, a.rule)
	for i := range h.Dates {
		n := &h.Dates[i]
		rate := n.Rate
		if windows != nil {
			rate = windows[i].Rate
		}
		c.Dates, c.Units = append(c.Dates, n.Date.String()), append(c.Units, n.Denominator)
		c.Misses, c.Rates = append(c.Misses, misses(a.metric, n.Numerator, n.Denominator)), append(c.Rates, inPercent(rate))
	}
	if a.rule != nil && !a.rule.Target.IsZero() {
		limit := float64(a.rule.Target.Limit.Number) / float64(a.rule.Target.Limit.Scale)
		c.Target = inPercent(&limit)
	}
	return c
}

func inPercent(rate *float64) *float64 {
	if rate == nil {
		return nil
	}
	percent := *rate * 100
	return &percent
}

// dayRows are the dates that have something, the newest first.
func (w *words) dayRows(h *inspect.History, a *question) (rows []dayRow) {
	windows := windowsOf(h, a.rule)
	for i := len(h.Dates) - 1; i >= 0; i-- {
		n := &h.Dates[i]
		if n.Denominator == 0 {
			continue
		}
		row := dayRow{n.Date.String(), w.count(misses(a.metric, n.Numerator, n.Denominator)), w.count(n.Denominator), w.rate(n.Numerator, n.Denominator)}
		if windows != nil {
			row.Rate = w.rate(windows[i].Numerator, windows[i].Denominator)
		}
		rows = append(rows, row)
	}
	return rows
}
