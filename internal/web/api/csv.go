package api

import (
	"encoding/csv"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2/negotiation"

	"sellerpulse/pkg/events"
	"sellerpulse/pkg/outputs"
)

const csvType = "text/csv"

// prefersCSV is whether a header Accept asks for CSV rather than JSON.
func prefersCSV(accept string) bool {
	return negotiation.SelectQValueFast(accept, []string{jsonType, csvType}) == csvType
}

// csvColumns are the fields of an alert, those within others with the others' names before them.
var csvColumns = []string{
	"alert_id", "kind", "seller_id", "rule", "metric", "class", "channel", "provisional", "state", "previous_state", "as_of", "window_days", "window_from", "window_to",
	"numerator", "denominator", "rate", "target", "components_negative_feedback", "components_claims", "components_chargebacks", "defects_to_breach", "orders_to_recover",
	"recovers_on", "order_ids", "cause_kind", "cause_topic", "cause_partition", "cause_offset", "cause_event_id", "cause_order_id",
	"level", "previous_level", "part",
}

// sendCSV sends the alerts page by page, so that only one is in memory. Where a page cannot be had any more the answer is broken off, for nothing else tells that
// it is not whole.
func (l *alertsAnswer) sendCSV(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Type", csvType+"; charset=utf-8; header=present")
	h.Set("Content-Disposition", `attachment; filename="alerts.csv"`)
	h.Set("Cache-Control", "private, no-cache")
	to := csv.NewWriter(w)
	_ = to.Write(csvColumns) // Flush tells.
	for page := l.first; ; {
		for i := range page.Alerts {
			_ = to.Write(csvRow(&page.Alerts[i]))
		}
		if to.Flush(); to.Error() != nil || page.Next == "" {
			return // That is all, or the one who asked has gone.
		}
		l.query.After = page.Next
		var err error
		if page, err = l.view.Alerts(l.query); err != nil || r.Context().Err() != nil {
			panic(http.ErrAbortHandler)
		}
	}
}

// csvRow is an alert as a row. What it does not have is empty.
func csvRow(a *outputs.Alert) []string {
	row := []string{
		inert(a.ID()), a.Kind().String(), inert(a.SellerID), inert(a.Rule), inert(a.Metric), a.Class.String(), a.Channel.String(), strconv.FormatBool(a.Provisional),
		a.State.String(), a.PreviousState.String(), events.FormatInstant(a.AsOf), strconv.Itoa(int(a.Window.Count)), a.From.String(), a.To.String(),
		strconv.FormatInt(a.Numerator, 10), strconv.FormatInt(a.Denominator, 10), "", a.Target.String(), "", "", "", optional(a.DefectsToBreach), optional(a.OrdersToRecover),
		"", idList(a.OrderIDs), a.Cause.Kind, "", "", "", "", "", a.Level, a.PreviousLevel, "",
	}
	column := func(name string) *string { return &row[columnOf[name]] }
	if rate, ok := outputs.RateOf(a.Numerator, a.Denominator); ok {
		*column("rate") = strconv.FormatFloat(rate, 'g', -1, 64)
	}
	if c := a.Components; c != nil {
		*column("components_negative_feedback"), *column("components_claims"), *column("components_chargebacks") = optional(&c.NegativeFeedback), optional(&c.Claims), optional(&c.Chargebacks)
	}
	if a.RecoversOn != nil {
		*column("recovers_on") = a.RecoversOn.String()
	}
	if a.Part != nil {
		*column("part") = inert(*a.Part)
	}
	if c := &a.Cause; c.Topic != "" {
		*column("cause_topic"), *column("cause_partition"), *column("cause_offset") = inert(c.Topic), strconv.Itoa(int(c.Partition)), strconv.FormatInt(c.Offset, 10)
		*column("cause_event_id"), *column("cause_order_id") = inert(c.EventID), inert(c.OrderID)
	}
	return row
}

var columnOf = func() map[string]int {
	places := map[string]int{}
	for i, name := range csvColumns {
		places[name] = i
	}
	return places
}()

func optional(n *int64) string {
	if n == nil {
		return ""
	}
	return strconv.FormatInt(*n, 10)
}

// idList is ids as a list in JSON, for they may have any separator in them.
func idList(ids []string) string {
	text, err := json.Marshal(ids)
	if err != nil || ids == nil {
		return "[]"
	}
	return string(text)
}

// inert is a text of producers that no spreadsheet takes for a formula: with a ' before it, where it begins as one, or with what is passed over before one.
func inert(text string) string {
	if text != "" && (strings.HasPrefix(text, "'") || strings.ContainsAny(firstRune(strings.TrimLeft(text, " \u00a0\u3000\ufeff")), "=+-@\t\r\n\x00＝＋－＠")) {
		return "'" + text
	}
	return text
}

func firstRune(text string) string {
	for i := range text {
		if i > 0 {
			return text[:i]
		}
	}
	return text
}
