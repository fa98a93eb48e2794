package inspect

import (
	"slices"
	"sync"

	"sellerpulse/pkg/events"
	"sellerpulse/pkg/windows"
	"sellerpulse/pkg/windows/tracking"
)

// Shipment is a parcel of an order.
type Shipment struct {
	ShipmentID  string   `json:"shipment_id"`
	ConfirmedAt *Instant `json:"confirmed_at"` // first
	Late        bool     `json:"late"`         // it was confirmed after the order's ship_by
	Scanned     bool     `json:"scanned"`
	ScannedAt   *Instant `json:"scanned_at"`   // first; null where a former version did not keep it
	DeliveredAt *Instant `json:"delivered_at"` // first
	Promise     *Promise `json:"promise"`

	Tracking      []Pair  `json:"tracking"` // as supplied, the oldest first; the last 8
	ValidTracking bool    `json:"valid_tracking"`
	Invalid       *string `json:"invalid"` // why not: NOT_CONFIRMED, NO_NUMBER, UNKNOWN_CARRIER, WRONG_FORMAT or NOT_SCANNED

	Settled   bool     `json:"settled"`
	SettlesAt *Instant `json:"settles_at"` // at the latest, if nothing comes; null where it has, or never does
	OnTime    bool     `json:"on_time"`
}

// Promise is the promised delivery that counts for a shipment.
type Promise struct {
	Of string `json:"of"` // shipment, or else order
	Deadline
}

// Pair is a carrier and a tracking number.
type Pair struct {
	Carrier    string  `json:"carrier"`
	TrackingID string  `json:"tracking_id"`
	SuppliedAt Instant `json:"supplied_at"`
	By         string  `json:"by"`    // the event's kind
	Valid      bool    `json:"valid"` // it is of a known carrier's format
	Invalid    *string `json:"invalid"`
	Counts     bool    `json:"counts"` // it is the latest before the delivery
	PassedOver *string `json:"passed_over"`
}

// Why a shipment has no valid tracking, or a number is not valid.
const (
	notConfirmed   = "NOT_CONFIRMED"
	noNumber       = "NO_NUMBER"
	unknownCarrier = "UNKNOWN_CARRIER"
	wrongFormat    = "WRONG_FORMAT"
	notScanned     = "NOT_SCANNED"
)

// Why a number does not count.
const (
	afterDelivery = "AFTER_DELIVERY" // it was not supplied before the delivery
	superseded    = "SUPERSEDED"     // by a later one
)

func shipmentOf(o *windows.Order, s *windows.Shipment, at events.Millis) Shipment {
	alone := windows.Order{
		PlacedAt: o.PlacedAt, ShipBy: o.ShipBy, DeliverBy: o.DeliverBy, Cancelled: windows.Cancellation{At: events.None}, Shipments: []windows.Shipment{*s},
	}
	counts := alone.Facts(at)
	answer := Shipment{
		ShipmentID: s.ID, ConfirmedAt: instantOf(s.ConfirmedAt), DeliveredAt: instantOf(s.DeliveredAt), Scanned: s.Scanned, ScannedAt: instantOf(s.ScannedAt),
		Late: counts[windows.LateShipped] > 0, ValidTracking: counts[windows.ShipmentsValidTracking] > 0,
		Settled: counts[windows.ShipmentsSettled] > 0, OnTime: counts[windows.ShipmentsOnTime] > 0, Tracking: pairsOf(s),
	}
	if !answer.ValidTracking {
		answer.Invalid = whyInvalid(s)
	}
	if promise, ok := o.PromiseOf(s); ok {
		answer.Promise = promiseOf(ofShipment, &s.DeliverBy)
		if answer.Promise == nil {
			answer.Promise = promiseOf(ofOrder, &o.DeliverBy)
		}
		answer.SettlesAt = optional(Instant(promise+1), answer.ValidTracking && !answer.Settled)
	}
	return answer
}

func promiseOf(of string, d *windows.Deadline) *Promise {
	if deadline := deadlineOf(d); deadline != nil {
		return &Promise{of, *deadline}
	}
	return nil
}

// whyInvalid is why a shipment has no valid tracking.
func whyInvalid(s *windows.Shipment) *string {
	i := s.Counting()
	switch {
	case s.ConfirmedAt == events.None:
		return optional(notConfirmed, true)
	case i < 0:
		return optional(noNumber, true)
	case !s.Pairs[i].Valid:
		return invalidPair(&s.Pairs[i])
	default:
		return optional(notScanned, true)
	}
}

func pairsOf(s *windows.Shipment) []Pair {
	pairs := make([]Pair, 0, len(s.Pairs))
	counting := s.Counting()
	for i := range s.Pairs {
		p := &s.Pairs[i]
		pair := Pair{
			Carrier: p.Carrier, TrackingID: p.TrackingID, SuppliedAt: Instant(p.At), By: p.Kind.String(), Valid: p.Valid, Invalid: invalidPair(p),
			Counts: i == counting,
		}
		switch {
		case i < counting:
			pair.PassedOver = optional(superseded, true)
		case i > counting:
			pair.PassedOver = optional(afterDelivery, true)
		}
		pairs = append(pairs, pair)
	}
	return pairs
}

// carriers are the codes of the known carriers, sorted.
var carriers = sync.OnceValue(tracking.Carriers)

func invalidPair(p *windows.Pair) *string {
	if p.Valid {
		return nil
	}
	if _, known := slices.BinarySearch(carriers(), p.Carrier); !known {
		return optional(unknownCarrier, true)
	}
	return optional(wrongFormat, true)
}
