package engine

import (
	"cmp"
	"slices"

	"sellerpulse/internal/state"
	"sellerpulse/pkg/outputs"
	"sellerpulse/pkg/rules"
	"sellerpulse/pkg/windows"
)

// Report tells a seller's numbers and states at stream time.
func (e *Engine) Report(seller *state.Seller) outputs.Report {
	r := outputs.Report{SellerID: seller.ID, AsOf: e.clock.StreamTime}
	for i, rule := range e.rules {
		sums, st := &e.ruleSums[i], &seller.Rules[i]
		from, to := rule.Window.Range(e.today)
		numerator, denominator := sums.of(seller)
		r.Rules = append(r.Rules, outputs.RuleReport{
			Rule: rule.Name, Metric: rule.Metric, Class: rule.Class, Channel: rule.Channel(), Provisional: rule.Provisional,
			Window: rule.Window, From: from, To: to, Target: rule.Target, State: st.State, Since: st.Since,
			Numerator: numerator, Denominator: denominator,
		})
		r.Status = max(r.Status, rules.StatusOf(rule.Class, st.State))
	}
	e.reportMetrics(seller, &r)
	return r
}

// span is what a seller's orders of a window add up to, all together and by product line.
type span struct {
	totals [2]windows.Counts
	lines  map[string]*[2]windows.Counts
}

func (e *Engine) spanOf(seller *state.Seller, w windows.Window) *span {
	from, to := w.Range(e.today)
	return &span{seller.Windows.Totals(from, to), seller.Windows.Lines(from, to)}
}

func (e *Engine) reportMetrics(seller *state.Seller, r *outputs.Report) {
	spans := map[windows.Window]*span{outputs.LineWindow: e.spanOf(seller, outputs.LineWindow)}
	var listed []string
	listed, r.ProductLinesOmitted = listLines(spans[outputs.LineWindow].lines)
	for m := range rules.NumMetrics {
		numerator, denominator := m.Measures()
		for _, w := range outputs.ReportWindows(m) {
			from, to := w.Range(e.today)
			if spans[w] == nil {
				spans[w] = e.spanOf(seller, w)
			}
			add := func(line *string, sums *[2]windows.Counts) {
				for _, channel := range [...]rules.Channel{rules.AllChannels, rules.MFN, rules.AFN} {
					r.Metrics = append(r.Metrics, outputs.MetricReport{
						Metric: m, Channel: channel, ProductLine: line, Window: w, From: from, To: to,
						Numerator: windows.SumOf(sums, channel.Of(), numerator), Denominator: windows.SumOf(sums, channel.Of(), denominator),
					})
				}
			}
			add(nil, &spans[w].totals)
			for _, line := range listed {
				if sums := spans[w].lines[line]; sums != nil && windows.SumOf(sums, 0, windows.Orders) > 0 {
					add(&line, sums)
				}
			}
		}
	}
}

// listLines chooses the product lines that a report lists, in the order of their names, and counts those with orders that it omits.
func listLines(lines map[string]*[2]windows.Counts) (listed []string, omitted int64) {
	orders := func(line string) int64 { return windows.SumOf(lines[line], 0, windows.Orders) }
	for line := range lines {
		if orders(line) > 0 {
			listed = append(listed, line)
		}
	}
	if len(listed) > outputs.MaxProductLines {
		slices.SortFunc(listed, func(a, b string) int { return cmp.Or(cmp.Compare(orders(b), orders(a)), cmp.Compare(a, b)) })
		omitted = int64(len(listed) - outputs.MaxProductLines)
		listed = listed[:outputs.MaxProductLines]
	}
	slices.Sort(listed)
	return listed, omitted
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
