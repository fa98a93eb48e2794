package engine

import (
	"cmp"
	"slices"

	"sellerpulse/internal/state"
	"sellerpulse/pkg/outputs"
	"sellerpulse/pkg/windows"
)

// Report tells a seller's numbers and states at stream time: of the rules in force, and of each those parts that have a place.
func (e *Engine) Report(seller *state.Seller) outputs.Report {
	r := outputs.Report{SellerID: seller.ID, AsOf: e.clock.StreamTime, Statuses: e.options.Rules.Statuses()}
	for _, rule := range e.policy.of(seller.ID, e.today).rules {
		if rule == nil {
			continue
		}
		omitted := int64(0)
		if rule.Field != windows.NoField {
			omitted = e.omitted(seller, rule)
		}
		standings := rule.standings(seller)
		for i := range standings {
			r.Status = max(r.Status, rule.Recommend(r.Statuses, standings[i].state().State))
		}
		listed := listParts(standings, outputs.MaxPartBytes/max(e.policy.divided, 1))
		omitted += int64(len(standings) - len(listed))
		for i := range listed {
			r.Rules = append(r.Rules, e.reportRule(&listed[i], omitted))
		}
	}
	e.reportMetrics(seller, &r)
	return r
}

// listParts is the parts that a report tells of, in the order of their values: all whose values have so many bytes together, else those in the worst states,
// of equal ones those whose values come first.
func listParts(all []standing, bytes int) []standing {
	byValue := func(a, b standing) int { return cmp.Compare(a.part.Value, b.part.Value) }
	slices.SortFunc(all, byValue)
	total := 0
	for i := range all {
		total += len(all[i].part.Value)
	}
	if total <= bytes {
		return all // As nearly always: there is room for 32 values of 64 bytes of each of 64 rules.
	}
	listed := slices.Clone(all)
	slices.SortStableFunc(listed, func(a, b standing) int { return cmp.Compare(b.state().State, a.state().State) })
	for i := range listed {
		if bytes -= len(listed[i].part.Value); bytes < 0 {
			listed = listed[:i]
			break
		}
	}
	slices.SortFunc(listed, byValue)
	return listed
}

func (e *Engine) reportRule(s *standing, omitted int64) outputs.RuleReport {
	r, st := s.rule, s.state()
	window, numerator, denominator := s.numbers()
	from, to := window.Range(e.today)
	report := outputs.RuleReport{
		Rule: r.Name, Metric: r.Metric.FullName(), Class: r.Class, Channel: r.Channel(), Provisional: r.Provisional,
		Window: published(window, from, to), From: from, To: to, Target: r.Target, State: st.State, Since: st.Since,
		Numerator: numerator, Denominator: denominator,
		Part: s.value(), PartsOmitted: omitted, Level: st.Level, Levels: r.Levels, CountsFrom: e.countsFrom(r, from), ProjectedState: r.Next(numerator, denominator, st.Standing()).State,
	}
	if r.silence != nil {
		report.SilencedUntil, report.SilenceReason = &r.silence.Until, r.silence.Reason
	}
	return report
}

func (e *Engine) spanOf(seller *state.Seller, w windows.Window) *outputs.Span {
	from, to := w.Range(e.today)
	return &outputs.Span{Window: published(w, from, to), From: from, To: to, Totals: seller.Windows.Totals(from, to), Lines: seller.Windows.Lines(from, to)}
}

func (e *Engine) reportMetrics(seller *state.Seller, r *outputs.Report) {
	recent := e.spanOf(seller, outputs.LineWindow)
	spans := map[windows.Window]*outputs.Span{outputs.LineWindow: recent}
	var all []*outputs.Span
	for i := range e.plan.Metrics {
		for _, w := range e.plan.Metrics[i].Over(e.options.HistoryDays) {
			if spans[w] == nil {
				spans[w] = e.spanOf(seller, w)
			}
			all = append(all, spans[w])
		}
	}
	var listed []string
	listed, r.ProductLinesOmitted = recent.ListMost(outputs.MostLines(len(all)), all...)
	for i := range e.plan.Metrics {
		m := &e.plan.Metrics[i]
		for _, w := range m.Over(e.options.HistoryDays) {
			r.Metrics = spans[w].Report(r.Metrics, m.FullName(), m.Rate.Numerator, m.Rate.Denominator, listed)
		}
	}
}

// sizeOfReport is about how many bytes a report is.
func sizeOfReport(r *outputs.Report) int {
	const each = 64 // of a metric or a rule, but for a product line or a part
	n := each * (len(r.Rules) + len(r.Metrics))
	for i := range r.Metrics {
		if line := r.Metrics[i].ProductLine; line != nil {
			n += len(*line)
		}
	}
	for i := range r.Rules {
		if part := r.Rules[i].Part; part != nil {
			n += len(*part)
		}
		n += each / 2 * len(r.Rules[i].Levels)
	}
	return n
}
