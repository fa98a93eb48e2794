package pages

import (
	"errors"
	"net/http"
	"time"

	"sellerpulse/internal/inspect"
	"sellerpulse/internal/view"
	"sellerpulse/pkg/events"
)

// staleAfter is after how long without an answer of the brokers what is shown is called old.
const staleAfter = 15 * time.Second

// fresh says as of when the lists are.
func (p *Pages) fresh(q *request) *fresh {
	a := p.View.AsOf()
	if a.Published == events.None {
		return &fresh{q.t("nothing was published yet"), true}
	}
	at := q.at(a.Published)
	switch {
	case a.Failing != nil || !a.Answered.IsZero() && p.Clock().Sub(a.Answered) > staleAfter:
		return &fresh{q.t("Kafka does not answer: as of %s", at), true}
	case !a.Whole:
		return &fresh{q.t("not whole yet: as of %s", at), true}
	}
	return &fresh{q.t("as of %s", at), false}
}

// missingError is an error of which the reader is told what to do.
type missingError struct {
	status            int
	title, says, todo string
}

func (e *missingError) Error() string { return e.title }

// fail shows why there is no page.
func (p *Pages) fail(q *request, err error) {
	e := &missingError{http.StatusInternalServerError, q.t("This page cannot be shown"), q.t("Something went wrong. The log has what."), ""}
	switch {
	case errors.As(err, &e):
	case errors.Is(err, view.ErrQuery), errors.As(err, new(*inspect.QueryError)), errors.As(err, new(*inspect.NotKeptError)):
		e = &missingError{http.StatusBadRequest, q.t("This address cannot be read"), err.Error(), ""}
	default:
		p.Logger.Error("show page", "path", q.URL.Path, "error", err)
	}
	if err := p.show(q, e.status, "error", e.title, map[string]string{"Title": e.title, "Says": e.says, "Do": e.todo}); err != nil {
		p.Logger.Error("show error page", "error", err)
		http.Error(q.w, e.title, e.status)
	}
}
