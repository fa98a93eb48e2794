package diff

import (
	"cmp"
	"context"
	"slices"

	"sellerpulse/internal/state"
	"sellerpulse/internal/stream"
	"sellerpulse/pkg/events"
	"sellerpulse/pkg/outputs"
	"sellerpulse/pkg/rules"
)

// alertKey tells which alerts of the two sides are the same one: of one rule, between the same states, tipped by the same event or, where time or the rules
// did it, at the same instant. Its number does not count, which alerts before it shift; nor does the stream time at which an event was applied, which
// follows the clock on one side and may follow the log alone on the other; nor where the event was, for an input may have moved to another topic.
type alertKey struct {
	rule                string // or its part
	state, previous     rules.State
	level               string
	previousLevel       string
	cause, event, order string
	asOf                events.Millis
}

func keyOf(a *outputs.Alert) alertKey {
	k := alertKey{rule: a.Rule, state: a.State, previous: a.PreviousState, level: a.Level, previousLevel: a.PreviousLevel, cause: a.Cause.Kind}
	if a.Part != nil {
		k.rule = state.PartName(a.Rule, *a.Part)
	}
	if a.Cause.Topic == "" {
		k.asOf = a.AsOf
	} else {
		k.event, k.order = a.Cause.EventID, a.Cause.OrderID
	}
	return k
}

// heldAlert is what is kept of an alert while it is compared.
type heldAlert struct {
	key     alertKey
	cause   outputs.Cause
	numbers AlertNumbers
}

// heldAlerts is those of a seller on both sides.
type heldAlerts [2][]heldAlert

// readAlerts reads the alerts of sellers again, as many of each as were summed.
func (d *diff) readAlerts(ctx context.Context, of map[string]*seller) (map[string]*heldAlerts, error) {
	all := make(map[string]*heldAlerts, len(of))
	for id := range of {
		all[id] = new(heldAlerts)
	}
	again := sources{client: d.o.Client, read: d.outputs.read}
	for side, t := range [...]Topics{d.o.Live, d.o.Candidate} {
		take := func() func(stream.TopicPartition, *stream.Record) error {
			return func(_ stream.TopicPartition, r *stream.Record) error {
				s := of[string(r.Key)]
				if s == nil || r.Timestamp < d.o.AlertsSince {
					return nil
				}
				held := all[s.id]
				if len(held[side]) == int(s.sides[side].count) {
					return nil
				}
				a, err := outputs.DecodeAlert(r.Value)
				if err == nil {
					held[side] = append(held[side], heldAlert{keyOf(&a), a.Cause, AlertNumbers{a.ID(), a.AsOf, a.Numerator, a.Denominator}})
				}
				return err
			}
		}
		if err := again.add(ctx, t.Alerts, d.outputPartitions(t.Alerts), take); err != nil {
			return nil, err
		}
	}
	return all, again.readOn(ctx, false)
}

// match pairs the alerts that are the same, and lists those that one side alone has or that have other numbers, in the order of time.
func (h *heldAlerts) match() (all []Alert, renumbered int) {
	waiting := map[alertKey][]*heldAlert{}
	for i := range h[candidate] {
		a := &h[candidate][i]
		waiting[a.key] = append(waiting[a.key], a)
	}
	for i := range h[live] {
		a := &h[live][i]
		same := waiting[a.key]
		if len(same) == 0 {
			all = append(all, a.alert(&a.numbers, nil))
			continue
		}
		other := same[0]
		waiting[a.key] = same[1:]
		switch {
		case a.numbers.Numerator != other.numbers.Numerator || a.numbers.Denominator != other.numbers.Denominator:
			all = append(all, a.alert(&a.numbers, &other.numbers))
		case a.numbers.ID != other.numbers.ID:
			renumbered++
		}
	}
	for _, left := range waiting {
		for _, a := range left {
			all = append(all, a.alert(nil, &a.numbers))
		}
	}
	slices.SortFunc(all, func(a, b Alert) int {
		x, y := cmp.Or(a.Live, a.Candidate), cmp.Or(b.Live, b.Candidate)
		return cmp.Or(cmp.Compare(x.AsOf, y.AsOf), cmp.Compare(a.Rule, b.Rule), cmp.Compare(x.ID, y.ID))
	})
	return all, renumbered
}

func (a *heldAlert) alert(l, c *AlertNumbers) Alert {
	return Alert{Rule: a.key.rule, State: a.key.state, PreviousState: a.key.previous, Cause: a.cause, Live: l, Candidate: c}
}
