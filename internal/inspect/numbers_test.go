package inspect_test

import (
	"fmt"
	"math/rand/v2"
	"slices"

	"sellerpulse/internal/inspect"
	"sellerpulse/pkg/outputs"
	"sellerpulse/pkg/rules"
	"sellerpulse/pkg/windows"
	"sellerpulse/test/enginetest"
)

// check asks everything of every seller.
func (m *machine) check(r *rand.Rand, seen *tally) {
	m.Helper()
	a := m.ask()
	defer a.close()
	for _, seller := range a.sellers() {
		rows := a.rows(seller)
		a.checkReport(seller, seen)
		a.checkPeriod(r, seller, rows)
		a.checkHistory(r, seller, rows)
		for range 6 {
			a.checkOrders(r, seller, rows, seen)
		}
		for i := range rows {
			a.checkOrder(seller, &rows[i])
		}
	}
}

// checkReport compares the numbers of a report with those of a period and of the rules.
func (a *asked) checkReport(seller string, seen *tally) {
	a.Helper()
	report, known, err := a.engine.ReportOf(seller)
	a.must(err)
	standings, err := a.Rules(seller)
	a.must(err)
	clock, _, err := a.reader.Clock()
	a.must(err)
	if i := clock.Instant; i == nil || !i.Begun() || i.Next.Seller != seller {
		a.checkStates(standings)
	}
	if !known || int64(standings.AsOf) != report.AsOf {
		return // In the middle of an instant.
	}
	if standings.Status != report.Status.String() || len(standings.Rules) != len(report.Rules) {
		a.Errorf("%q is %s under %d rules, want %v under %d", seller, standings.Status, len(standings.Rules), report.Status, len(report.Rules))
	}
	for i := range report.Rules {
		s, want := &standings.Rules[i], &report.Rules[i]
		got := fmt.Sprintf("%s %s %v..%v %s %s %s", s.Rule, s.Channel, s.Window.From, s.Window.To, text(s.Numbers), *s.Target, s.State)
		if w := fmt.Sprintf("%s %v %v..%v %s %v %v", want.Rule, want.Channel, want.From, want.To, naive(want.Numerator, want.Denominator), want.Target, want.State); got != w {
			a.Errorf("%q: rule is %s, want %s", seller, got, w)
		}
		met, ok := want.TargetMet()
		if ok != (s.TargetMet != nil) || ok && met != *s.TargetMet || (s.Since == nil) != (want.Since == 0) || s.Since != nil && int64(*s.Since) != want.Since {
			a.Errorf("%q: rule %s: target met %v, since %v; want %v", seller, s.Rule, s.TargetMet, s.Since, want)
		}
		misses := want.Numerator
		if want.Target.Good() {
			misses = want.Denominator - want.Numerator
		}
		if s.Misses != misses || (s.MissesAllowed != nil) != ok || ok && (misses <= *s.MissesAllowed) != met {
			a.Errorf("%q: rule %s: %d misses, allowed %s; want %d, and that the target is met: %v", seller, s.Rule, s.Misses, enginetest.Number(s.MissesAllowed), misses, met)
		}
		seen.numbers++
	}
	a.checkMetrics(seller, &report)
}

// checkStates checks that each state is the one that its numbers lead to: they are as of the same instant.
func (a *asked) checkStates(standings *inspect.Standings) {
	a.Helper()
	for _, s := range standings.Rules {
		rule := a.options.Rules.Find(s.Rule).Versions[0]
		for before := range rules.NumStates {
			if before.String() == s.State && rule.Next(s.Numerator, s.Denominator, rules.Standing{State: before}).State != before {
				a.Errorf("%q: %s is %s by %s", standings.SellerID, s.Rule, s.State, text(s.Numbers))
			}
		}
	}
}

// checkMetrics compares the metrics of a report with those of the periods that are its windows.
func (a *asked) checkMetrics(seller string, report *outputs.Report) {
	a.Helper()
	periods := map[windows.Date]map[string]string{}
	for i := range report.Metrics {
		m := &report.Metrics[i]
		if periods[m.From] == nil {
			period, err := a.Period(seller, m.From, m.To)
			a.must(err)
			if m.Window == outputs.LineWindow && (period.ProductLinesOmitted != report.ProductLinesOmitted || period.ProductLinesCut) {
				a.Errorf("%q: %d lines omitted, want %d", seller, period.ProductLinesOmitted, report.ProductLinesOmitted)
			}
			periods[m.From] = metricTexts(period)
		}
		name := m.Metric + m.Channel.String() + enginetest.Number(m.ProductLine)
		if got, want := periods[m.From][name], naive(m.Numerator, m.Denominator); got != want {
			a.Errorf("%q: %s from %v is %s, want %s", seller, name, m.From, got, want)
		}
	}
}

func metricTexts(p *inspect.Period) map[string]string {
	texts := map[string]string{}
	for _, m := range p.Metrics {
		texts[m.Metric+m.Channel+enginetest.Number(m.ProductLine)] = text(m.Numbers)
	}
	return texts
}

// anyDates are some that are kept.
func (a *asked) anyDates(r *rand.Rand) (from, to windows.Date) {
	today, retention := a.Today(), int(a.options.RetentionDays)
	from = today - windows.Date(r.IntN(retention))
	return from, from + windows.Date(r.IntN(int(today-from)+1))
}

// checkPeriod compares a period with all rows.
func (a *asked) checkPeriod(r *rand.Rand, seller string, rows []row) {
	a.Helper()
	from, to := a.anyDates(r)
	period, err := a.Period(seller, from, to)
	a.must(err)
	want := map[string]string{}
	var lines []string
	for i := range rows {
		if f := (filter{from: from, to: to}); f.has(&rows[i]) && rows[i].facts[windows.Orders] > 0 {
			lines = rows[i].order.Lines(lines)
		}
	}
	slices.Sort(lines)
	names := []*string{nil}
	for _, line := range slices.Compact(lines) {
		names = append(names, &line)
	}
	for _, metric := range rules.Metrics() {
		for channel := range rules.NumChannels {
			for _, line := range names {
				f := filter{channel, line, from, to}
				want[metric.String()+channel.String()+enginetest.Number(line)] = naive(f.count(rows, metric))
			}
		}
	}
	if got := metricTexts(period); fmt.Sprint(got) != fmt.Sprint(want) || len(period.Metrics) != len(want) {
		a.Errorf("%q from %v to %v: %v, want %v", seller, from, to, got, want)
	}
}

// anyFilter is some channel, and perhaps a product line.
func anyFilter(r *rand.Rand, metric *rules.Metric) (channel *rules.Channel, line *string, f filter) {
	f.channel = metric.Channel
	if r.IntN(2) == 0 {
		f.channel = rules.Channel(r.IntN(int(rules.NumChannels)))
		channel = &f.channel
	}
	if r.IntN(3) == 0 {
		line = &[]string{"toys", "books", "", "none such"}[r.IntN(4)]
		f.line = line
	}
	return channel, line, f
}

// checkHistory compares a history with all rows.
func (a *asked) checkHistory(r *rand.Rand, seller string, rows []row) {
	a.Helper()
	metric := rules.Metrics()[r.IntN(len(rules.Metrics()))]
	q := inspect.HistoryQuery{Metric: metric.FullName()}
	var f filter
	q.Channel, q.ProductLine, f = anyFilter(r, metric)
	from, to := a.anyDates(r)
	q.From, q.To = &from, &to
	h, err := a.History(seller, q)
	a.must(err)
	if len(h.Dates) != int(to-from)+1 {
		a.Fatalf("%d dates from %v to %v", len(h.Dates), from, to)
	}
	for i, d := range h.Dates {
		f.from, f.to = d.Date, d.Date
		if got, want := text(d.Numbers), naive(f.count(rows, metric)); got != want || d.Date != from+windows.Date(i) {
			a.Errorf("%q: %v %+v on %v is %s, want %s", seller, metric, f, d.Date, got, want)
		}
	}
	for _, rule := range h.Rules {
		definition := a.options.Rules.Find(rule.Rule).Versions[0]
		for i, w := range rule.Windows {
			f.from, f.to = w.Date-windows.Date(rule.Days)+1, w.Date
			if got, want := text(w.Numbers), naive(f.count(rows, metric)); got != want || w.Date != h.Dates[i].Date ||
				w.AsOf != w.Date+windows.Date(definition.Window().Lag) || w.Whole != (f.from >= h.KeptFrom) {
				a.Errorf("%q: %s %+v is %+v, %s, want %s", seller, rule.Rule, f, w, got, want)
			}
		}
	}
}

// checkAlerts compares the alerts of the last commit that are as of now with answers.
func (m *machine) checkAlerts(seen *tally) {
	m.Helper()
	a := m.ask()
	defer a.close()
	latest := map[[2]string]*outputs.Alert{}
	for i := range m.alerts {
		alert := &m.alerts[i]
		latest[[2]string{alert.SellerID, alert.Rule}] = alert
	}
	for _, alert := range latest {
		if alert.AsOf != int64(a.StreamTime()) {
			continue
		}
		seen.alerts++
		standings, err := a.Rules(alert.SellerID)
		m.must(err)
		if int64(standings.AsOf) != alert.AsOf {
			continue
		}
		i := slices.IndexFunc(standings.Rules, func(s inspect.Standing) bool { return s.Rule == alert.Rule })
		s := &standings.Rules[i]
		components := "null"
		if s.Components != nil {
			components = fmt.Sprint(*s.Components)
		}
		got := fmt.Sprintln(s.Alerts, s.State, s.Window.From, s.Window.To, text(s.Numbers), s.Class, s.Provisional, components,
			enginetest.Number(s.DefectsToBreach), enginetest.Number(s.OrdersToRecover), enginetest.Number(s.RecoversOn))
		components = "null"
		if alert.Components != nil {
			components = fmt.Sprint(*alert.Components)
		}
		want := fmt.Sprintln(alert.Transition, alert.State, alert.From, alert.To, naive(alert.Numerator, alert.Denominator), alert.Class, alert.Provisional, components,
			enginetest.Number(alert.DefectsToBreach), enginetest.Number(alert.OrdersToRecover), enginetest.Number(alert.RecoversOn))
		if got != want {
			m.Errorf("%s: %s, want %s", alert.ID(), got, want)
		}
		page, err := a.Orders(alert.SellerID, inspect.OrdersQuery{Rule: alert.Rule, Limit: outputs.MaxOrderIDs})
		m.must(err)
		var ids []string
		for i := range page.Orders {
			ids = append(ids, page.Orders[i].OrderID)
		}
		if !slices.Equal(ids, alert.OrderIDs) {
			m.Errorf("%s: orders %q, want %q", alert.ID(), ids, alert.OrderIDs)
		}
	}
}
