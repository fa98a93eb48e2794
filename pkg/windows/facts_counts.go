package windows

import "sellerpulse/pkg/events"

// factOf is the fact that a measure counts.
var factOf = [NumMeasures]Fact{
	Orders: OrderCounted, Defective: OrderDefective, NegativeFeedback: OrderNegativeFeedback, Claim: OrderClaim, ClaimCounts: OrderClaimCounts,
	Chargeback: OrderChargeback, ChargebackCounts: OrderChargebackCounts, Refunded: OrderRefunded, SellerCancelled: OrderSellerCancelled,
	LateShipped: OrderLateShipped, ShipmentsConfirmed: ShipmentConfirmed, ShipmentsValidTracking: ShipmentValidTracking,
	ShipmentsSettled: ShipmentSettled, ShipmentsOnTime: ShipmentOnTime, ReturnsRequested: ReturnRequested, ReturnsNegative: ReturnNegative,
}

// Fact is what a unit that the measure counts has.
func (m Measure) Fact() Fact { return factOf[m] }

// Facts is what the order adds to the bucket of its date at a stream time: zero counts unless it is placed and counted
// (metrics.md, section 2).
func (o *Order) Facts(at events.Millis) Counts {
	var c Counts
	facts := o.factsOf(at, 0)
	if !facts.Has(OrderCounted) {
		return c
	}
	c.count(facts, Orders, LateShipped)
	for i := range o.Shipments {
		c.count(o.factsOfShipment(&o.Shipments[i], at), ShipmentsConfirmed, ShipmentsOnTime)
	}
	for i := range o.Returns {
		c.count(o.Returns[i].facts(at), ReturnsRequested, ReturnsNegative)
	}
	return c
}

// count adds one to each measure, of those from one to another, whose fact is in the set.
func (c *Counts) count(facts FactSet, from, to Measure) {
	for m := from; m <= to; m++ {
		c[m] += int32(facts >> factOf[m] & 1)
	}
}
