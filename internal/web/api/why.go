package api

import (
	"net/http"

	"sellerpulse/internal/inspect"
	"sellerpulse/pkg/outputs"
)

// Why is an alert and what is behind it. What the alert says of its time stays; what its orders are is as of now.
type Why struct {
	Alert    alert   `json:"alert"`
	Previous *alert  `json:"previous" doc:"The alert before it of the same seller and rule; null where it is the first, or that one is not kept any more."`
	Change   *Change `json:"change" doc:"Of the numbers since the alert before; null without it."`

	PreviousNot *string `json:"previous_not" doc:"Why the alert before could not be looked for; null where it could."`

	// Behind are the orders of the alert's order_ids.
	Behind    *inspect.Behind `json:"behind" doc:"What makes each order that the alert names count, as it is now; null where no process answers from the state."`
	BehindNot *string         `json:"behind_not" doc:"Why behind is null."`
}

// Change is how much numbers grew; negative ones shrank.
type Change struct {
	Numerator   int64               `json:"numerator"`
	Denominator int64               `json:"denominator"`
	Components  *inspect.Components `json:"components" doc:"Of order_defect_rate; null else."`
}

func (a *api) why(r *http.Request, in *AlertPath) (*Why, error) {
	found, previous, err := a.o.View.Alert(r.Context(), in.ID)
	if err != nil && found == nil {
		return nil, a.found(err)
	}
	why := &Why{Alert: alert{found}, Change: changeOf(found, previous)}
	if err != nil {
		why.PreviousNot = given(err.Error())
	}
	if previous != nil {
		why.Previous = &alert{previous}
	}
	why.Behind, err = from(a, r, found.SellerID, func(p *inspect.Partition) (*inspect.Behind, error) {
		return p.Behind(found.SellerID, inspect.BehindQuery{Rule: found.Rule, Part: found.Part, Metric: found.Metric, Orders: found.OrderIDs})
	})
	if err != nil {
		why.BehindNot = given(problemOf(r.Context(), err).Error())
	}
	return why, nil
}

// changeOf is what changed between two alerts; nil without the earlier one.
func changeOf(a, before *outputs.Alert) *Change {
	if before == nil {
		return nil
	}
	c := &Change{Numerator: a.Numerator - before.Numerator, Denominator: a.Denominator - before.Denominator}
	if x, y := a.Components, before.Components; x != nil && y != nil {
		c.Components = &inspect.Components{
			NegativeFeedback: x.NegativeFeedback - y.NegativeFeedback, Claims: x.Claims - y.Claims, Chargebacks: x.Chargebacks - y.Chargebacks,
		}
	}
	return c
}
