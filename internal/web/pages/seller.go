package pages

import (
	"errors"
	"net/http"
	"net/url"
	"slices"

	"sellerpulse/internal/inspect"
	"sellerpulse/internal/view"
	"sellerpulse/internal/web/ask"
	"sellerpulse/pkg/outputs"
	"sellerpulse/pkg/rules"
	"sellerpulse/pkg/windows"
)

// reason is why a seller's status is what it is, and what tipped it; empty where no recent alert tells.
type reason struct {
	Class, Rule, Name, Link, Text, Cause, CauseLink string
	part                                            *string
}

// sellerPage is a seller.
type sellerPage struct {
	Seller, Status, StatusClass, AsOf string
	Packs                             []packStatus // of several packs
	Notices                           []string     // what is not at hand
	Reasons                           []reason
	Rules                             []ruleCard
	Coming                            []string // rules that are not in force yet
	Detail                            *detail
	Alerts                            []alertRow
	AlertsLink                        string

	current func(*outputs.RuleReport) bool // whether the rule, and the part, is looked into
}

// packStatus is the status that the rules of a pack recommend.
type packStatus struct{ Pack, Status, Class string }

// packs lists the statuses of packs, where there are several.
func (w *words) packs(r *outputs.Report) (all []packStatus) {
	for _, s := range r.Statuses {
		name := s.Pack
		if name == "" {
			name = w.t("rules of no pack")
		}
		all = append(all, packStatus{name, w.t(statusNames[s.Status]), statusClasses[s.Status]})
	}
	if len(all) < 2 {
		return nil
	}
	return all
}

// seller shows where a seller stands and what is behind that. The rules come from its report, which every process has; what is behind them from its state,
// if that is here.
func (p *Pages) seller(q *request) error {
	id := sellerOf(q.Request)
	q.watch(p.View.MarkOf(id), &id)
	report, notice, err := p.report(q, id)
	if err != nil {
		return q.notFound(err, q.t("There is no such seller, or it has no placed order."))
	}
	page := sellerPage{
		Seller: id, Status: q.t(statusNames[report.Status]), StatusClass: statusClasses[report.Status], AsOf: q.at(report.AsOf), AlertsLink: with("/alerts", url.Values{"seller": {id}}),
		Packs: q.packs(report), Coming: q.coming(q.dayOf(report.AsOf)), current: func(r *outputs.RuleReport) bool { return r.Rule == q.FormValue("rule") },
	}
	err = p.States.Of(q.Context(), id, func(s *inspect.Partition) error { return p.inspect(q, s, report, &page) })
	away := q.away(err)
	if err != nil && away == "" {
		return err
	}
	for _, text := range []string{notice, away} {
		if text != "" {
			page.Notices = append(page.Notices, text)
			q.settle(p.States != nil)
		}
	}
	if page.Rules == nil {
		page.addRules(q, report, nil)
	}
	recent, err := p.View.Alerts(view.AlertQuery{Seller: id, Limit: 20})
	if err != nil {
		return err
	}
	for i := range recent.Alerts {
		row := q.alertRow(&recent.Alerts[i])
		row.Seller = "" // It is whom the page is about.
		page.Alerts = append(page.Alerts, row)
	}
	page.tipped(q, recent.Alerts)
	return p.show(q, http.StatusOK, "seller", isolated(id), &page)
}

// report is the latest of a seller. Where the brokers do not answer it is what the lists have of it, without product lines, and the notice says so.
func (p *Pages) report(q *request, id string) (r *outputs.Report, notice string, err error) {
	ctx, cancel := p.reading(q, reportTimeout)
	defer cancel()
	r, err = p.View.Report(ctx, id)
	if err == nil || errors.Is(err, view.ErrNotFound) {
		return r, "", err
	}
	s, known := p.View.Seller(id)
	if !known || q.Context().Err() != nil {
		return nil, "", err
	}
	p.Logger.Warn("a seller is shown without its report", "error", err)
	return &outputs.Report{SellerID: id, AsOf: s.AsOf, Status: s.Status, Rules: s.Rules}, q.t("The report cannot be read from Kafka at the moment: its product lines are missing."), nil
}

// away says why there is no answer from a seller's state, if it is that the state is elsewhere, or not ready; empty for another error, and none.
func (q *request) away(err error) string {
	switch {
	case err == nil:
		return ""
	case errors.Is(err, ask.ErrNobody):
		return q.t("The orders behind these numbers are not at hand: no processor is known to run that has them.")
	case errors.Is(err, ask.ErrElsewhere):
		return q.t("The orders behind these numbers are not at hand: another process has them, which does not answer from here.")
	case errors.Is(err, inspect.ErrRestoring), errors.Is(err, inspect.ErrRebuilding):
		return q.t("The orders behind these numbers are being restored. This page has them in a while.")
	case errors.As(err, new(*inspect.SettingsError)):
		return q.t("The orders behind these numbers were counted by other rules. This page has them in a while.")
	}
	return ""
}

// inspect fills in what the state tells.
func (p *Pages) inspect(q *request, s *inspect.Partition, report *outputs.Report, page *sellerPage) error {
	standings, err := s.Rules(report.SellerID)
	if err != nil {
		return err
	}
	a, err := q.question(report, p.Rules)
	if err != nil {
		return err
	}
	cards := sellerPage{current: a.is}
	q.stay(&a)
	q.settle(behind(standings, report))
	cards.addRules(q, report, standings)
	if page.Detail, err = p.detail(q, s, report, &a); err == nil {
		page.Rules, page.Reasons = cards.Rules, cards.Reasons
	}
	return err
}

// addRules adds where the seller stands with each rule; more is what its state tells, nil where it is not at hand.
func (page *sellerPage) addRules(q *request, report *outputs.Report, more *inspect.Standings) {
	today := q.dayOf(report.AsOf)
	for i := 0; i < len(report.Rules); {
		var parts []*outputs.RuleReport
		var told []*inspect.Standing
		for name := report.Rules[i].Rule; i < len(report.Rules) && report.Rules[i].Rule == name; i++ {
			r := &report.Rules[i]
			parts, told = append(parts, r), append(told, standingOf(more, r))
			if r.State >= rules.AtRisk {
				page.Reasons = append(page.Reasons, reason{
					Class: stateClasses[r.State], Rule: r.Rule, part: r.Part, Name: q.ruleName(r.Rule, r.Part), Link: ruleLink(report.SellerID, r.Rule, r.Part), Text: q.stands(r),
				})
			}
		}
		page.Rules = append(page.Rules, q.card(report.SellerID, parts, told, today, page.current))
	}
}

// standingOf is what a state tells of a rule of a report; nil for nothing.
func standingOf(all *inspect.Standings, r *outputs.RuleReport) *inspect.Standing {
	if all == nil {
		return nil
	}
	for i := range all.Rules {
		if s := &all.Rules[i]; s.Rule == r.Rule && inspect.SamePart(s.Part, r.Part) {
			return s
		}
	}
	return nil
}

// tipped tells of each reason what tipped it, as far as the recent alerts of the seller tell, the newest of which come first.
func (page *sellerPage) tipped(q *request, recent []outputs.Alert) {
	for i := range page.Reasons {
		r := &page.Reasons[i]
		at := slices.IndexFunc(recent, func(a outputs.Alert) bool { return a.Rule == r.Rule && inspect.SamePart(a.Part, r.part) })
		if at < 0 {
			continue
		}
		c := &recent[at].Cause
		if r.Cause = q.cause(c); c.Topic != "" {
			r.CauseLink = eventLink(page.Seller, c.OrderID, place(c.Topic, c.Partition, c.Offset))
		}
	}
}

// behind is whether the state, of which the last checkpoint is asked, and the report are not of the same moment: one of them is to come.
func behind(s *inspect.Standings, report *outputs.Report) bool {
	return slices.ContainsFunc(s.Rules, func(standing inspect.Standing) bool {
		return slices.ContainsFunc(report.Rules, func(r outputs.RuleReport) bool {
			return r.Rule == standing.Rule && inspect.SamePart(r.Part, standing.Part) && (r.Numerator != standing.Numerator || r.Denominator != standing.Denominator || r.State.String() != standing.State)
		})
	})
}

// stands says how a rule is missed, or nearly.
func (w *words) stands(r *outputs.RuleReport) string {
	counts := w.t("%s of %s %s, %s", w.count(r.Numerator), w.count(r.Denominator), w.unit(r.Metric), w.rate(r.Numerator, r.Denominator))
	says := w.t("%s: near the limit of the target %s.", counts, w.target(r.Target))
	switch {
	case r.Level != "":
		says = w.t("%s: level %s.", counts, r.Level)
	case r.State == rules.Breached:
		says = w.t("%s: the target %s is missed.", counts, w.target(r.Target))
	}
	if r.Since != 0 {
		says += " " + w.t("Since %s.", w.at(r.Since))
	}
	return says
}

// distance says how far a rule is from a breach, or from the end of one.
func (w *words) distance(r *outputs.RuleReport, more *inspect.Standing, today windows.Date) string {
	switch {
	case r.State == rules.NoData:
		return w.t("Too few %s to say.", w.unit(r.Metric))
	case r.State == rules.Breached && more != nil && more.RecoversOn != nil && more.OrdersToRecover != nil:
		return w.t("Recovers by itself on %s, or after %s more %s without a miss.", more.RecoversOn.String(), w.count(*more.OrdersToRecover), w.unit(r.Metric))
	case r.State == rules.Breached:
		return w.t("The target is missed.")
	}
	left, ok := w.judged(r, today).DefectsToBreach(r.Numerator, r.Denominator, r.ProjectedState)
	if !ok {
		return ""
	}
	if left == 0 {
		return w.t("The target is missed.")
	}
	if left == 1 {
		return w.t("1 more miss until it is breached.")
	}
	return w.t("%s more misses until it is breached.", w.count(left))
}
