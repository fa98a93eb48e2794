package oracle

import "slices"

// fact is something that may be true of a unit: of an order, of a shipment or of a return.
type fact uint8

const (
	counted fact = iota
	sellerCancelled
	buyerCancelled
	lateShipped
	negativeFeedback
	ratedAtAll
	rating1
	rating2
	rating3
	rating4
	rating5
	claimed
	claimCounts
	claimLost
	chargedBack
	chargebackCounts
	defective
	refunded
	handedOver
	handoverLate
	hasReturn

	confirmed
	validTracking
	settled
	onTime
	delivered
	promiseDue

	requested
	negativeReturn
	answered
	answeredLate
	rejectedInPolicy

	numFacts
)

// unit is what a metric counts.
type unit uint8

const (
	orderUnit unit = iota
	shipmentUnit
	returnUnit
)

// factNames are the facts' names, unit by unit, in the order of the constants.
var factNames = [numFacts]Text{
	"counted", "seller_cancelled", "buyer_cancelled", "late_shipped", "negative_feedback", "rated", "rating_1", "rating_2", "rating_3", "rating_4",
	"rating_5", "claim", "claim_counts", "claim_lost", "chargeback", "chargeback_counts", "defective", "refunded", "handed_over", "handover_late",
	"has_return",
	"confirmed", "valid_tracking", "settled", "on_time", "delivered", "promise_due",
	"requested", "negative", "answered", "answered_late", "rejected_in_policy",
}

// firstFacts gives the first fact of each unit, which every unit that counts has, and the end.
var firstFacts = [...]fact{counted, confirmed, requested, numFacts}

// set is some facts.
type set uint64

func (s set) has(f fact) bool   { return s&(1<<f) != 0 }
func (s set) hasAll(o set) bool { return s&o == o }
func (s set) hasAny(o set) bool { return s&o != 0 }
func (s *set) add(f fact)       { *s |= 1 << f }
func (s *set) put(f fact, is bool) {
	if is {
		s.add(f)
	}
}

// factsNamed are the facts of a unit that a metric names. It panics where there is none of a name.
func factsNamed(u unit, names Texts) (s set) {
	of := factNames[firstFacts[u]:firstFacts[u+1]]
	for _, name := range names {
		i := slices.Index(of, name)
		if i < 0 {
			panic("oracle: no such fact of the unit: " + string(name))
		}
		s.add(firstFacts[u] + fact(i))
	}
	return s
}
