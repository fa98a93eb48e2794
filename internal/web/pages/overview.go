package pages

import (
	"html/template"
	"net/http"
	"net/url"

	"sellerpulse/internal/view"
	"sellerpulse/pkg/outputs"
	"sellerpulse/pkg/rules"
)

// listed is how many rows the lists of the overview have.
const listed = 8

// overviewPage is all sellers at a glance.
type overviewPage struct {
	Statuses  []tile
	Rules     []ruleRow
	Troubled  []sellerRow
	Nearest   []sellerRow
	Recovered []sellerRow
	LastDay   string // how many alerts there were
	Alerts    []alertRow
}

// tile is a number in large letters.
type tile struct{ Count, Name, Class, Link string }

// ruleRow is a rule in the overview.
type ruleRow struct {
	Link, Name, Breached, AtRisk string
	Stack                        template.HTML
}

// overview shows all sellers at a glance.
func (p *Pages) overview(q *request) error {
	o := p.View.Overview(listed)
	alerts, err := p.View.Alerts(view.AlertQuery{Limit: listed})
	if err != nil {
		return err
	}
	troubled, err := p.View.Sellers(view.Query{Status: []rules.Status{rules.StatusUnderReview}, Limit: listed})
	if err != nil {
		return err
	}
	page := overviewPage{LastDay: q.lastDay(&o.LastDay)}
	for _, s := range []rules.Status{rules.StatusUnderReview, rules.StatusAtRisk, rules.StatusActive} {
		page.Statuses = append(page.Statuses, tile{q.count(int64(o.Statuses[s])), q.t(statusNames[s]), statusClasses[s], "/sellers?status=" + s.String()})
	}
	page.Statuses = append(page.Statuses, tile{q.count(int64(o.Sellers)), q.t("Sellers"), "", "/sellers"})
	for i := range o.Rules {
		page.Rules = append(page.Rules, q.ruleRow(&o.Rules[i]))
	}
	for i := range troubled.Sellers {
		page.Troubled = append(page.Troubled, q.row(&troubled.Sellers[i]))
	}
	for i := range o.Nearest {
		page.Nearest = append(page.Nearest, q.row(&o.Nearest[i]))
	}
	for i := range o.Recovered {
		page.Recovered = append(page.Recovered, q.recovered(&o.Recovered[i]))
	}
	for i := range alerts.Alerts {
		page.Alerts = append(page.Alerts, q.alertRow(&alerts.Alerts[i]))
	}
	return p.show(q, http.StatusOK, "overview", q.t("Overview"), &page)
}

// lastDay says how many alerts there were.
func (w *words) lastDay(c *view.AlertCounts) string {
	of := func(kind outputs.AlertKind) string { return w.count(int64(c[kind])) }
	return w.t("last 24 h: %s breached, %s at risk, %s resolved", of(outputs.KindBreached), of(outputs.KindAtRisk), of(outputs.KindResolved))
}

func (w *words) ruleRow(r *view.RuleCounts) ruleRow {
	count := func(s rules.State) string { return w.count(int64(r.States[s])) }
	says := w.t("%s breached, %s at risk, %s OK, %s without data", count(rules.Breached), count(rules.AtRisk), count(rules.OK), count(rules.NoData))
	row := ruleRow{Link: with("/sellers", url.Values{"rule": {r.Rule}}), Name: r.Rule, Breached: count(rules.Breached), AtRisk: count(rules.AtRisk)}
	var parts []part
	for _, s := range []rules.State{rules.Breached, rules.AtRisk, rules.OK, rules.NoData} {
		parts = append(parts, part{stateClasses[s], int64(r.States[s])})
	}
	row.Stack = stack(says, parts...)
	return row
}

// recovered is a seller by the rule that left BREACHED.
func (w *words) recovered(s *view.Seller) sellerRow {
	row := sellerRow{Link: sellerLink(s.ID), Seller: s.ID, Rule: s.Recovered.Rule, Since: w.day(s.Recovered.At), Rate: dash}
	for i := range s.Rules {
		if r := &s.Rules[i]; r.Rule == s.Recovered.Rule {
			row.Rate = w.rate(r.Numerator, r.Denominator)
		}
	}
	return row
}
