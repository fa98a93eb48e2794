package oracle

import (
	"slices"
	"unicode/utf8"

	"sellerpulse/pkg/events"
)

const (
	minute = 60_000
	hour   = 60 * minute
	day    = 24 * hour

	maxOrderDateAhead = 24 * hour
	maxText           = 1024
	maxSite           = 64 // bytes of a marketplace or a country
	maxExcused        = 16 // metrics that one event names
)

// kindsOf are the kinds of each topic.
var kindsOf = [events.NumTopics][]events.Kind{
	events.Orders:    {events.OrderPlaced, events.OrderConfirmed, events.OrderAmended, events.OrderCancelled, events.OrderRefunded, events.OrderExcused},
	events.Shipments: {events.ShipmentConfirmed, events.ShipmentTrackingUpdated, events.ShipmentScanned, events.ShipmentDelivered},
	events.Feedback:  {events.FeedbackLeft, events.FeedbackRemoved},
	events.Claims: {
		events.ClaimOpened, events.ClaimReopened, events.ClaimGranted, events.ClaimDenied,
		events.ClaimWithdrawn, events.ClaimMarketplaceFunded, events.ClaimAppealGranted,
	},
	events.Chargebacks: {events.ChargebackOpened, events.ChargebackReclassified, events.ChargebackReversed},
	events.Returns:     {events.ReturnRequested, events.ReturnAnswered, events.ReturnFeedback},
}

func isOneOf(kind events.Kind, kinds []events.Kind) bool {
	for _, k := range kinds {
		if k == kind {
			return true
		}
	}
	return false
}

// notAnEvent is whether a record is one that no event can be read from.
func (r *Record) notAnEvent() bool { return r.Undecodable || r.Invalid || !valid(r.Topic, &r.Event) }

// valid is whether an event has all that its kind must have, within its limits.
func valid(topic events.Topic, e *events.Event) bool {
	return isOneOf(e.Kind, kindsOf[topic]) && e.OccurredAt != events.None &&
		isID(e.EventID) && isID(e.SellerID) && isID(e.OrderID) &&
		(topic == events.Orders || isID(e.PartID)) && fieldsValid(e)
}

func isID(s string) bool   { return s != "" && isText(s) }
func isText(s string) bool { return len(s) <= maxText && utf8.ValidString(s) }

// fieldsValid is about the fields of one kind alone.
func fieldsValid(e *events.Event) bool {
	switch e.Kind {
	case events.OrderPlaced:
		return placedValid(e)
	case events.OrderAmended:
		return e.ShipBy != events.None || e.DeliverBy != events.None
	case events.OrderCancelled:
		return e.CancelledBy != 0 && e.Reason != 0
	case events.OrderExcused:
		return len(e.Metrics) <= maxExcused && !slices.ContainsFunc(e.Metrics, func(name string) bool { return !isID(name) })
	case events.ShipmentConfirmed:
		return isText(e.Carrier.Value) && isText(e.TrackingID.Value)
	case events.ShipmentTrackingUpdated:
		return e.Carrier.Given && e.TrackingID.Given && isText(e.Carrier.Value) && isText(e.TrackingID.Value)
	case events.FeedbackLeft:
		return 1 <= e.Rating && e.Rating <= 5
	case events.ChargebackOpened, events.ChargebackReclassified:
		return e.Category != 0
	case events.ReturnAnswered:
		return e.Answer != 0
	}
	return true
}

func placedValid(e *events.Event) bool {
	for _, line := range e.Items {
		if !isID(line.ItemID) || !isText(line.ProductLine) {
			return false
		}
	}
	if !isText(e.Marketplace) || !isText(e.ShipCountry) || len(e.Marketplace) > maxSite || len(e.ShipCountry) > maxSite {
		return false
	}
	return e.OrderDate != events.None && e.Channel != 0 && e.OrderDate <= e.OccurredAt+maxOrderDateAhead
}
