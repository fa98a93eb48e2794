package pages

import (
	"errors"
	"strings"

	"sellerpulse/internal/inspect"
	"sellerpulse/internal/view"
	"sellerpulse/pkg/rules"
)

// wrong says which value of the address cannot be used, and what is allowed; false where the error is another.
func (q *request) wrong(err error) (says string, ok bool) {
	var query *inspect.QueryError
	var kept *inspect.NotKeptError
	switch {
	case errors.As(err, &kept):
		return q.t("Orders from %s to %s are kept: choose dates of these.", kept.KeptFrom.String(), kept.KeptTo.String()), true
	case errors.As(err, &query):
		return q.wrongField(query.Field), true
	case errors.Is(err, view.ErrQuery):
		return q.wrongField("cursor"), true
	}
	return "", false
}

// wrongField says what a field of a question may be. Pages have no other fields.
func (q *request) wrongField(name string) string {
	switch name {
	case "from", "to":
		return q.t("Write the dates from and to as 2026-01-31, the earlier one first.")
	case "cursor":
		return q.t("This place in the list is not known any more: begin with its first page.")
	case "rule":
		return q.t("There is no such rule in force: choose one that the seller's page lists.")
	case "metric":
		return q.oneOf(name, q.askedMetrics())
	case "channel":
		return q.oneOf(name, namesOf(rules.NumChannels))
	case "part":
		return q.t("The rule has no such part: choose one that the seller's page lists.")
	case "which":
		return q.oneOf(name, []string{string(inspect.Miss), string(inspect.Numerator), string(inspect.Denominator), string(inspect.All)})
	}
	return q.t("The value of %s cannot be used.", name)
}

func (q *request) oneOf(name string, values []string) string {
	return q.t("The value of %s is none: use one of %s.", name, strings.Join(values, ", "))
}

// namesOf are the names of the values below a number.
func namesOf[T interface {
	~uint8
	String() string
}](n T) (names []string) {
	for v := range n {
		names = append(names, v.String())
	}
	return names
}

// askedMetrics are the names of the metrics that a question may be about.
func (w *words) askedMetrics() (names []string) {
	for _, m := range w.metrics() {
		names = append(names, m.FullName())
	}
	return names
}
