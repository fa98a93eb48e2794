package windows

import (
	"strconv"
	"strings"
)

// Measure is one of the counts by which an order is shown, whatever rules there are. Each counts the order, or its shipments or returns, if it is
// counted. They are the first measures of every [Program], where no miss is excused.
type Measure uint8

// The measures: the numerators and denominators of metrics.md, section 3, and the components of an alert.
const (
	Orders Measure = iota
	Defective
	NegativeFeedback
	Claim
	ClaimCounts
	Chargeback
	ChargebackCounts
	Refunded
	SellerCancelled
	LateShipped
	ShipmentsConfirmed
	ShipmentsValidTracking
	ShipmentsSettled
	ShipmentsOnTime
	ReturnsRequested
	ReturnsNegative
	NumMeasures
)

var measureNames = [NumMeasures]string{
	Orders: "orders", Defective: "defective", NegativeFeedback: "negative_feedback", Claim: "claim", ClaimCounts: "claim_counts",
	Chargeback: "chargeback", ChargebackCounts: "chargeback_counts", Refunded: "refunded", SellerCancelled: "seller_cancelled",
	LateShipped: "late_shipped", ShipmentsConfirmed: "shipments_confirmed", ShipmentsValidTracking: "shipments_valid_tracking",
	ShipmentsSettled: "shipments_settled", ShipmentsOnTime: "shipments_on_time", ReturnsRequested: "returns_requested", ReturnsNegative: "returns_negative",
}

// String is the measure's name.
func (m Measure) String() string { return measureNames[m] }

// OfOrders is whether the measure counts orders, each once at most, and not their shipments or returns.
func (m Measure) OfOrders() bool { return m < ShipmentsConfirmed }

// Counts is a count of each measure.
type Counts [NumMeasures]int32

// Add adds other to c.
func (c *Counts) Add(other *Counts) {
	for i := range c {
		c[i] += other[i]
	}
}

// Sub subtracts other from c.
func (c *Counts) Sub(other *Counts) {
	for i := range c {
		c[i] -= other[i]
	}
}

// String is the counts that are not 0: "orders 3, defective 1".
func (c *Counts) String() string {
	var parts []string
	for m, n := range c {
		if n != 0 {
			parts = append(parts, Measure(m).String()+" "+strconv.Itoa(int(n)))
		}
	}
	if parts == nil {
		return "none"
	}
	return strings.Join(parts, ", ")
}
