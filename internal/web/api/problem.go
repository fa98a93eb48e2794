package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"

	"github.com/danielgtaylor/huma/v2"

	"sellerpulse/internal/inspect"
	"sellerpulse/internal/view"
	"sellerpulse/internal/web/ask"
	"sellerpulse/internal/web/problem"
)

// errTimeout is that an answer took too long.
var errTimeout = errors.New("the answer took too long: ask for less, or again in a while")

// errNoState is that this process never has a state.
var errNoState = errors.New("this process has no state: ask a `processor run` of the application, whose /api/v1/tasks has the seller's partition")

// retryAfter is in how many seconds what is not there yet may be asked for again.
const retryAfter = 2

// wrong is an error of a parameter: its place is "query.from" or "path.seller".
func wrong(place, says string) error {
	return huma.Error422UnprocessableEntity(validationFailed, &huma.ErrorDetail{Location: place, Message: says})
}

// problemOf is what is said of an error.
func problemOf(ctx context.Context, err error) huma.StatusError {
	var said huma.StatusError
	var query *inspect.QueryError
	var kept *inspect.NotKeptError
	switch {
	case errors.As(err, &said):
		return said
	case errors.As(err, &query):
		errors.As(wrong("query."+query.Field, query.Problem), &said)
		return said
	case errors.As(err, &kept):
		errors.As(wrong("query.from", kept.Error()), &said)
		return said
	case errors.Is(err, view.ErrQuery):
		errors.As(wrong("query.cursor", err.Error()), &said)
		return said
	case errors.Is(err, view.ErrNotFound), errors.As(err, new(*inspect.UnknownSellerError)), errors.As(err, new(*inspect.UnknownOrderError)):
		return huma.Error404NotFound(err.Error())
	case errors.Is(err, inspect.ErrNothingCommitted):
		return huma.Error503ServiceUnavailable(inspect.ErrNothingCommitted.Error())
	case errors.Is(err, ask.ErrElsewhere):
		return huma.Error503ServiceUnavailable(err.Error() + ": ask the process whose /api/v1/tasks has it, or again in a while")
	case ctx.Err() != nil:
		return huma.Error503ServiceUnavailable(fmt.Sprintf("%v (%v)", errTimeout, err))
	case later(err):
		return huma.Error503ServiceUnavailable(err.Error())
	default:
		return huma.Error500InternalServerError(err.Error())
	}
}

// later is whether what cannot be answered now may be later.
func later(err error) bool {
	for _, reason := range []error{errNoState, inspect.ErrRestoring, inspect.ErrRebuilding, ask.ErrClosed, ask.ErrNobody, view.ErrEnded, errNotWhole, errFull, errUnread} {
		if errors.Is(err, reason) {
			return true
		}
	}
	return errors.As(err, new(*inspect.SettingsError))
}

// explained has the detail of a problem say what is wrong, for those who read nothing else. huma says that validation failed.
func explained(problem any) {
	model, ok := problem.(*huma.ErrorModel)
	if !ok || model.Detail != validationFailed {
		return
	}
	for i, e := range model.Errors {
		model.Detail += [...]string{": ", "; "}[min(i, 1)] + e.Location + ": " + e.Message
	}
}

const validationFailed = "validation failed"

// sendProblem answers with an error as RFC 9457 has it.
func sendProblem(w http.ResponseWriter, said huma.StatusError) {
	h := w.Header()
	h.Set("Content-Type", problem.MediaType)
	h.Set("Cache-Control", "no-store")
	if said.GetStatus() == http.StatusServiceUnavailable {
		h.Set("Retry-After", strconv.Itoa(retryAfter))
	}
	explained(said)
	w.WriteHeader(said.GetStatus())
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(said) // The one who asked has gone.
}
