package enginetest

import (
	"fmt"
	"iter"
	"math/rand/v2"

	"sellerpulse/pkg/events"
)

// What random orders have; the empty text is none. There are more marketplaces than a seller has states for.
var (
	Marketplaces = append([]string{"", "DE", "FR", "UK"}, manyNames("M", 60)...)
	Countries    = []string{"", "AT", "DE", "IT"}
	ProductLines = []string{"", "toys", "books"}
)

func manyNames(prefix string, n int) (names []string) {
	for i := range n {
		names = append(names, fmt.Sprintf("%s%02d", prefix, i))
	}
	return names
}

// RandomSales are [RandomEvents] with all that rules of packs tell orders apart by: marketplaces and countries, which an order placed again
// may change; reasons of claims and returns; and orders that are excused, of a metric or of all, and are not any more.
func RandomSales(r *rand.Rand, n int) iter.Seq2[events.Millis, events.Event] {
	return func(yield func(events.Millis, events.Event) bool) {
		for now, e := range RandomEvents(r, n) {
			decorate(r, &e)
			if !yield(now, e) {
				return
			}
		}
	}
}

func decorate(r *rand.Rand, e *events.Event) {
	switch e.Kind {
	case events.OrderPlaced:
		e.ShipCountry = Countries[r.IntN(len(Countries))]
		if e.Marketplace = Marketplaces[r.IntN(4)]; e.SellerID == "S0" && r.IntN(4) > 0 {
			e.Marketplace = Marketplaces[r.IntN(len(Marketplaces))]
		}
		if e.SellerID == "S1" && r.IntN(5) == 0 {
			for range r.IntN(20) {
				e.Items = append(e.Items, events.Item{ItemID: "2", ProductLine: fmt.Sprintf("L%02d", r.IntN(60)), Quantity: 1})
			}
		}
	case events.ClaimOpened, events.ReturnRequested:
		e.BuyerReason = events.BuyerReason(r.IntN(int(events.WrongItem) + 1))
	case events.OrderRefunded, events.OrderConfirmed, events.ClaimWithdrawn, events.ClaimMarketplaceFunded:
		if r.IntN(3) > 0 {
			excuse(r, e)
		}
	}
}

func excuse(r *rand.Rand, e *events.Event) {
	e.Topic, e.Kind, e.PartID, e.Excused = events.Orders, events.OrderExcused, "", r.IntN(4) > 0
	for range r.IntN(3) {
		e.Metrics = append(e.Metrics, []string{"order_defect_rate", "claim_rate", "late_shipment_rate", "valid_tracking_rate", "metric_0", "unknown"}[r.IntN(6)])
	}
}
