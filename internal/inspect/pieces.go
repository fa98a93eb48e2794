package inspect

import (
	"iter"

	"sellerpulse/pkg/events"
	"sellerpulse/pkg/windows"
)

// piece is a part of an order as an order of its own, which counts what that part makes the whole count; or the order itself, which does so without
// its parts.
type piece struct {
	of, id string
	order  windows.Order
	own    windows.FactSet // what it can have
}

// pieces gives the order itself, then each part.
func pieces(o *windows.Order) iter.Seq[piece] {
	return func(yield func(piece) bool) {
		if !yield(itself(o)) {
			return
		}
		bare := windows.Order{ // It counts, whatever is paid.
			PlacedAt: o.PlacedAt, OrderDate: o.OrderDate, Channel: o.Channel, ShipBy: o.ShipBy, DeliverBy: o.DeliverBy,
			Cancelled: windows.Cancellation{At: events.None},
		}
		part := func(of, id string, set func(*windows.Order)) bool {
			p := piece{of, id, bare, ^windows.FactsOf(windows.OrderCounted)}
			set(&p.order)
			return yield(p)
		}
		for i := range o.Shipments {
			if !part(ofShipment, o.Shipments[i].ID, func(w *windows.Order) { w.Shipments = o.Shipments[i : i+1] }) {
				return
			}
		}
		for i := range o.Feedbacks {
			if !part(ofFeedback, o.Feedbacks[i].ID, func(w *windows.Order) { w.Feedbacks = o.Feedbacks[i : i+1] }) {
				return
			}
		}
		for i := range o.Claims {
			if !part(ofClaim, o.Claims[i].ID, func(w *windows.Order) { w.Claims = o.Claims[i : i+1] }) {
				return
			}
		}
		for i := range o.Chargebacks {
			if !part(ofChargeback, o.Chargebacks[i].ID, func(w *windows.Order) { w.Chargebacks = o.Chargebacks[i : i+1] }) {
				return
			}
		}
		for i := range o.Returns {
			if !part(ofReturn, o.Returns[i].ID, func(w *windows.Order) { w.Returns = o.Returns[i : i+1] }) {
				return
			}
		}
	}
}

// itsOwn are the facts that an order has by itself.
var itsOwn = windows.FactsOf(windows.OrderCounted, windows.OrderSellerCancelled, windows.OrderBuyerCancelled, windows.OrderRefunded)

// itself is an order without its parts, but for the shipment that was confirmed first: by it a pending order counts, and a cancellation does not.
func itself(o *windows.Order) piece {
	w := *o
	w.Shipments, w.Feedbacks, w.Claims, w.Chargebacks, w.Returns = nil, nil, nil, nil, nil
	for i := range o.Shipments {
		if at := o.Shipments[i].ConfirmedAt; at != events.None && (w.Shipments == nil || at < w.Shipments[0].ConfirmedAt) {
			w.Shipments = o.Shipments[i : i+1]
		}
	}
	return piece{ofOrder, "", w, itsOwn}
}
