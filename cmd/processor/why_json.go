package main

import (
	"encoding/json"

	"sellerpulse/internal/inspect"
	"sellerpulse/pkg/outputs"
)

// explanationJSON is an explanation for programs. What needs a state is null where none was asked.
type explanationJSON struct {
	Alert    json.RawMessage `json:"alert"`
	Previous json.RawMessage `json:"previous"` // null where there is none, or it is not kept
	Changed  *changeJSON     `json:"changed"`  // since the previous

	AsOf   *inspect.Instant  `json:"as_of"` // of the state
	Now    *inspect.Standing `json:"now"`   // under the rule; null also where that is not in force any more
	Orders []alertOrderJSON  `json:"orders"`
}

type changeJSON struct {
	Numerator   int64               `json:"numerator"`
	Denominator int64               `json:"denominator"`
	Components  *inspect.Components `json:"components"` // of order_defect_rate; null else
}

type alertOrderJSON struct {
	OrderID string         `json:"order_id"`
	Order   *inspect.Order `json:"order"` // null also where nothing is known of it any more
}

// forPrograms is the explanation as JSON has it.
func (e *explanation) forPrograms() *explanationJSON {
	j := &explanationJSON{Alert: e.alert.AppendJSON(nil), Previous: json.RawMessage("null"), Now: e.now, Orders: []alertOrderJSON{}}
	if e.previous != nil {
		j.Previous, j.Changed = e.previous.AppendJSON(nil), changeOf(e.previous, e.alert)
	}
	if e.asked != nil {
		j.AsOf = &e.asked.AsOf
	}
	for i := range e.orders {
		j.Orders = append(j.Orders, alertOrderJSON{e.orders[i].id, e.orders[i].order})
	}
	return j
}

func changeOf(before, then *outputs.Alert) *changeJSON {
	c := &changeJSON{Numerator: then.Numerator - before.Numerator, Denominator: then.Denominator - before.Denominator}
	if a, b := then.Components, before.Components; a != nil && b != nil {
		c.Components = &inspect.Components{NegativeFeedback: a.NegativeFeedback - b.NegativeFeedback, Claims: a.Claims - b.Claims, Chargebacks: a.Chargebacks - b.Chargebacks}
	}
	return c
}
