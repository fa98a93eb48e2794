package oracle

import (
	"maps"
	"slices"
)

// Statuses recommended for an account.
const (
	Active      = "ACTIVE"
	AccountRisk = "AT_RISK"
	UnderReview = "UNDER_REVIEW"
)

// Report is how a seller stands at the present stream time.
type Report struct {
	SellerID string
	AsOf     int64
	Status   string
	Rules    []RuleReport
	Metrics  []MetricReport // by metric, window, product line (the total first), channel

	ProductLinesOmitted int
}

// maxProductLines is how many product lines a report lists.
const maxProductLines = 200

// RuleReport is how a seller stands with a rule.
type RuleReport struct {
	Rule, Metric, Channel  string
	Window                 Window
	Numerator, Denominator int
	Rate                   *float64
	Target                 string
	TargetMet              *bool // nil without a denominator
	State                  State
}

// MetricReport is a metric over the last days, of a channel (ALL: of both) and a product line (nil: of all).
type MetricReport struct {
	Metric, Channel        string
	ProductLine            *string
	Window                 Window
	Numerator, Denominator int
	Rate                   *float64
}

// Report is the report of a seller that has a placed order.
func (r *Result) Report(name string) Report {
	s := r.sellers[name]
	report := Report{SellerID: name, AsOf: r.StreamTime, Status: Active}
	for i := range r.options.Rules {
		rule := &r.options.Rules[i]
		line := r.ruleReport(s, rule)
		report.Rules = append(report.Rules, line)
		if rule.Contractual && line.State == Breached {
			report.Status = UnderReview
		}
		if rule.Contractual && line.State == AtRisk && report.Status == Active {
			report.Status = AccountRisk
		}
	}
	lines := r.linesByOrders(s)
	listed := lines[:min(maxProductLines, len(lines))]
	report.ProductLinesOmitted = len(lines) - len(listed)
	for _, m := range metrics {
		for _, days := range r.windowsOf(m) {
			report.Metrics = append(report.Metrics, r.metricReports(s, m, r.lastDays(days), listed)...)
		}
	}
	return report
}

func (r *Result) ruleReport(s *seller, rule *Rule) RuleReport {
	window := rule.window(r.calendar.today(r.StreamTime))
	n, d := r.count(s, rule, window)
	line := RuleReport{
		Rule: rule.Name, Metric: rule.Metric, Channel: rule.channel(), Window: window, Numerator: n, Denominator: d,
		Rate: rate(n, d), Target: rule.target(), State: s.ruleState(rule.Name).state,
	}
	if d > 0 {
		met := rule.beats(n, d, rule.Limit)
		line.TargetMet = &met
	}
	return line
}

// windowsOf are the days of a metric's windows, each once, sorted.
func (r *Result) windowsOf(m metric) []int {
	var windows []int
	for _, rule := range r.options.ReportRules {
		if rule.Metric == m.name {
			windows = append(windows, rule.Days)
		}
	}
	if windows == nil {
		return []int{60}
	}
	slices.Sort(windows)
	return slices.Compact(windows)
}

// lastDays is the window that ends today.
func (r *Result) lastDays(days int) Window {
	today := r.calendar.today(r.StreamTime)
	return Window{Days: days, From: today - Day(days) + 1, To: today}
}

// linesByOrders are the product lines that have orders in the last 60 days: those with the most first, equal ones by name.
func (r *Result) linesByOrders(s *seller) []string {
	orders := map[string]int{}
	for _, o := range r.ordersIn(s, r.lastDays(60), "ALL") {
		for _, line := range r.at(o).lines {
			orders[line]++
		}
	}
	lines := slices.Sorted(maps.Keys(orders))
	slices.SortStableFunc(lines, func(a, b string) int { return orders[b] - orders[a] })
	return lines
}

// metricReports are those of one metric over one window: of the total, and of each product line listed with orders there.
func (r *Result) metricReports(s *seller, m metric, window Window, listed []string) []MetricReport {
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

func (r *Result) linesIn(s *seller, window Window) []string {
	var lines []string
	for _, o := range r.ordersIn(s, window, "ALL") {
		lines = append(lines, r.at(o).lines...)
	}
	slices.Sort(lines)
	return slices.Compact(lines)
}

func (r *Result) metricReport(s *seller, m metric, channel string, line *string, window Window) MetricReport {
	report := MetricReport{Metric: m.name, Channel: channel, ProductLine: line, Window: window}
	for _, o := range r.ordersIn(s, window, channel) {
		f := r.at(o)
		if line != nil && !slices.Contains(f.lines, *line) {
			continue
		}
		n, d := m.count(f)
		report.Numerator, report.Denominator = report.Numerator+n, report.Denominator+d
	}
	report.Rate = rate(report.Numerator, report.Denominator)
	return report
}
