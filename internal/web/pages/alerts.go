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
		Rule: a.Rule, RuleLink: ruleLink(a.SellerID, a.Rule), Rate: w.rate(a.Numerator, a.Denominator), Target: w.target(a.Target), Numbers: w.counts(a.Numerator, a.Denominator), Why: w.cause(&a.Cause), Link: alertLink(a.ID()),
	}
}

// alertsPage is the list of recent alerts.
type alertsPage struct {
	Says                   string
	Rules, States, Classes []option
	Seller, From, To       string
	CSV, JSON, First, Next string
	Live, Version          string // by which a list that has changed is asked for again; empty for one that stays
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
	export.Del("have")
	if query.After == "" {
		page.Version = versionOf(versionOfAlerts(found.Alerts), found.Next == "", found.Older)
		page.Live = with("/alerts", export)
		if q.FormValue("have") == page.Version {
			q.w.WriteHeader(http.StatusNoContent)
			return nil
		}
	}
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

// change is a number before and after an alert.
type change struct{ Name, Before, Then, Change string }

// named is a line of a table.
type named struct{ Name, Value, Link string }

// alertPage is one alert, and why.
type alertPage struct {
	Kind, Class, At, Says, OrdersSay           string
	Seller, SellerLink, Rule, RuleLink, Number string
	Changes                                    []change
	Cause                                      []named
	Orders                                     []named
}

// alert shows why there was an alert.
func (p *Pages) alert(q *request) error {
	ctx, cancel := p.reading(q, searchTimeout)
	defer cancel()
	a, before, err := p.View.Alert(ctx, q.PathValue("id"))
	if a == nil {
		return q.notFound(err, q.t("There is no such alert, or it is not kept any more."))
	}
	kind := a.Kind()
	page := alertPage{
		Kind: q.t(kindNames[kind]), Class: kindClasses[kind], At: q.at(a.AsOf), Says: q.says(a), Changes: q.changes(a, before),
		Seller: a.SellerID, SellerLink: sellerLink(a.SellerID), Rule: a.Rule, RuleLink: ruleLink(a.SellerID, a.Rule), Number: q.count(a.Transition),
	}
	if a.Cause.Topic == "" {
		page.Cause = append(page.Cause, named{Name: q.t("Cause"), Value: q.cause(&a.Cause)})
	} else {
		page.Cause = append(page.Cause, named{Name: q.t("Event"), Value: a.Cause.Topic + " " + a.Cause.Kind}, named{Name: q.t("The order"), Value: a.Cause.OrderID, Link: orderLink(a.SellerID, a.Cause.OrderID)},
			named{Name: q.t("Event id"), Value: a.Cause.EventID}, named{Name: q.t("Record"), Value: place(a.Cause.Topic, a.Cause.Partition, a.Cause.Offset)})
	}
	page.Cause = append(page.Cause, named{Name: q.t("Window"), Value: q.window(a.From, a.To)}, named{Name: q.t("Target"), Value: q.target(a.Target)})
	for _, id := range a.OrderIDs {
		page.Orders = append(page.Orders, named{Name: id, Link: orderLink(a.SellerID, id)})
	}
	if len(a.OrderIDs) == outputs.MaxOrderIDs {
		page.OrdersSay = q.t("the newest %s", q.count(int64(len(a.OrderIDs))))
	}
	return p.show(q, http.StatusOK, "alert", q.t("Alert")+" "+isolated(a.ID()), &page)
}

// says tells an alert in a sentence.
func (w *words) says(a *outputs.Alert) string {
	rate := w.t("%s of %s %s, %s", w.count(a.Numerator), w.count(a.Denominator), w.unit(a.Metric), w.rate(a.Numerator, a.Denominator))
	switch a.Kind() {
	case outputs.KindBreached:
		return w.t("%s: the target %s is missed.", rate, w.target(a.Target))
	case outputs.KindAtRisk:
		return w.t("%s: near the limit of the target %s.", rate, w.target(a.Target))
	}
	return w.t("%s: the target %s is met again.", rate, w.target(a.Target))
}

// changes are the numbers of an alert, and of the one before it.
func (w *words) changes(a, before *outputs.Alert) []change {
	changes := []change{}
	add := func(name string, of func(*outputs.Alert) int64) {
		c := change{w.t(name), dash, w.count(of(a)), dash}
		if before != nil {
			c.Before = w.count(of(before))
			c.Change = w.signed(of(a) - of(before))
		}
		changes = append(changes, c)
	}
	rate := change{w.t("Rate"), dash, w.rate(a.Numerator, a.Denominator), ""}
	if before != nil {
		rate.Before = w.rate(before.Numerator, before.Denominator)
	}
	changes = append(changes, rate)
	add("Numerator", func(a *outputs.Alert) int64 { return a.Numerator })
	add("Denominator", func(a *outputs.Alert) int64 { return a.Denominator })
	if a.Components != nil {
		add("Negative feedback", func(a *outputs.Alert) int64 { return a.Components.NegativeFeedback })
		add("Claims", func(a *outputs.Alert) int64 { return a.Components.Claims })
		add("Chargebacks", func(a *outputs.Alert) int64 { return a.Components.Chargebacks })
	}
	return changes
}
