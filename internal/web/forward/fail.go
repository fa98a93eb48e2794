package forward

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"sellerpulse/internal/peers"
	"sellerpulse/internal/web/problem"
)

// retryAfter is in how many seconds it makes sense to ask again: members that come and go are mostly done by then.
const retryAfter = "2"

// unanswered is the problem that nobody answers, with what is known.
type unanswered struct {
	problem.Details
	Partition  int32    `json:"partition"`
	Generation *int32   `json:"generation"` // of the group; null while nothing is known, and where this process is no member
	AsOf       *string  `json:"as_of"`      // when the group last confirmed it; null while nothing is known
	Stale      bool     `json:"stale"`      // whether there may be another
	Asked      []string `json:"asked"`      // who may have the state, and why each did not answer
}

// fail answers where nobody else does.
func (a *relay) fail(w http.ResponseWriter, r *http.Request, err error) {
	if errors.Is(r.Context().Err(), context.Canceled) {
		return // The one who asked has gone.
	}
	a.options.Metrics.answered(byNobody)
	if errors.Is(err, errTooLarge) {
		problem.Write(w, http.StatusBadGateway, fmt.Sprintf("the answer has more than %d bytes: ask for less at a time", a.options.MaxAnswerBytes))
		return
	}
	if a.otherwise != nil {
		a.otherwise(w)
		return
	}
	u := unanswered{
		Details: problem.New(http.StatusServiceUnavailable, a.explain(r)), Partition: a.partition, Stale: a.peers.Stale, Asked: []string{},
	}
	if a.peers.Generation != peers.Unknown {
		u.Generation = &a.peers.Generation
	}
	if !a.peers.AsOf.IsZero() {
		asOf := a.peers.AsOf.UTC().Format(time.RFC3339Nano)
		u.AsOf = &asOf
	}
	for i := range a.asked {
		u.Asked = append(u.Asked, a.asked[i].String())
	}
	w.Header().Set("Retry-After", retryAfter)
	problem.WriteExtended(w, u.Status, u)
}

// explain says why nobody answers, and what to do.
func (a *relay) explain(r *http.Request) string {
	switch {
	case r.Context().Err() != nil:
		return "it took too long to find a process that answers: ask again"
	case a.peers.Generation == peers.Unknown && a.peers.AsOf.IsZero():
		return "this process does not know yet who has the state of which partition: ask again when it is in the group"
	case len(a.asked) == 0:
		return "the group has given the partition to nobody: ask again in a moment"
	}
	return "no process answers that has the state of the partition: ask again in a moment; asked tells of each why"
}
