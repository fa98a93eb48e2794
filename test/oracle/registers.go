package oracle

import (
	"cmp"
	"slices"
	"strings"

	"sellerpulse/pkg/events"
)

// history is all events applied to an order, or to one of its parts, in the order in which they came.
type history []events.Event

// of are the events of some kinds.
func (h history) of(kinds ...events.Kind) history {
	return h.where(func(e *events.Event) bool { return isOneOf(e.Kind, kinds) })
}

func (h history) where(keep func(*events.Event) bool) history {
	var kept history
	for i := range h {
		if keep(&h[i]) {
			kept = append(kept, h[i])
		}
	}
	return kept
}

// first is when the first of them happened.
func (h history) first() (at events.Millis, some bool) {
	for i := range h {
		if !some || h[i].OccurredAt < at {
			at, some = h[i].OccurredAt, true
		}
	}
	return at, some
}

// sorted are the events by time, then by kind, then by the value that they write.
func (h history) sorted(value func(a, b *events.Event) int) history {
	s := slices.Clone(h)
	slices.SortStableFunc(s, func(a, b events.Event) int {
		return cmp.Or(cmp.Compare(a.OccurredAt, b.OccurredAt), cmp.Compare(a.Kind, b.Kind), value(&a, &b))
	})
	return s
}

// register is the event that wrote a register last, nil if none did.
func (h history) register(value func(a, b *events.Event) int) *events.Event {
	if len(h) == 0 {
		return nil
	}
	s := h.sorted(value)
	return &s[len(s)-1]
}

// parts are the histories of an order's parts of one topic, by their id.
func (h history) parts(topic events.Topic) map[string]history {
	parts := map[string]history{}
	for _, e := range h.of(kindsOf[topic]...) {
		parts[e.PartID] = append(parts[e.PartID], e)
	}
	return parts
}

// deadline is the value of a register that holds an instant.
func (h history) deadline(of func(*events.Event) events.Millis) (at events.Millis, given bool) {
	e := h.where(func(e *events.Event) bool { return of(e) != events.None }).register(by(of))
	if e == nil {
		return 0, false
	}
	return of(e), true
}

func by[T cmp.Ordered](of func(*events.Event) T) func(a, b *events.Event) int {
	return func(a, b *events.Event) int { return cmp.Compare(of(a), of(b)) }
}

func shipBy(e *events.Event) events.Millis    { return e.ShipBy }
func deliverBy(e *events.Event) events.Millis { return e.DeliverBy }

// The values of registers of several fields compare field by field, in the order of the contract.

func byPlaced(a, b *events.Event) int {
	return cmp.Or(cmp.Compare(a.OrderDate, b.OrderDate), cmp.Compare(a.Channel, b.Channel), compareBool(a.Pending, b.Pending),
		slices.CompareFunc(a.Items, b.Items, compareLines), strings.Compare(a.Marketplace, b.Marketplace), strings.Compare(a.ShipCountry, b.ShipCountry))
}

func compareLines(a, b events.Item) int {
	return cmp.Or(strings.Compare(a.ItemID, b.ItemID), strings.Compare(a.ProductLine, b.ProductLine), cmp.Compare(a.Quantity, b.Quantity))
}

func byCancelled(a, b *events.Event) int {
	return cmp.Or(cmp.Compare(a.CancelledBy, b.CancelledBy), compareBool(a.RequestedByBuyer, b.RequestedByBuyer), cmp.Compare(a.Reason, b.Reason))
}

func byAnswer(a, b *events.Event) int {
	return cmp.Or(cmp.Compare(a.Answer, b.Answer), compareBool(a.InPolicy, b.InPolicy))
}

func byPair(a, b *events.Event) int {
	return cmp.Or(strings.Compare(a.Carrier.Value, b.Carrier.Value), strings.Compare(a.TrackingID.Value, b.TrackingID.Value))
}

func byNothing(_, _ *events.Event) int { return 0 }

func compareBool(a, b bool) int { return cmp.Compare(oneIf(a), oneIf(b)) }

func oneIf(b bool) int {
	if b {
		return 1
	}
	return 0
}
