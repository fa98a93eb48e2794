package oracle

import (
	"cmp"
	"maps"
	"slices"
)

// maxProductLines is how many product lines a report lists.
const maxProductLines = 200

// lineDays are those whose orders decide which product lines a report lists.
const lineDays = 60

// MetricReport is a metric over the last days, of a channel (ALL: of both) and a product line (nil: of all).
type MetricReport struct {
	Metric, Channel        string // Metric is the full name
	ProductLine            *string
	Window                 Window
	Numerator, Denominator int
	Rate                   *float64
}

func (r *Result) reportMetrics(s *seller, report *Report) {
	lines := r.linesByOrders(s)
	listed := lines[:min(maxProductLines, len(lines))]
	report.ProductLinesOmitted = len(lines) - len(listed)
	for _, m := range r.policy.metrics {
		for _, span := range r.spansOf(m) {
			report.Metrics = append(report.Metrics, r.metricReports(s, m, span.on(r.calendar.today(r.StreamTime)), listed)...)
		}
	}
}

// spansOf are the windows of a metric's rules, each once and without its lag.
func (r *Result) spansOf(m *metric) []span {
	var spans []span
	for _, of := range r.policy.versions() {
		for _, c := range of.choices {
			if without := (span{c.count, c.every, 0}); of.metric == m && !slices.Contains(spans, without) {
				spans = append(spans, without)
			}
		}
	}
	if spans == nil {
		return []span{{min(lineDays, r.options.HistoryDays), 'd', 0}}
	}
	slices.SortFunc(spans, func(a, b span) int { return cmp.Or(cmp.Compare(a.every, b.every), cmp.Compare(a.count, b.count)) })
	return spans
}

// linesByOrders are the product lines that have orders in any window of the report: those with the most in the last 60 days first, equal ones
// by name.
func (r *Result) linesByOrders(s *seller) []string {
	today := r.calendar.today(r.StreamTime)
	orders := map[string]int{}
	for _, m := range r.policy.metrics {
		for _, span := range r.spansOf(m) {
			for _, line := range r.linesIn(s, span.on(today)) {
				orders[line] += 0
			}
		}
	}
	recent := span{lineDays, 'd', 0}.on(today)
	for _, o := range r.ordersIn(s, recent, r.policy.metrics[0].measure, 0, all) {
		for _, line := range r.at(o, 0).lines {
			orders[line]++
		}
	}
	lines := slices.Sorted(maps.Keys(orders))
	slices.SortStableFunc(lines, func(a, b string) int { return orders[b] - orders[a] })
	return lines
}

// metricReports are those of one metric over one window: of the total, and of each product line listed with orders there.
func (r *Result) metricReports(s *seller, m *metric, window Window, listed []string) []MetricReport {
	var reports []MetricReport
	lines := []*string{nil}
	for _, line := range r.linesIn(s, window) {
		if slices.Contains(listed, line) {
			lines = append(lines, &line)
		}
	}
	for _, line := range lines {
		for _, channel := range []string{"ALL", "MFN", "AFN"} {
			reports = append(reports, r.metricReport(s, m, channel, line, window))
		}
	}
	return reports
}

// linesIn are the product lines that have orders in a window, also where those have expired without being counted for a metric that came later.
func (r *Result) linesIn(s *seller, window Window) []string {
	var lines []string
	for _, o := range r.ordersIn(s, window, r.policy.metrics[0].measure, 0, all) {
		lines = append(lines, r.at(o, 0).lines...)
	}
	slices.Sort(lines)
	return slices.Compact(lines)
}

func (r *Result) metricReport(s *seller, m *metric, channel string, line *string, window Window) MetricReport {
	report := MetricReport{Metric: m.fullName(), Channel: channel, ProductLine: line, Window: window}
	are := func(f *facts) bool { return ofChannel(f, channel) && (line == nil || slices.Contains(f.lines, *line)) }
	for _, o := range r.ordersIn(s, window, m.measure, 0, are) {
		n, d := m.count(r.at(o, 0))
		report.Numerator, report.Denominator = report.Numerator+n, report.Denominator+d
	}
	report.Rate = rate(report.Numerator, report.Denominator)
	return report
}

func all(*facts) bool { return true }
