package enginetest

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"sellerpulse/pkg/events"
	"sellerpulse/test/performance/market"
)

// MarketLog makes about n events of sellers over a hundred days, in the order in which they happen: orders with shipments, feedback,
// claims, chargebacks and returns, six events an order.
func MarketLog(sellers, n int) []events.Event { //nolint:funlen,gocognit // A list of what may become of an order.
	const hour = 3_600_000
	start := time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC).UnixMilli()
	r := rand.New(rand.NewPCG(1, 1))
	var all []events.Event
	number := 0
	for len(all) < n {
		seller := fmt.Sprintf("SB1-%06d", number%sellers)
		order := fmt.Sprintf("%s-%05d", seller, number/sellers)
		number++
		bad := []float64{0, 0.005, 0.01, 0.03, 0.1}[number%sellers%5]
		chance := func(p float64) bool { return r.Float64() < p }
		after := func(at events.Millis, low, high float64) events.Millis {
			return at + int64((low+r.Float64()*(high-low))*hour)
		}
		add := func(kind events.Kind, at events.Millis, part string, fill func(*events.Event)) {
			e := events.Event{
				Topic: kind.Topic(), Kind: kind, EventID: fmt.Sprintf("b1-%d", len(all)), OccurredAt: at, SellerID: seller, OrderID: order,
				PartID: part, OrderDate: events.None, ShipBy: events.None, DeliverBy: events.None,
			}
			if fill != nil {
				fill(&e)
			}
			all = append(all, e)
		}
		placed := after(start, 0, 24*100)
		add(events.OrderPlaced, placed, "", func(e *events.Event) {
			e.OrderDate, e.Channel = placed, events.MFN
			if chance(0.3) {
				e.Channel = events.AFN
			}
			e.Items = []events.Item{{ItemID: "0", ProductLine: []string{"toys", "books", "garden", "phones"}[r.IntN(4)], Quantity: 1}}
			e.ShipBy, e.DeliverBy = placed+int64(1+r.IntN(3))*24*hour, placed+int64(4+r.IntN(6))*24*hour
		})
		if chance(bad + 0.02) {
			add(events.OrderCancelled, after(placed, 3, 120), "", func(e *events.Event) {
				e.CancelledBy, e.Reason = events.Party(1+r.IntN(3)), events.Reason(1+r.IntN(4))
			})
		}
		for k := range 1 + r.IntN(5)/4 {
			shipment := fmt.Sprintf("%s-s%d", order, k)
			confirmed := after(placed, 5, 65)
			add(events.ShipmentConfirmed, confirmed, shipment, func(e *events.Event) {
				if chance(0.95) {
					e.Carrier, e.TrackingID = events.Text{Value: "s10", Given: true}, events.Text{Value: market.S10(r), Given: true}
				}
			})
			if chance(0.9) {
				add(events.ShipmentScanned, after(confirmed, 0.5, 20), shipment, nil)
			}
			if chance(0.93) {
				add(events.ShipmentDelivered, after(confirmed, 24, 24*9), shipment, nil)
			}
		}
		if chance(0.4 + bad) {
			add(events.FeedbackLeft, after(placed, 24*3, 24*30), order+"-f", func(e *events.Event) {
				if e.Rating = int32(3 + r.IntN(3)); chance(bad) {
					e.Rating = 1
				}
			})
		}
		if chance(0.1) {
			opened := after(placed, 48, 24*40)
			add(events.ClaimOpened, opened, order+"-c", nil)
			add(events.ClaimDenied, after(opened, 1, 24*8), order+"-c", nil)
		}
		if chance(0.05) {
			add(events.ChargebackOpened, after(placed, 24*5, 24*50), order+"-b", func(e *events.Event) { e.Category = events.Fraud })
		}
		if chance(0.1) {
			requested := after(placed, 24*3, 24*30)
			add(events.ReturnRequested, requested, order+"-r", nil)
			add(events.ReturnAnswered, after(requested, 0.5, 50), order+"-r", func(e *events.Event) { e.Answer = events.Authorized })
		}
	}
	slices.SortStableFunc(all, func(a, b events.Event) int {
		return cmp.Or(cmp.Compare(a.OccurredAt, b.OccurredAt), cmp.Compare(a.Topic, b.Topic))
	})
	return all
}
