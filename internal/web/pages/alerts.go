package pages

import (
	"net/http"
	"time"

	"sellerpulse/internal/view"
	"sellerpulse/pkg/events"
	"sellerpulse/pkg/outputs"
	"sellerpulse/pkg/rules"
)

// alertRow is an alert in a list.
type alertRow struct {
	Instant, At, Minute, Kind, Class, Seller, SellerLink, Rule, RuleLink, Rate, Target, Numbers, Why, Link string
}

func (w *words) alertRow(a *outputs.Alert) alertRow {
	return alertRow{
		Instant: events.FormatInstant(a.AsOf), At: w.at(a.AsOf), Minute: w.minute(a.AsOf), Kind: w.t(kindNames[a.Kind()]), Class: kindClasses[a.Kind()], Seller: a.SellerID, SellerLink: sellerLink(a.SellerID),
		Rule: w.alerted(a), RuleLink: ruleLink(a.SellerID, a.Rule, a.Part), Rate: w.rate(a.Numerator, a.Denominator), Target: w.target(a.Target), Numbers: w.counts(a.Numerator, a.Denominator), Why: w.cause(&a.Cause), Link: alertLink(a.ID()),
	}
}

// alerted is the rule of an alert, with its part, and the level to which the seller came.
func (w *words) alerted(a *outputs.Alert) string {
	if a.Level == "" {
		return w.ruleName(a.Rule, a.Part)
	}
	return w.ruleName(a.Rule, a.Part) + ", " + a.Level
}

// alertsPage is the list of recent alerts.
type alertsPage struct {
	Says                   string
	Rules, States, Classes []option
	Seller, From, To       string
	CSV, JSON, First, Next string
	Filtered               bool
	Rows                   []alertRow
}

// alerts shows the recent ones.
func (p *Pages) alerts(q *request) error {
	query := view.AlertQuery{Seller: q.FormValue("seller"), Rule: q.FormValue("rule"), After: q.FormValue("after")}
	page := alertsPage{Seller: query.Seller, From: q.FormValue("from"), To: q.FormValue("to"), Rules: p.ruleOptions(q, query.Rule)}
	page.States, query.States = stateOptions(q)
	allClasses := []rules.Class{rules.Contractual, rules.Advisory}
	page.Classes = options(q, q.FormValue("class"), q.t("any class"), allClasses, []string{"contractual", "advisory"})
	query.Class = selected(page.Classes, allClasses)
	var err error
	if query.From, err = q.day("from", 0); err != nil {
		return err
	}
	if query.To, err = q.day("to", 1); err != nil {
		return err
	}
	found, err := p.View.Alerts(query)
	if err != nil {
		return err
	}
	for i := range found.Alerts {
		page.Rows = append(page.Rows, q.alertRow(&found.Alerts[i]))
	}
	if page.Says = q.t("The latest alerts"); !found.Older {
		page.Says = q.t("All alerts that are kept")
	}
	page.First, page.Next = pageLinks(q.URL, query.After, found.Next)
	page.Filtered = query.Seller+query.Rule+page.From+page.To != "" || len(query.States)+len(query.Class) > 0
	export := q.URL.Query()
	export.Del("after")
	page.JSON = with("/api/v1/alerts", export)
	export.Set("format", "csv")
	page.CSV = with("/api/v1/alerts", export)
	return p.show(q, http.StatusOK, "alerts", q.t("Alerts"), &page)
}

// day is the instant at which a day begins that a reader gave, or so many days later; 0 where none was given.
func (q *request) day(name string, later int) (events.Millis, error) {
	text := q.FormValue(name)
	if text == "" {
		return 0, nil
	}
	day, err := time.ParseInLocation(time.DateOnly, text, q.zone)
	if err != nil {
		return 0, &missingError{http.StatusBadRequest, q.t("This address cannot be read"), q.t("%s is no date: write it as 2026-01-31.", text), ""}
	}
	return day.AddDate(0, 0, later).UnixMilli(), nil
}
