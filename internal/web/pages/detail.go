package pages

import (
	"encoding/json"
	"net/url"
	"slices"

	"sellerpulse/internal/inspect"
	"sellerpulse/pkg/outputs"
	"sellerpulse/pkg/rules"
)

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
	Title, Metric, Period, Rate, Numerator, Denominator, Unit, RateName, JSON, PeriodLink string
	Metrics, Channels, Lines, Which                                                       []option
	From, To, Earliest, Today                                                             string
	ChartSays                                                                             string
	Chart                                                                                 *chart
	Days                                                                                  []dayRow
	WhatIf                                                                                *whatIf
	Forecast                                                                              *forecast
	Orders                                                                                []orderRow
	OrdersTotal, More                                                                     string
	Ids, Kept                                                                             []field // of the seller, and of the question, where the address has them
}

// detail shows what is behind a number.
func (p *Pages) detail(q *request, s *inspect.Partition, report *outputs.Report, a *question) (*detail, error) {
	orders, err := s.Orders(report.SellerID, a.orders(q.FormValue("after")))
	if err != nil {
		return nil, err
	}
	history, err := s.History(report.SellerID, a.history())
	if err != nil {
		return nil, err
	}
	d := &detail{
		Title: q.metric(a.metric.FullName()), Period: q.window(orders.From, orders.To), Unit: q.unit(a.metric.FullName()), RateName: q.t("Rate of the day"),
		From: orders.From.String(), To: orders.To.String(), Earliest: orders.KeptFrom.String(), Today: orders.Today.String(),
		ChartSays: q.t("%s by order date, %s", q.metric(a.metric.FullName()), q.window(history.From, history.To)), Chart: chartOf(history, a, orders), Days: q.dayRows(history, a),
	}
	if n := orders.Numbers; n != nil {
		d.Rate, d.Numerator, d.Denominator = q.rate(n.Numerator, n.Denominator), q.count(n.Numerator), q.count(n.Denominator)
	}
	d.choices(q, a, report)
	d.links(q, a, history)
	d.orders(q, orders)
	if a.rule == nil {
		return d, nil
	}
	d.Title, d.Metric, d.RateName, d.WhatIf = q.ruleName(a.rule.Rule, a.rule.Part), d.Title, q.t("Rate of the window"), q.whatIf(a.rule)
	ahead, err := s.Forecast(report.SellerID, forecastDays)
	if err != nil {
		return nil, err
	}
	d.Forecast = q.forecast(a, ahead)
	return d, nil
}

// choices are what else can be asked for.
func (d *detail) choices(q *request, a *question, report *outputs.Report) {
	for _, m := range q.metrics() {
		d.Metrics = append(d.Metrics, option{m.FullName(), q.metric(m.FullName()), m == a.metric})
	}
	channel := a.metric.Channel
	if a.channel != nil {
		channel = *a.channel
	}
	for _, c := range []rules.Channel{rules.AllChannels, rules.MFN, rules.AFN} {
		d.Channels = append(d.Channels, option{c.String(), q.t(channelNames[c]), c == channel})
	}
	d.Lines = lineOptions(q, a.line, report)
	for _, which := range []inspect.Which{inspect.Miss, inspect.Numerator, inspect.Denominator, inspect.All} {
		d.Which = append(d.Which, option{string(which), q.t(whichNames[which]), which == a.which})
	}
}

// lineOptions are the product lines of a report, and the one that is asked for.
func lineOptions(q *request, chosen *string, report *outputs.Report) []option {
	list := []option{{"", q.t("all of them"), chosen == nil}}
	add := func(line string) {
		if !slices.ContainsFunc(list[1:], func(o option) bool { return o.Value == line }) {
			list = append(list, option{line, line, chosen != nil && *chosen == line})
		}
	}
	for i := range report.Metrics {
		if line := report.Metrics[i].ProductLine; line != nil {
			add(*line)
		}
	}
	if chosen != nil {
		add(*chosen)
	}
	return list
}

// links are the addresses of the same number elsewhere, and what forms must send along.
func (d *detail) links(q *request, a *question, h *inspect.History) {
	query := url.Values{"metric": {h.Metric}, "channel": {h.Channel}}
	if h.Rule != nil {
		query = url.Values{"rule": {*h.Rule}}
	}
	if h.Part != nil {
		query.Set("part", *h.Part)
	}
	if a.line != nil {
		query.Set("product_line", *a.line)
	}
	d.JSON = historyLink(h.SellerID, query)
	kept := q.URL.Query()
	for _, name := range []string{"from", "to", "after", "rule", "part"} {
		kept.Del(name)
	}
	kept.Set("metric", h.Metric)
	d.PeriodLink = "?" + kept.Encode()
	for _, name := range []string{"id", "rule", "part", "metric", "channel", "line", "from", "to"} {
		if !q.URL.Query().Has(name) {
			continue
		}
		f := field{name, q.FormValue(name)}
		if d.Kept = append(d.Kept, f); name == "id" {
			d.Ids = append(d.Ids, f)
		}
	}
}

// orders lists the orders behind the number.
func (d *detail) orders(q *request, orders *inspect.Orders) {
	for i := range orders.Orders {
		o := &orders.Orders[i]
		row := orderRow{Link: orderLink(orders.SellerID, o.OrderID), Order: o.OrderID, Date: o.OrderDate.String(), Channel: o.Channel}
		for _, made := range o.MadeBy {
			row.Facts = append(row.Facts, q.fact(&made))
		}
		if o.Excused {
			row.Facts = append(row.Facts, fact{q.t("excused"), "none"})
		}
		d.Orders = append(d.Orders, row)
	}
	switch {
	case orders.Total == nil:
	case orders.TotalCut:
		d.OrdersTotal = q.t("%s orders, and more", q.count(*orders.Total))
	case *orders.Total == 1:
		d.OrdersTotal = q.t("1 order")
	default:
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
	if f.Without != nil {
		if name, known := withoutNames[*f.Without]; known {
			return fact{w.t(name), "bad"}
		}
		return fact{w.t("not: %s", w.t(factNames[*f.Without].Name)), "bad"}
	}
	named := factNames[f.Fact]
	return fact{w.t(named.Name), named.Class}
}

// whatIf is what the sliders start from; nil for a rule without a target.
func (q *request) whatIf(r *outputs.RuleReport) *whatIf {
	if r.Target.IsZero() {
		return nil
	}
	rule, err := json.Marshal(map[string]any{
		"less": !r.Target.Good(), "limitMeets": r.Target.Comparator == rules.AtMost || r.Target.Comparator == rules.AtLeast, "limit": r.Target.Limit.Number, "scale": r.Target.Limit.Scale, "numerator": r.Numerator, "denominator": r.Denominator,
	})
	if err != nil {
		return nil
	}
	now := q.counts(r.Numerator, r.Denominator) + "  " + q.rate(r.Numerator, r.Denominator) + "  "
	switch met, ok := r.TargetMet(); {
	case !ok:
		now += q.t("Too few orders to say.")
	case met:
		now += q.t("The target is met.")
	default:
		now += q.t("The target is missed.")
	}
	most := min(max(r.Denominator, 20), 5000)
	return &whatIf{string(rule), min(max(most/4, 5), 200), most, now, stateClasses[r.State]}
}
