package engine

import (
	"sellerpulse/internal/state"
	"sellerpulse/pkg/outputs"
	"sellerpulse/pkg/rules"
	"sellerpulse/pkg/windows"
)

// Report tells a seller's numbers and states at stream time.
func (e *Engine) Report(seller *state.Seller) outputs.Report {
	r := outputs.Report{SellerID: seller.ID, AsOf: e.clock.StreamTime, Statuses: e.options.Rules.Statuses()}
	for i := range e.rules {
		rule, st := &e.rules[i], &seller.Rules[i]
		window, numerator, denominator := rule.numbers(seller)
		from, to := window.Range(e.today)
		r.Rules = append(r.Rules, outputs.RuleReport{
			Rule: rule.Name, Metric: rule.Metric.FullName(), Class: rule.Class, Channel: rule.Channel(), Provisional: rule.Provisional,
			Window: window, From: from, To: to, Target: rule.Target, State: st.State, Since: st.Since,
			Numerator: numerator, Denominator: denominator, Levels: rule.Levels, ProjectedState: st.State,
		})
		r.Status = max(r.Status, rule.Recommend(r.Statuses, st.State))
	}
	e.reportMetrics(seller, &r)
	return r
}

func (e *Engine) spanOf(seller *state.Seller, w windows.Window) *outputs.Span {
	from, to := w.Range(e.today)
	return &outputs.Span{Window: w, From: from, To: to, Totals: seller.Windows.Totals(from, to), Lines: seller.Windows.Lines(from, to)}
}

func (e *Engine) reportMetrics(seller *state.Seller, r *outputs.Report) {
	spans := map[windows.Window]*outputs.Span{outputs.LineWindow: e.spanOf(seller, outputs.LineWindow)}
	var listed []string
	listed, r.ProductLinesOmitted = spans[outputs.LineWindow].ListLines()
	for _, m := range rules.Metrics() {
		for _, w := range outputs.ReportWindows(m) {
			if spans[w] == nil {
				spans[w] = e.spanOf(seller, w)
			}
			r.Metrics = spans[w].Report(r.Metrics, m, listed)
		}
	}
}

// sizeOfReport is about how many bytes a report is.
func sizeOfReport(r *outputs.Report) int {
	const each = 64 // of a metric or a rule, but for a product line
	n := each * (len(r.Rules) + len(r.Metrics))
	for i := range r.Metrics {
		if line := r.Metrics[i].ProductLine; line != nil {
			n += len(*line)
		}
	}
	return n
}
