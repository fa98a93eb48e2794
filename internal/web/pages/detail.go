package pages

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"sellerpulse/internal/inspect"
	"sellerpulse/pkg/outputs"
	"sellerpulse/pkg/rules"
	"sellerpulse/pkg/windows"
)

// dayRow is an order date of a chart, as numbers.
type dayRow struct{ Date, Misses, Denominator, Rate string }

// forecastRow is a day to come.
type forecastRow struct{ Day, Misses, Denominator, Rate, State, Class string }

// orderRow is an order behind a number.
type orderRow struct {
	Link, Order, Date, Channel string
	Facts                      []fact
}

// fact is something that counts.
type fact struct{ Name, Class string }

// whatIf is what sliders start from.
type whatIf struct {
	Rule               string // as JSON, for the script
	MostBad, MostClean int64
	Now, Class         string
}

// field is a hidden one of a form.
type field struct{ Name, Value string }

// detail is what is behind one number of a seller: a metric over a period.
type detail struct {
	Title, Period, Rate, Numerator, Denominator, Unit, Chart, ChartSays, Link, RuleName string
	Metrics, Channels, Lines, Parts                                                     []option
	From, To, Earliest, Today, WindowFrom, WindowTo                                     string
	Days                                                                                []dayRow
	WhatIf                                                                              *whatIf
	Forecast                                                                            []forecastRow
	Orders                                                                              []orderRow
	OrdersTotal, More                                                                   string
	Kept                                                                                []field
}

// question is which number is asked for, by the address of the page.
type question struct {
	rule    *outputs.RuleReport // nil for a metric without one
	metric  rules.Metric
	channel *rules.Channel
	line    *string
	from    *windows.Date
	to      *windows.Date
	part    inspect.Part
}

// question reads it: a rule, or a metric; without either the rule that matters most.
func (q *request) question(report *outputs.Report) (a question, err error) {
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
	} else if a.rule = mattering(report, q.FormValue("rule")); a.rule != nil {
		a.metric = a.rule.Metric
	}
	if text := q.FormValue("channel"); text != "" {
		channel, err := rules.ParseChannel(text)
		if err != nil {
			return a, &inspect.QueryError{Field: "channel", Problem: err.Error()}
		}
		a.channel = &channel
	}
	if q.Form.Has("line") && q.FormValue("line") != "" {
		line := q.FormValue("line")
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

// detail shows what is behind a number.
func (p *Pages) detail(q *request, s *inspect.Partition, report *outputs.Report) (*detail, error) {
	a, err := q.question(report)
	if err != nil {
		return nil, err
	}
	ordersQuery := inspect.OrdersQuery{Part: a.part, From: a.from, To: a.to, Channel: a.channel, ProductLine: a.line, Cursor: q.FormValue("after"), Limit: 25}
	if a.rule != nil {
		ordersQuery.Rule = a.rule.Rule
	} else {
		ordersQuery.Metric = &a.metric
	}
	orders, err := s.Orders(report.SellerID, ordersQuery)
	if err != nil {
		return nil, err
	}
	history, err := s.History(report.SellerID, inspect.HistoryQuery{Metric: a.metric, Channel: a.channel, ProductLine: a.line})
	if err != nil {
		return nil, err
	}
	d := &detail{
		Title: q.t(metricNames[a.metric]), Period: q.window(orders.From, orders.To), Unit: q.t(unitNames[a.metric]), From: orders.From.String(), To: orders.To.String(),
		Earliest: orders.KeptFrom.String(), Today: orders.Today.String(), WindowFrom: orders.From.String(), WindowTo: orders.To.String(),
	}
	if a.rule != nil {
		d.Title, d.RuleName = a.rule.Rule, a.rule.Rule
	}
	if n := orders.Numbers; n != nil {
		d.Rate, d.Numerator, d.Denominator = q.rate(n.Numerator, n.Denominator), q.count(n.Numerator), q.count(n.Denominator)
	}
	d.choices(q, &a, report)
	d.chart(q, &a, history, report.SellerID)
	d.orders(q, &a, orders)
	if a.rule == nil {
		return d, nil
	}
	d.WhatIf = q.whatIf(a.rule)
	forecast, err := s.Forecast(report.SellerID, 30)
	if err == nil {
		d.forecast(q, &a, forecast)
	}
	return d, err
}

// choices are what else can be asked for.
func (d *detail) choices(q *request, a *question, report *outputs.Report) {
	for m := range rules.NumMetrics {
		d.Metrics = append(d.Metrics, option{m.String(), q.t(metricNames[m]), m == a.metric})
	}
	channel := a.metric.Channel()
	if a.channel != nil {
		channel = *a.channel
	}
	for _, c := range []rules.Channel{rules.AllChannels, rules.MFN, rules.AFN} {
		d.Channels = append(d.Channels, option{c.String(), q.t(channelNames[c]), c == channel})
	}
	d.Lines = []option{{"", q.t("all of them"), a.line == nil}}
	for i := range report.Metrics {
		if m := &report.Metrics[i]; m.Metric == a.metric && m.ProductLine != nil && !slices.ContainsFunc(d.Lines, func(o option) bool { return o.Value == *m.ProductLine }) {
			d.Lines = append(d.Lines, option{*m.ProductLine, *m.ProductLine, a.line != nil && *a.line == *m.ProductLine})
		}
	}
	for _, part := range []inspect.Part{inspect.Miss, inspect.Numerator, inspect.Denominator, inspect.All} {
		d.Parts = append(d.Parts, option{string(part), q.t(partNames[part]), part == a.part})
	}
	for _, name := range []string{"rule", "metric", "channel", "line", "from", "to"} {
		if q.Form.Has(name) {
			d.Kept = append(d.Kept, field{name, q.FormValue(name)})
		}
	}
}

// misses are what a target does not want.
func misses(m rules.Metric, numerator, denominator int64) int64 {
	if m.Good() {
		return denominator - numerator
	}
	return numerator
}

// chart says what is drawn, and has it as a table too.
func (d *detail) chart(q *request, a *question, h *inspect.History, seller string) {
	query := url.Values{"metric": {h.Metric}, "channel": {h.Channel}}
	if a.line != nil {
		query.Set("product_line", *a.line)
	}
	d.Chart = "/api/v1" + sellerLink(seller) + "/history?" + query.Encode()
	d.ChartSays = q.t("%s by order date, %s", q.t(metricNames[a.metric]), q.window(h.From, h.To))
	kept := q.URL.Query()
	for _, name := range []string{"from", "to", "after"} {
		kept.Del(name)
	}
	d.Link = "?" + kept.Encode() + "#detail"
	var windows []inspect.WindowNumbers
	for i := range h.Rules {
		if h.Rules[i].Rule == d.RuleName {
			windows = h.Rules[i].Windows
		}
	}
	for i := len(h.Dates) - 1; i >= 0; i-- {
		n := &h.Dates[i]
		if n.Denominator == 0 {
			continue
		}
		row := dayRow{n.Date.String(), q.count(misses(a.metric, n.Numerator, n.Denominator)), q.count(n.Denominator), "–"}
		if windows != nil {
			row.Rate = q.rate(windows[i].Numerator, windows[i].Denominator)
		}
		d.Days = append(d.Days, row)
	}
}

// orders lists the orders behind the number.
func (d *detail) orders(q *request, a *question, orders *inspect.Orders) {
	for i := range orders.Orders {
		o := &orders.Orders[i]
		row := orderRow{Link: orderLink(orders.SellerID, o.OrderID), Order: o.OrderID, Date: o.OrderDate.String(), Channel: o.Channel}
		for _, made := range o.MadeBy {
			row.Facts = append(row.Facts, q.fact(&made))
		}
		d.Orders = append(d.Orders, row)
	}
	if orders.Total != nil {
		d.OrdersTotal = q.t("%s orders", q.count(*orders.Total))
	}
	if orders.Next != nil {
		kept := q.URL.Query()
		kept.Set("after", *orders.Next)
		d.More = "?" + kept.Encode() + "#orders"
	}
}

// fact names what counts of an order.
func (w *words) fact(f *inspect.Fact) fact {
	name := f.Fact
	if f.Without != nil {
		return fact{w.t("not " + strings.ReplaceAll(*f.Without, "_", " ")), "bad"}
	}
	if good[name] {
		return fact{w.t(strings.ReplaceAll(name, "_", " ")), "good"}
	}
	class := "bad"
	if neutral[name] {
		class = "none"
	}
	return fact{w.t(strings.ReplaceAll(name, "_", " ")), class}
}

// whatIf is what the sliders start from.
func (q *request) whatIf(r *outputs.RuleReport) *whatIf {
	rule, err := json.Marshal(map[string]any{
		"less": r.Target.Less, "limit": r.Target.Limit.Number, "scale": r.Target.Limit.Scale, "least": 1, "numerator": r.Numerator, "denominator": r.Denominator,
	})
	if err != nil {
		return nil
	}
	most := min(max(r.Denominator, 20), 5000)
	return &whatIf{string(rule), min(max(most/4, 5), 200), most, q.counts(r.Numerator, r.Denominator) + "  " + q.rate(r.Numerator, r.Denominator), stateClasses[r.State]}
}

// forecast lists the days to come on which something changes.
func (d *detail) forecast(q *request, a *question, f *inspect.Forecast) {
	for i := range f.Rules {
		r := &f.Rules[i]
		if r.Rule != a.rule.Rule {
			continue
		}
		for j := range r.Days {
			day := &r.Days[j]
			if j > 0 && len(day.Leaves)+len(day.Enters) == 0 {
				continue
			}
			state := stateOf(day.State)
			d.Forecast = append(d.Forecast, forecastRow{
				day.Day.String(), q.count(misses(a.metric, day.Numerator, day.Denominator)), q.count(day.Denominator), q.rate(day.Numerator, day.Denominator),
				q.t(stateNames[state]), stateClasses[state],
			})
		}
	}
}

// notFound answers that there is no such thing, unless the error is another.
func (q *request) notFound(err error, says string) error {
	if isNotFound(err) {
		return &missingError{http.StatusNotFound, q.t("Not found"), says, ""}
	}
	return err
}
