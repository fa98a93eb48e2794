package api

import (
	"net/http"
	"reflect"

	"github.com/danielgtaylor/huma/v2"

	"sellerpulse/internal/view"
	"sellerpulse/pkg/outputs"
	"sellerpulse/pkg/rules"
)

// alert is one as the alerts command prints it.
type alert struct{ *outputs.Alert }

// MarshalJSON implements json.Marshaler.
func (a alert) MarshalJSON() ([]byte, error) { return a.AppendJSON(nil), nil }

// Schema implements huma.SchemaProvider.
func (alert) Schema(r huma.Registry) *huma.Schema {
	return r.Schema(reflect.TypeFor[Alert](), true, "")
}

// Alerts is a page of the recent alerts.
type Alerts struct {
	Freshness
	Alerts []alert `json:"alerts" doc:"Those that were published last first."`
	Older  bool    `json:"older" doc:"There were older ones, which are not among the recent ones any more."`
	Next   *string `json:"next_cursor" doc:"The cursor of the next page; null on the last one."`
}

type alertsInput struct {
	Seller string      `query:"seller" doc:"Alerts about this seller."`
	Rule   string      `query:"rule" doc:"Alerts of this rule."`
	State  []stateName `query:"state" nullable:"false" doc:"Alerts that tell a change to any of these states."`
	Kind   []kindName  `query:"kind" nullable:"false" doc:"Alerts of any of these kinds."`
	Class  []className `query:"class" nullable:"false" doc:"Alerts of rules of any of these classes."`
	From   string      `query:"from" doc:"The least as_of: an instant, or a date, whose beginning it is."`
	To     string      `query:"to" doc:"An instant before which as_of is, or a date, at whose end."`
	Cursor string      `query:"cursor" doc:"next_cursor of the page before."`
	Limit  int         `query:"limit" minimum:"1" maximum:"500" default:"50" doc:"Alerts of a page. CSV has all."`
	Format string      `query:"format" enum:"json,csv" doc:"csv as with Accept: text/csv."`
	Accept string      `header:"Accept" hidden:"true"`
}

func (a *api) registerAlerts() {
	const tag = "Alerts"
	get(a, operation{
		id: "list-alerts", path: "/alerts", tag: tag, summary: "Recent alerts",
		says:    "Page by page, or all of a filter as CSV. What is published meanwhile does not move the pages.",
		content: map[string]*huma.MediaType{csvType: {Schema: &huma.Schema{Type: huma.TypeString}}},
	}, a.alerts)
	a.registerStream(tag)
	get(a, operation{
		id: "get-alert", path: "/alerts/{id}", tag: tag, summary: "An alert, and why it was",
		says: "With the alert before it of the same seller and rule, what changed since then, and the orders behind it, from whichever process has the seller's state. An alert that is not recent is looked for in its topic.",
	}, a.why)
}

// alertsAnswer is a page of alerts, or as CSV that one and all that follow.
type alertsAnswer struct {
	view  *view.View
	query view.AlertQuery
	first view.AlertPage
	csv   bool
}

// Schema implements huma.SchemaProvider.
func (alertsAnswer) Schema(r huma.Registry) *huma.Schema {
	return r.Schema(reflect.TypeFor[Alerts](), true, "")
}

// send implements sender.
func (l alertsAnswer) send(w http.ResponseWriter, r *http.Request) {
	w.Header().Add("Vary", "Accept")
	if l.csv {
		l.sendCSV(w, r)
		return
	}
	sendJSON(w, r, &Alerts{Freshness: freshnessOf(l.first.AsOf), Alerts: alertsOf(l.first.Alerts), Older: l.first.Older, Next: given(l.first.Next)})
}

func (a *api) alerts(_ *http.Request, in *alertsInput) (l alertsAnswer, err error) {
	l.view, l.csv = a.o.View, in.Format == "csv" || in.Format == "" && prefersCSV(in.Accept)
	l.query = view.AlertQuery{
		Seller: in.Seller, Rule: in.Rule, States: valuesOf(in.State, rules.NumStates), Kinds: valuesOf(in.Kind, kinds), Class: valuesOf(in.Class, rules.NumClasses),
		After: in.Cursor, Limit: in.Limit,
	}
	if l.csv {
		l.query.Limit = view.MaxLimit
	}
	if l.query.From, err = a.instantOf("from", in.From, 0); err != nil {
		return l, err
	}
	if l.query.To, err = a.instantOf("to", in.To, 1); err != nil {
		return l, err
	}
	l.first, err = l.view.Alerts(l.query)
	return l, err
}

// alertsOf are alerts as they are written.
func alertsOf(alerts []outputs.Alert) []alert {
	all := make([]alert, len(alerts))
	for i := range alerts {
		all[i] = alert{&alerts[i]}
	}
	return all
}
