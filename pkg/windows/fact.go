package windows

import (
	"math/bits"
	"strings"
)

// Unit is what a fact is about, and so what a metric counts.
type Unit uint8

// The units.
const (
	OrderUnit Unit = iota
	ShipmentUnit
	ReturnUnit
	NumUnits
)

var unitNames = [NumUnits]string{"order", "shipment", "return"}

// String is the unit's name.
func (u Unit) String() string { return unitNames[u] }

// ParseUnit finds the unit of this name.
func ParseUnit(name string) (Unit, bool) {
	for u, n := range unitNames {
		if n == name {
			return Unit(u), true
		}
	}
	return 0, false
}

// Fact is something that is true of an order, a shipment or a return, or not; most follow from registers alone, some from stream time too.
// Facts are sorted by unit.
type Fact uint8

// The facts. A counted order is what every number counts, or counts the shipments and returns of.
const (
	OrderCounted          Fact = iota // placed, and not pending without ever getting further
	OrderSellerCancelled              // cancelled by the seller's fault, before any shipment was confirmed
	OrderBuyerCancelled               // cancelled otherwise, before any shipment was confirmed
	OrderLateShipped                  // some shipment was confirmed after the order's ship_by
	OrderNegativeFeedback             // some feedback's latest revision has a rating of at most 2
	OrderRated                        // some feedback's latest revision is not removed
	OrderRating1                      // … and has a rating of 1; an order with several feedbacks may have several ratings
	OrderRating2
	OrderRating3
	OrderRating4
	OrderRating5
	OrderClaim            // there is a claim, whatever became of it
	OrderClaimCounts      // some claim was not decided for the seller
	OrderClaimLost        // some claim's latest status is GRANTED
	OrderChargeback       // there is a chargeback, whatever became of it
	OrderChargebackCounts // some chargeback is about service, and not reversed
	OrderDefective        // negative feedback, or a claim or a chargeback that counts
	OrderRefunded
	OrderHandedOver   // the carrier has some shipment: it was scanned or delivered
	OrderHandoverLate // the carrier got some confirmed shipment after ship_by, or has not got it 24 h later
	OrderHasReturn    // some return was requested

	ShipmentConfirmed
	ShipmentValidTracking // of a known carrier and its format, and scanned or delivered
	ShipmentSettled       // valid tracking, and delivered or its promise has passed
	ShipmentOnTime        // settled, and delivered by its promise
	ShipmentDelivered
	ShipmentPromiseDue // it has a promise, and is delivered or the promise has passed

	ReturnRequested
	ReturnNegative // the buyer was let down: by feedback, no answer within 48 h, or a rejection within policy
	ReturnAnswered
	ReturnAnsweredLate     // first answered more than 48 h after the request, or not yet and more have passed
	ReturnRejectedInPolicy // the latest answer

	NumFacts
)

// firstFacts gives the first fact of each unit, and the end.
var firstFacts = [NumUnits + 1]Fact{OrderCounted, ShipmentConfirmed, ReturnRequested, NumFacts}

var factNames = [NumFacts]string{
	"counted", "seller_cancelled", "buyer_cancelled", "late_shipped", "negative_feedback", "rated", "rating_1", "rating_2", "rating_3", "rating_4", "rating_5",
	"claim", "claim_counts", "claim_lost", "chargeback", "chargeback_counts", "defective", "refunded", "handed_over", "handover_late", "has_return",
	"confirmed", "valid_tracking", "settled", "on_time", "delivered", "promise_due",
	"requested", "negative", "answered", "answered_late", "rejected_in_policy",
}

// ParseFact finds the fact of this name about a unit.
func ParseFact(u Unit, name string) (Fact, bool) {
	for f := firstFacts[u]; f < firstFacts[u+1]; f++ {
		if factNames[f] == name {
			return f, true
		}
	}
	return 0, false
}

// String is the fact's name, as a metric writes it.
func (f Fact) String() string { return factNames[f] }

// Unit is what the fact is about.
func (f Fact) Unit() Unit {
	switch {
	case f < ShipmentConfirmed:
		return OrderUnit
	case f < ReturnRequested:
		return ShipmentUnit
	}
	return ReturnUnit
}

// FactSet is a set of facts, a bit each. The zero FactSet is empty.
type FactSet uint64

// FactsOf is the set of these facts.
func FactsOf(facts ...Fact) FactSet {
	var s FactSet
	for _, f := range facts {
		s |= 1 << f
	}
	return s
}

// Has is whether a fact is in the set.
func (s FactSet) Has(f Fact) bool { return s>>f&1 == 1 }

// HasAny is whether any of some facts is in the set; of none, none is.
func (s FactSet) HasAny(of FactSet) bool { return s&of != 0 }

// HasAll is whether all of some facts are in the set; of none, all are.
func (s FactSet) HasAll(of FactSet) bool { return s&of == of }

// Facts lists the set, in the order of the facts.
func (s FactSet) Facts() []Fact {
	facts := make([]Fact, 0, bits.OnesCount64(uint64(s)))
	for ; s != 0; s &= s - 1 {
		facts = append(facts, Fact(bits.TrailingZeros64(uint64(s))))
	}
	return facts
}

// String is the facts' names: "counted, late_shipped".
func (s FactSet) String() string {
	var names []string
	for _, f := range s.Facts() {
		names = append(names, f.String())
	}
	return strings.Join(names, ", ")
}

// when is a fact alone if something is so, else none.
func (f Fact) when(is bool) FactSet {
	if is {
		return 1 << f
	}
	return 0
}
