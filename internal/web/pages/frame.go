package pages

import (
	"context"
	"errors"
	"net/http"
	"time"

	"sellerpulse/internal/view"
	"sellerpulse/pkg/events"
)

// staleAfter is after how long without an answer of the brokers what is shown is called old.
const staleAfter = 15 * time.Second

// How long a page waits for Kafka before it makes do without: for a report, for an alert that is not recent, and for either while it is known not to answer.
const (
	reportTimeout = 2 * time.Second
	searchTimeout = 5 * time.Second
	awayTimeout   = 300 * time.Millisecond
)

// reading bounds what is read from Kafka for a page.
func (p *Pages) reading(q *request, timeout time.Duration) (context.Context, context.CancelFunc) {
	if a := p.View.AsOf(); p.away(&a) {
		timeout = awayTimeout
	}
	return context.WithTimeout(q.Context(), timeout)
}

// fresh says as of when a page is, and goes on saying so while it is open.
type fresh struct {
	Text, Short string
	Stale       bool
}

// away is whether Kafka does not answer, or not all of it.
func (p *Pages) away(a *view.AsOf) bool {
	return a.Failing != nil || !a.Answered.IsZero() && p.Clock().Sub(a.Answered) > staleAfter
}

// fresh says as of when the lists are.
func (p *Pages) fresh(q *request) *fresh {
	a := p.View.AsOf()
	f := &fresh{Stale: true, Short: q.t("not up to date")}
	at := q.at(a.Published)
	switch {
	case p.away(&a):
		if f.Text = q.t("Kafka does not answer. What is shown is as of %s.", at); a.Published == events.None {
			f.Text = q.t("Kafka does not answer. There is nothing to show yet.")
		}
	case !a.Whole:
		f.Text = q.t("Reading what was published: %s records are left. The numbers are not whole yet.", q.count(a.Behind))
	case a.Published == events.None:
		f.Stale, f.Text, f.Short = false, q.t("Nothing has been published yet."), q.t("nothing yet")
	default:
		f.Stale, f.Text, f.Short = false, q.t("Lists are as of %s.", at), at
	}
	return f
}

// missingError is an error of which the reader is told what to do.
type missingError struct {
	status            int
	title, says, todo string
}

func (e *missingError) Error() string { return e.title }

// nothing answers where there is no page.
func (p *Pages) nothing(q *request) error {
	return &missingError{http.StatusNotFound, q.t("Not found"), q.t("There is no page at this address."), ""}
}

// fail shows why there is no page.
func (p *Pages) fail(q *request, err error) {
	e := &missingError{http.StatusInternalServerError, q.t("This page cannot be shown"), q.t("Something went wrong. The log has what."), ""}
	says, wrong := q.wrong(err)
	switch {
	case errors.As(err, &e):
	case wrong:
		e = &missingError{http.StatusBadRequest, q.t("This address cannot be read"), says, ""}
	case p.fresh(q).Stale:
		e = &missingError{http.StatusServiceUnavailable, q.t("This page cannot be shown"), q.t("What it shows is in Kafka, which does not answer."), q.t("Try again in a while.")}
		p.Logger.Warn("show page", "path", q.URL.Path, "error", err)
	default:
		p.Logger.Error("show page", "path", q.URL.Path, "error", err)
	}
	if err := p.show(q, e.status, "error", e.title, map[string]string{"Title": e.title, "Says": e.says, "Do": e.todo}); err != nil {
		p.Logger.Error("show error page", "error", err)
		http.Error(q.w, e.title, e.status)
	}
}

// notFound answers that there is no such thing, unless the error is another.
func (q *request) notFound(err error, says string) error {
	if isNotFound(err) {
		return &missingError{http.StatusNotFound, q.t("Not found"), says, ""}
	}
	return err
}
